"""Tokens with bytes above ASCII, against a regular expression and `split`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.characters.high_tokens import high_tokens
from corpusmill.read.charset_strangeness import marked_tokens

PIECES = [
    b"<",
    b">",
    b"<p>",
    b"<a <b>",
    b"a",
    b"\xe9",
    b"caf\xe9",
    b" ",
    b"\t\n\r\v\f",
    b"\x1c",
    b"\0",
    b"\x85",
    b"\xa0",
]


def tokens(body: bytes, tags: bool) -> list[bytes]:
    return [body[start:end] for start, end in high_tokens(np.frombuffer(body, np.uint8), tags).tolist()]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"plain text", []),
        (b"caf\xe9", [b"caf\xe9"]),
        (b"<p class=\xe9>caf\xe9<b>s\xfc\xdf</b>", [b"caf\xe9", b"s\xfc\xdf"]),
        (b"a<\xe9 b", [b"a<\xe9"]),
        (b"<\xe9<p>x", [b"<\xe9"]),
        (b"<\xe9", [b"<\xe9"]),
        (b"a\x1cb\xe9 c\x00\xe9", [b"a\x1cb\xe9", b"c\x00\xe9"]),
    ],
)
def test_tokens_outside_tags(body, expected):
    assert tokens(body, True) == marked_tokens(body, True) == expected


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=30).map(b"".join), st.booleans())
def test_the_same_as_by_expression(body, tags):
    assert tokens(body, tags) == marked_tokens(body, tags)
