"""What a run leaves behind: typed tables, a summary, a manifest."""
