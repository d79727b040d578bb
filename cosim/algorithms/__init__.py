"""Node programs: one file, one paper, one page."""
