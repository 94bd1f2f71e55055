"""Chosen blocks as text: plain (`plain.py`) or Markdown (`markdown.py`), with what a page says of itself (`metadata.py`)."""
