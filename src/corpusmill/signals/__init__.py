"""Quality signals, one file per family: the one place to add a signal."""
