"""The text of a WET record by CCNet's rules (ccnet.md §1)."""

from __future__ import annotations

from typing import NamedTuple


class WetText(NamedTuple):
    title: str  # first line of the record, stripped; it is no part of the text
    text: str  # the other lines, stripped, without the empty ones, joined with a line feed
    original_nlines: int  # lines after the title, empty ones counted


def wet_text(block: bytes) -> WetText:
    """Raises UnicodeDecodeError where the block is not UTF-8.

    A record with a single line that is not blank has text and no title. (CCNet drops such a record.)

    >>> wet_text(b"A title\\n first line \\n\\nlast line\\n")
    WetText(title='A title', text='first line\\nlast line', original_nlines=3)
    """
    # CCNet reads the file as text with universal newlines, so CR ends a line too
    text = block.decode()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        del lines[-1]
    if not lines:
        return WetText("", "", 0)
    kept = [stripped for line in lines[1:] if (stripped := line.strip())]
    title = lines[0].strip()
    if title and not kept:
        return WetText("", title, len(lines))
    return WetText(title, "\n".join(kept), len(lines) - 1)
