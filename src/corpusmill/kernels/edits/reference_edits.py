r"""Edits of texts in plain Python, as the C4 and RefinedWeb specifications word them: oracle of the kernels.

Exact only where the interpreter has Unicode 14.0 (CPython 3.11).

>>> without_citations("so [1] it is [citation needed][٣]")
'so  it is '
>>> is_counter("* 3.4k Views")
True
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_CITATIONS = re.compile(r"\[(?:\d*|edit|citation needed)\]")
_COUNTED = [
    "likes",
    "shares",
    "comments",
    "retweets",
    "reposts",
    "quotes",
    "bookmarks",
    "upvotes",
    "downvotes",
    "downloads",
    "views",
    "followers",
]
_COUNTER = re.compile(rf"\W*\d[\d,.]*[kmb]?\s+(?:{'|'.join(_COUNTED)})\W*")
_SCHEME = r"(?:(?:https?|ftp)://)"
_HOST = "[-a-zA-Z0-9_@:%.+~#=]"
_PATH = "[-a-zA-Z0-9_@:%.+~#=()?&/]"
_NUMBER = r"[0-2]?[0-9]{1,2}"


def without_citations(text: str) -> str:
    """`[`, any digits, `]`, and two marks in words deleted."""
    return _CITATIONS.sub("", text)


def contains(text: str, phrases: Sequence[str]) -> bool:
    """Whether the lower-cased text has one of the phrases."""
    return any(phrase in text.lower() for phrase in phrases)


def c4_pieces(text: str) -> list[str]:
    """Lines as C4 cuts and strips them, with citations."""
    return [line.strip() for line in text.splitlines()]


def join_kept(pieces: Sequence[str], kept: Sequence[bool], separator: str, *, strip: bool) -> str:
    """The pieces that stay, `separator` between them."""
    text = separator.join(piece for piece, stays in zip(pieces, kept, strict=True) if stays)
    return text.strip() if strip else text


def is_counter(line: str) -> bool:
    """A number, and what is counted, with signs around them alone."""
    return _COUNTER.fullmatch(line.lower()) is not None


def without_urls(text: str, domains: Sequence[str]) -> str:
    """Hosts that end in one of the domains, with scheme, path and up to ten characters of white space before them."""
    longest_first = "|".join(map(re.escape, sorted(domains, key=lambda domain: (-len(domain), domain))))
    return re.sub(rf"\s{{0,10}}{_SCHEME}?{_HOST}{{1,256}}\.(?:{longest_first})\b{_PATH}*", "", text)


def without_quads(text: str) -> str:
    """IPv4 addresses with what follows them, and up to ten characters of white space before them."""
    return re.sub(rf"\s{{0,10}}\b{_SCHEME}?(?:{_NUMBER}\.){{3}}{_NUMBER}{_PATH}*", "", text)


def without_phrase(text: str, phrase: str, where: str, most_words: int) -> str:
    """A phrase cut out of short lines and the blank ones of these left out; `.` in a phrase is any character."""
    pattern = {"anywhere": rf"\s?{phrase}", "prefix": rf"^{phrase}\s?", "suffix": rf"\s?{phrase}$"}[where]
    lines = []
    for line in text.split("\n"):
        if len(line.split()) > most_words:
            lines.append(line)
            continue
        edited = re.sub(pattern, "", line, flags=re.IGNORECASE)
        if not line or edited.strip():
            lines.append(edited)
    return "\n".join(lines).strip()


def short_newlines(text: str, most: int) -> str:
    """At most so many newlines in a row."""
    return re.sub(rf"\n{{{most},}}", "\n" * most, text)


def symbol_lines(text: str, symbols: str) -> str:
    """Runs of lines of symbols and spaces as one line that holds a newline."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        made_of_symbols = bool(line.strip()) and set(line) <= {*symbols, " "}
        if not made_of_symbols:
            lines.append(line)
        elif not inside:
            lines.append("\n")
        inside = made_of_symbols
    return "\n".join(lines)


def replaced(text: str, replacements: Sequence[tuple[int, int, str]]) -> str:
    """Spans of code points replaced, from the end of the text on."""
    for start, end, inserted in reversed(replacements):
        text = text[:start] + inserted + text[end:]
    return text
