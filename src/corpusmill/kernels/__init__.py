"""Numba over Arrow buffers: arrays in, arrays out. No input or output, no thresholds, no names of papers."""
