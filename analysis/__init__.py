"""Reading of run folders: frames, figures, reports and comparisons, without the simulator."""
