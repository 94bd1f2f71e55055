"""The scan for `<meta>` against the same rules as one regular expression."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.html.metas import metas_for_crawlers

ORACLE = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title|textarea|noscript)\b.*?(?:</\1|\Z)|<meta\b([^>]{0,1024})>|</head|<body\b",
    re.DOTALL,
)
WORDS = re.compile("bot|slu|-ai|-ex|tdm")
PIECES = [
    "<meta name=robots content=noai>",
    "<META x='GPTBot'/>",
    "<meta name=author>",
    "<metal robot>",
    "<meta",
    "<meta é bot>",
    "<!--",
    "-->",
    "<!-->",
    "--",
    "<script",
    "<script>",
    "</script>",
    "</scripty>",
    "<title>",
    "</TITLE>",
    "<style/>",
    "</style",
    "<noscript>",
    "</noscript>",
    "<textareas>",
    "</head>",
    "<body>",
    "<bodyé>",
    "<body",
    ">",
    "<",
    "</",
    "\0",
    "a" * 1018 + "bot",
    "x",
]


def expected(page: bytes) -> list[str]:
    found = []
    for match in ORACLE.finditer(page.decode("latin-1").lower()):
        if match[2] is None and match[0] in ("</head", "<body"):
            break
        if match[2] is not None and WORDS.search(match[2]):
            found.append(match[2])
    return found


def found(pages: list[bytes]) -> tuple[list[list[str]], list[bool]]:
    data = b"".join(pages)
    bounds = np.cumsum([0, *map(len, pages)])
    metas, wide = metas_for_crawlers(np.frombuffer(data, np.uint8), bounds[:-1], bounds[1:])
    by_page: list[list[str]] = [[] for _ in pages]
    for page, start, end in metas.tolist():
        by_page[page].append(data[start:end].decode("latin-1").lower())
    return by_page, wide.tolist()


@settings(derandomize=True, max_examples=1500, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8), min_size=1, max_size=3))
def test_as_the_regular_expression_finds_them(pages):
    encoded = ["".join(pieces).encode("latin-1") for pieces in pages]
    metas, wide = found(encoded)
    assert metas == [expected(page) for page in encoded]
    assert wide == [b"\0" in page for page in encoded]


def test_more_of_them_than_there_is_room_for_at_first():
    page = b"<meta name=robots>" * 5000
    assert found([page])[0] == [[" name=robots"] * 5000]
