"""What a page asks of crawlers: `<meta name="robots">` and its like in the head, `X-Robots-Tag` in the HTTP header.

>>> robots_of(b'<head><meta name="Robots" content="noindex, NoAI"><meta name=googlebot content=none>', "nosnippet")
'*:noai *:noindex *:nosnippet googlebot:none'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

HEAD_BYTES = 64 << 10  # of a page that are looked at, where its head does not end before
MAX_ENTRIES = 64

_ATTRIBUTE = re.compile(r"""([a-z-]{1,32})\s{0,8}=\s{0,8}("[^"]*"|'[^']*'|[^\s"'>]+)""")
_NAME = re.compile(r"robots|slurp|[a-z-]{0,32}bot(?:-[a-z]{1,16})?|[a-z-]{1,32}-(?:ai|extended)")
_AGENT = re.compile(r"\*|[a-z][a-z0-9_-]{0,31}")
_DIRECTIVE = re.compile(r"[a-z][a-z_-]{0,31}(?::[a-z0-9_+-]{1,32})?")
_WITH_VALUE = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
_RESERVATION = "tdm-reservation"  # W3C's TDM Reservation Protocol


def robots_of(page: bytes, header: str | None) -> str:
    """Entries `agent:directive` in lower case, each once, sorted, with spaces between; empty where there are none.

    The agent of all crawlers is `*`; `max-snippet:0` and its like keep their value. `header` holds lines of
    X-Robots-Tag. What is no directive by its form is left out. A value that holds ">" ends its tag too early: such tags
    are not understood.
    """
    body = np.frombuffer(page, np.uint8)
    return robots_of_pages(body, np.array([0]), np.array([len(body)]), [header])[0]


def robots_of_pages(
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    headers: Sequence[str | None],
) -> list[str]:
    """`robots_of` of the pages `data[start:end]`."""
    ends = np.minimum(ends, starts + HEAD_BYTES)
    metas = _metas(data, starts, ends)
    found: list[str] = []
    for page, header in enumerate(headers):
        if header is None and page not in metas:
            found.append("")
            continue
        entries = {entry for line in (header or "").lower().split("\n") for entry in _entries("*", line)}
        for name, content in metas.get(page, ()):
            if name == _RESERVATION:
                entries.add(f"*:{_RESERVATION}:{content.strip()}" if content.strip() in ("0", "1") else "")
            elif _NAME.fullmatch(name):
                entries.update(_entries("*" if name == "robots" else name, content))
        found.append(" ".join(sorted(entries - {""})[:MAX_ENTRIES]))
    return found


def _metas(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> dict[int, list[tuple[str, str]]]:
    """By page, name and content, in lower case, of the `<meta>` elements in its head that may speak to crawlers."""
    from corpusmill.kernels.html.metas import metas_for_crawlers  # loads kernels

    found: dict[int, list[tuple[str, str]]] = {}

    def understand(page: int, tag: bytes) -> None:
        text = tag.lower().decode("latin-1")
        attributes = {match[1]: match[2].strip("\"'") for match in reversed(list(_ATTRIBUTE.finditer(text)))}
        if "name" in attributes and "content" in attributes:
            found.setdefault(page, []).append((attributes["name"].strip(), attributes["content"]))

    metas, wide = metas_for_crawlers(data, starts, ends)
    for page, start, end in metas.tolist():
        if not wide[page]:
            understand(page, data[start:end].tobytes())
    for page in np.flatnonzero(wide).tolist():
        narrow = data[starts[page] : ends[page]]
        narrow = narrow[narrow != 0]
        metas, _ = metas_for_crawlers(narrow, np.array([0]), np.array([len(narrow)]))
        for _, start, end in metas.tolist():
            understand(page, narrow[start:end].tobytes())
    return found


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
