"""Engines: where tasks run. `engine.py` says what all of them promise."""
