"""What is removed from extracted text, and what counts as no text at all."""

from __future__ import annotations

import pytest

from corpusmill.extract.cleaning import clean, clean_title, is_binary


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        (" \n\t", ""),
        ("  a\n b  ", "a\n b"),
        ("a\0b", "ab"),
        ("a\tb\nc\rd", "a\tb\nc\rd"),
        ("a\x0bb\x0cc\x85d", "a b c d"),
        ("a\x1b[31mb\x7f\x80\x9f", "a[31mb"),
        ("\ufeffa\ufdd0\uffff\U0010ffff\u202e\ufffd", "\ufeffa\ufdd0\uffff\U0010ffff\u202e\ufffd"),
    ],
)
def test_clean(text, cleaned):
    assert clean(text) == cleaned


@pytest.mark.parametrize(("title", "cleaned"), [(None, None), ("", None), (" \n", None), (" A\n B\0 ", "A B")])
def test_title(title, cleaned):
    assert clean_title(title) == cleaned


@pytest.mark.parametrize(
    ("body", "html", "binary"),
    [
        (b"", "", False),
        (b"<p>x", "<p>x", False),
        (b"%PDF-1.7 <p>x", "%PDF-1.7 <p>x", True),
        (b"\x1f\x8b\x08", "\x1f\ufffd\x08", True),
        (b"", "word " * 1000 + "\ufffd" * 400, False),
        (b"", "\ufffd" * 20_000, True),
        (b"", "\0\1\2abc" * 10_000, True),
    ],
)
def test_binary(body, html, binary):
    assert is_binary(body, html) == binary
