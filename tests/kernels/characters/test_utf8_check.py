from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.characters import utf8_check as u

PIECES = [
    *(
        piece.encode()
        for piece in ("plain text ", "<p>", "é", "日本", "😀", "\x85", "\u00a0", "\ufffd", "\ue000", "\uf8ff")
    ),
    *(
        b"\x00",
        b"\x1b$B",
        b"\x7f",
        b"\x0b",
        b"\n\t\r",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe4\xb8",
        b"\xff",
    ),
]


def expected(page: bytes) -> list[int]:
    try:
        text, valid = page.decode(), 1
    except UnicodeDecodeError as error:
        text, valid = page[: error.start].decode(), 0
    controls = [c for c in text if c < "\x20" or c == "\x7f"]
    wrong_above = [c for c in text if "\x80" <= c <= "\x9f" or c == "\ufffd"]
    return [
        valid,
        len(text.encode()) - len(text),
        sum(not 9 <= ord(c) <= 13 for c in controls) + len(wrong_above),
        len(wrong_above) + sum("\ue000" <= c <= "\uf8ff" for c in text),
        text.count("\x1b"),
        text.count("\0"),
    ]


def checked(pages: list[bytes]) -> list[list[int]]:
    data = np.frombuffer(b"".join(pages), np.uint8)
    return u.check_pages(data, np.cumsum([0, *map(len, pages)])).tolist()


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join), max_size=4))
def test_counts_are_those_of_the_decoded_text(pages):
    assert checked(pages) == [expected(page) for page in pages]


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes(page):
    assert checked([page]) == [expected(page)]


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_character_cut_at_the_end_of_a_page_is_not_read_into_the_next(cut):
    face = "😀".encode()
    assert checked([b"a" * 9 + face[:cut], face[cut:] + b"b"]) == [
        expected(b"a" * 9 + face[:cut]),
        expected(face[cut:] + b"b"),
    ]
    assert checked([b"a" * 9 + face[:cut]])[0][u.VALID] == 0
