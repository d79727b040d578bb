"""The timing plane: decides when, who heard whom, and how many joules. SimPy, no torch."""
