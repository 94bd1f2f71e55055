"""What classifiers are given has the tokens that Python's string methods leave."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.characters.tables import unicode_tables
from corpusmill.kernels.fasttext.text import joined_lines, without_line_feeds

SEPARATORS = re.compile(rb"[ \n\r\t\v\f\0]+")
ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
NEAR = "\x1b\x1f\x84\x86\u2027\u202a\u20a8\u3028\xa0\u3000\u1680 \tax\0é\U0001f600"
TEXTS = st.lists(st.sampled_from(ENDS + NEAR) | st.text(max_size=3), max_size=40).map("".join)


def copied(text: str, join: bool) -> bytes:
    data = np.frombuffer(b"." + text.encode() + b".", np.uint8)
    out = np.zeros(len(data) + 8, np.uint8)
    start, end, target = data.ctypes.data + 1, data.ctypes.data + len(data) - 1, out.ctypes.data
    stop = joined_lines(start, end, unicode_tables(), target) if join else without_line_feeds(start, end, target)
    return out[: stop - target].tobytes()


@settings(derandomize=True, max_examples=400, deadline=None)
@given(TEXTS)
def test_line_feeds_are_deleted(text: str):
    assert copied(text, join=False) == text.replace("\n", "").encode()


@settings(derandomize=True, max_examples=600, deadline=None)
@given(TEXTS)
def test_joined_lines_have_the_same_tokens(text: str):
    line = " ".join(text.splitlines()).strip().encode()
    assert SEPARATORS.split(copied(text, join=True)) == SEPARATORS.split(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", b""),
        ("one", b"one"),
        ("a\x1cb\x1dc\x1ed\x85e\u2028f\u2029g", b"a b c d e f g"),
        ("\n\n a \n\n", b"a"),
        ("Case, and  SPACES\tstay", b"Case, and  SPACES\tstay"),
        ("\u3000a\u200b\n", "a\u200b".encode()),
        ("\u3000\n\x1f\xa0", b""),
    ],
)
def test_joined_lines(text: str, line: bytes):
    assert copied(text, join=True) == line
