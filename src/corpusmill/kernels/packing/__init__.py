"""Lengths packed into windows."""
