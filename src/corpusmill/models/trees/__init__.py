"""Boosted trees: flat arrays that score rows of features in one kernel, and their training by LightGBM (an extra)."""
