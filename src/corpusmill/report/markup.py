"""HTML that is safe by construction: whatever is not `Markup` is escaped when it enters a tag.

>>> tag("p", "5 < 6 & ", tag("b", "so", class_="big"))
'<p>5 &lt; 6 &amp; <b class="big">so</b></p>'
"""

from __future__ import annotations

import html
import re

# What a page could use to garble a line of the report: controls, and characters that reorder the text after them.
GARBLING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]")
_SPECIAL = re.compile(f"[&<>\"']|{GARBLING.pattern}")
_VOID = frozenset({"meta", "rect", "path", "line", "col"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def visible(text: str) -> str:
    r"""`text` with characters that one cannot see, or that reorder others, as their code point.

    >>> visible("a\u202eb\x00")
    'a⟨U+202E⟩b⟨U+0000⟩'
    """
    return GARBLING.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def escape(text: str) -> Markup:
    """`text` for any place between tags or in a quoted attribute."""
    return text if isinstance(text, Markup) else Markup(_safe(text))


def join(*parts: str) -> Markup:
    return Markup("".join(map(_safe, parts)))


def tag(element: str, /, *children: str, **attributes: str | int | float | bool | None) -> Markup:
    """An element of HTML or SVG; of the attributes, `class_` is class, `_` is `-`, None is left out."""
    written = [element]
    for attribute, value in attributes.items():
        key = attribute.rstrip("_").replace("_", "-")
        if value is True:
            written.append(key)
        elif value is not None and value is not False:
            written.append(f'{key}="{_safe(str(value))}"')
    head = " ".join(written)
    # "/>" also ends an SVG element; without it the next one would become its child.
    if element in _VOID:
        return Markup(f"<{head}/>")
    return Markup("".join([f"<{head}>", *map(_safe, children), f"</{element}>"]))  # once: it may be all of a page


def shown(text: object, limit: int = 96, length: int | None = None) -> Markup:
    """Foreign text in a line of its own direction, cut after `limit` characters; `length` is that before earlier cuts.

    >>> shown("x" * 200, 3)
    '<bdi class="foreign">xxx… <span class="cut">(200 characters)</span></bdi>'
    """
    whole = "–" if text is None else str(text)
    length = len(whole) if length is None else length
    if length <= limit:
        return tag("bdi", whole, class_="foreign")
    cut = tag("span", f"({length:,} characters)", class_="cut")
    return tag("bdi", whole[:limit] + "… ", cut, class_="foreign")


def _safe(text: str) -> str:
    """`escape` without a copy of what needs none: nearly all."""
    if isinstance(text, Markup) or not _SPECIAL.search(text):
        return text
    return html.escape(visible(text), quote=True)
