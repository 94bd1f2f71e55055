"""Chosen blocks as plain text (`plain.py`) or Markdown (`markdown.py`); what a page says of itself (`metadata.py`)."""
