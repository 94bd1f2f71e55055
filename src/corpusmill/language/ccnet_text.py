"""CCNet's two normal forms: of a paragraph before it is hashed, of a document before a language model sees it.

Source: specification of CCNet §2 and §6 (Wenzek and others 2019). The quirks are kept, since hashes and published
models depend on them: tabs and line feeds are control characters and vanish without a space, ASCII punctuation stays.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

_DELETED_PUNCTUATION = "，。、„”“«»１」「《》´∶：？！（）；–—．～’…━〈〉【】％►"
_ASCII_PUNCTUATION = {
    "，": ",", "。": ".", "、": ",", "„": '"', "”": '"', "“": '"', "«": '"', "»": '"', "」": '"', "「": '"', "《": '"',
    "》": '"', "´": "'", "∶": ":", "：": ":", "？": "?", "！": "!", "（": "(", "）": ")", "；": ";", "–": "-",
    "—": " - ", "．": ". ", "～": "~", "’": "'", "…": "...", "━": "-", "〈": "<", "〉": ">", "【": "[", "】": "]",
    "％": "%", "►": "-",
}  # fmt: skip
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)])


# One pass each: every rule looks at one character, and what a rule writes no later rule changes.
@cache
def _of_paragraphs() -> dict[int, str | None]:
    return {**dict.fromkeys(map(ord, _DELETED_PUNCTUATION)), **_CONTROLS, **_digits()}


@cache
def _of_documents() -> dict[int, str | None]:
    return {
        **{ord(mark): ascii_mark for mark, ascii_mark in _ASCII_PUNCTUATION.items()},
        **_CONTROLS,
        **_digits(),
        **dict.fromkeys(_of_category("Mn")),
    }


def _digits() -> dict[int, str]:
    return dict.fromkeys(_of_category("Nd"), "0")


def _of_category(category: str) -> list[int]:
    """Looks at every code point, which takes a tenth of a second: only where a table is needed."""
    return [point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) == category]


def paragraph_form(line: str) -> str:
    """What is hashed of a paragraph; all blank lines have the form "".

    >>> paragraph_form("  Le 3 mai,\\tà «Paris» ")
    'le 0 mai,à paris'
    """
    return line.strip().lower().translate(_of_paragraphs())


def document_form(text: str) -> str:
    """What is cut into pieces and scored: one line, whatever the document.

    >>> document_form("Le 3 mai,\\nà «Paris»…")
    'le 0 mai,a "paris"...'
    """
    return unicodedata.normalize("NFD", text.strip().lower()).translate(_of_documents())
