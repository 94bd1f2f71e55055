from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.extract.robots import HEAD_BYTES, MAX_ENTRIES, robots_of


@pytest.mark.parametrize(
    ("page", "header", "expected"),
    [
        (b"", None, ""),
        (b'<meta name="robots" content="noindex,nofollow">', None, "*:nofollow *:noindex"),
        (b"<META CONTENT='NoAI, NoImageAI' NAME=Robots />", None, "*:noai *:noimageai"),
        (b'<meta name="googlebot-news" content="nosnippet">', None, "googlebot-news:nosnippet"),
        (b'<meta name="anthropic-ai" content="noai">', None, "anthropic-ai:noai"),
        (b'<meta name="description" content="noindex">', None, ""),
        (b'<meta property="robots" content="noindex">', None, ""),
        (b'<meta name="robots" name="x" content="all">', None, "*:all"),
        (b'<meta name="robots" content="max-snippet:-1">', None, "*:max-snippet:-1"),
        (b'<meta name="robots" content="max-image-preview:large, all">', None, "*:all *:max-image-preview:large"),
        (b'<meta name="tdm-reservation" content="1">', None, "*:tdm-reservation:1"),
        (b'<!-- <meta name="robots" content="noindex"> -->', None, ""),
        (b'<script>"<meta name=robots content=noindex>"</script>', None, ""),
        (b'</head><body><meta name="robots" content="noindex">', None, ""),
        (b'<body class="a"><meta name="robots" content="noindex">', None, ""),
        (b"<p>" * (HEAD_BYTES // 3) + b'<meta name="robots" content="noindex">', None, ""),
        ('<meta name="robots" content="noindex">'.encode("utf-16"), None, "*:noindex"),
        (b"", "noindex, noai", "*:noai *:noindex"),
        (b"", "GPTBot: noindex, nofollow\nnoarchive", "*:noarchive gptbot:nofollow gptbot:noindex"),
        (b"", "noindex, bingbot: nofollow", "*:noindex bingbot:nofollow"),
        (b"", "unavailable_after: Wed, 25 Jun 2010 15:00:00 GMT, noai", "*:noai *:unavailable_after"),
        (b"", "tdm-reservation: 1", "*:tdm-reservation:1"),
        (b"", "<script>, no index, \xe9", ""),
        (b'<meta name="robots" content="noindex">', "noindex", "*:noindex"),
    ],
)
def test_what_pages_ask(page: bytes, header: str | None, expected: str) -> None:
    assert robots_of(page, header) == expected


def test_entries_are_limited() -> None:
    header = ",".join(f"no{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(200))
    assert len(robots_of(b"", header).split()) == MAX_ENTRIES


@pytest.mark.parametrize("piece", [b"<meta ", b"<meta name='", b"<!--", b"<script>", b"<meta a=\"a='", b'<meta x=">'])
def test_hostile_heads_are_read_within_their_limit(piece: bytes) -> None:
    assert robots_of(piece * (1_000_000 // len(piece)), piece.decode() * 1000) == ""


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.text("a:,*\n noindex-", max_size=40))
def test_entries_are_words_with_an_agent(noise: bytes, header: str) -> None:
    found = robots_of(b"<meta name=robots content='" + noise + b"'>", header).split()
    assert found == sorted(set(found))
    assert all(":" in entry and entry == entry.lower() for entry in found)
