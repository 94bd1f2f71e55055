"""What a page asks of crawlers: `<meta name="robots">` and its like in the head, `X-Robots-Tag` in the HTTP header.

>>> robots_of(b'<head><meta name="Robots" content="noindex, NoAI"><meta name=googlebot content=none>', "nosnippet")
'*:noai *:noindex *:nosnippet googlebot:none'
"""

from __future__ import annotations

import re
from collections.abc import Iterator

HEAD_BYTES = 64 << 10  # of a page that are looked at, where its head does not end before
MAX_ENTRIES = 64

# Comments and raw text are passed over. A value that holds ">" ends its tag too early: such tags are not understood.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title|textarea|noscript)\b.*?(?:</\1|\Z)|<meta\b([^>]{0,1024})>|</head|<body\b",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([a-z-]{1,32})\s{0,8}=\s{0,8}("[^"]*"|'[^']*'|[^\s"'>]+)""")
_NAME = re.compile(r"robots|slurp|[a-z-]{0,32}bot(?:-[a-z]{1,16})?|[a-z-]{1,32}-(?:ai|extended)")
# What a page that has such an element holds somewhere: a name with one of the words in it that _NAME asks for.
_LIKELY = re.compile(rb"""name\s{0,8}=\s{0,8}["']?\s*(?:[a-z-]{0,64}(?:bot|slurp|-ai|-extended)|tdm-reservation)""")
_AGENT = re.compile(r"\*|[a-z][a-z0-9_-]{0,31}")
_DIRECTIVE = re.compile(r"[a-z][a-z_-]{0,31}(?::[a-z0-9_+-]{1,32})?")
_WITH_VALUE = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
_RESERVATION = "tdm-reservation"  # W3C's TDM Reservation Protocol


def robots_of(page: bytes, header: str | None) -> str:
    """Entries `agent:directive` in lower case, each once, sorted, with spaces between; empty where there are none.

    The agent of all crawlers is `*`; `max-snippet:0` and its like keep their value. `header` holds lines of
    X-Robots-Tag. What is no directive by its form is left out.
    """
    found: set[str] = set()
    for line in (header or "").lower().split("\n"):
        found.update(_entries("*", line))
    for name, content in _metas(page):
        if name == _RESERVATION:
            found.add(f"*:{_RESERVATION}:{content.strip()}" if content.strip() in ("0", "1") else "")
        elif _NAME.fullmatch(name):
            found.update(_entries("*" if name == "robots" else name, content))
    return " ".join(sorted(found - {""})[:MAX_ENTRIES])


def _metas(page: bytes) -> Iterator[tuple[str, str]]:
    """Name and content, in lower case, of the `<meta>` elements in the head of a page in any encoding near ASCII."""
    head = page[:HEAD_BYTES].replace(b"\0", b"").lower()  # UTF-16 loses its zero bytes
    if not _LIKELY.search(head):  # most pages ask for nothing, and what follows costs ten times as much
        return
    for tag in _TAG.finditer(head.decode("latin-1")):
        if tag[2] is None:
            if tag[0] in ("</head", "<body"):
                return
            continue
        attributes = {match[1]: match[2].strip("\"'") for match in reversed(list(_ATTRIBUTE.finditer(tag[2])))}
        if "name" in attributes and "content" in attributes:
            yield attributes["name"].strip(), attributes["content"]


def _entries(agent: str, directives: str) -> Iterator[str]:
    """`googlebot: noindex, nofollow` or `noindex`; what stands before a colon is an agent for all that follows."""
    for part in directives.split(","):
        before, colon, after = part.partition(":")
        name = before.strip()
        if colon and name not in _WITH_VALUE:
            if name == _RESERVATION:
                yield f"*:{name}:{after.strip()}" if after.strip() in ("0", "1") else ""
                continue
            if not _AGENT.fullmatch(name):
                continue
            agent, name, after = name, after.strip(), ""
        directive = f"{name}:{after.strip()}" if name in _WITH_VALUE and name != "unavailable_after" else name
        if _DIRECTIVE.fullmatch(directive):
            yield f"{agent}:{directive}"
