"""Whether a page ends inside a construct that swallowed the rest of it.

Browsers take everything behind `<!--`, `<script>` or an opening quote that is never closed for a part of it. A page
that has no text for this reason is damaged, not empty.
"""

from __future__ import annotations

import re

_RAW = ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
# A quote opens a value behind "=" alone.
_TAG = re.compile(r"""</?([a-z][^\s/>]*+)(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*+>""", re.IGNORECASE)
_END_OF = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}


def unclosed(html: str) -> str | None:
    """The beginning of the construct that `html` ends in, at most 40 characters; None where all are closed.

    >>> unclosed('<p>text</p><!-- <p>more')
    '<!-- <p>more'
    >>> unclosed('<p title="x>text</p>'), unclosed("<p>1 < 2</p>")
    ('<p title="x>text</p>', None)
    """
    end = 0
    while (start := html.find("<", end)) >= 0:
        found = _end(html, start)
        if found is None:
            return html[start : start + 40]
        end = found
    return None


def _end(html: str, start: int) -> int | None:
    """Where the construct that begins with the `<` at `start` is over; None where it is not."""
    if html.startswith("<!--", start):
        comment = _COMMENT.match(html, start)
        return comment.end() if comment else None
    following = html[start + 1 : start + 3]
    if following[:1] in ("!", "?") or (following[:1] == "/" and not following[1:].isalpha()):
        end = html.find(">", start)
        return end + 1 if end >= 0 else None
    if not following.lstrip("/")[:1].isalpha():
        return start + 1
    tag = _TAG.match(html, start)
    if tag is None:
        return None if following.isascii() else start + 1
    name = tag[1].lower()
    if following[0] == "/" or name not in (*_RAW, "plaintext"):
        return tag.end()
    closing = _END_OF[name].search(html, tag.end()) if name in _END_OF else None
    return closing.start() if closing else None
