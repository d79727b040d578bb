"""The data plane: what the numbers are (data, models, optimisers, and their batched execution)."""
