"""Words of chunks against their definition in plain Python."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.words.reference_chunk_words import words
from corpusmill.segment.languages import spacy_code
from corpusmill.segment.libraries import spacy_words
from corpusmill.segment.tokenize import HYPHENATED, tokens
from tests.kernels.texts import needs_unicode_14, texts
from tests.segment.fragments import texts_of
from tests.segment.plain import rows, words_rows

SIGNS = [
    "cos'è",
    "qu'on",
    "l'",
    "O'Brien",
    "I'LL",
    "N'T",
    "n't",
    "a.b",
    "A.B",
    "://",
    "--",
    "...",
    "1-2",
    "a=b",
    "b’s",
    "É’t",
]

TABLE = [
    ("Don't, he's we’LL", "Do n't , he 's we ’LL"),
    ("can't won’t 't n't", "ca n't wo n’t ' t n't"),
    ("U.S. e.g. J. end. 3. a.m.,", "U.S. e.g. J. end . 3 . a.m. ,"),
    ("well-known and/or a--b 15-inch 10-20 x -m --foo", "well - known and / or a -- b 15 - inch 10 - 20 x -m --foo"),
    ('(stop) "no"... «ja»; [1] #tag 50% $5 _x_', '( stop ) " no " ... « ja » ; [ 1 ] # tag 50 % $ 5 _ x _'),
    ("1,000.50 12:30 a,b end.Next", "1,000.50 12:30 a , b end . Next"),
    ("http://a.b/c-d. www.x-y.com/z=a, os.path=x", "http://a.b/c-d . www.x-y.com/z=a , os.path=x"),
    ("l'homme qu'on O'Brien aujourd'hui d'e-mail", "l' homme qu' on O'Brien aujourd'hui d' e - mail"),
    ("… .. . ... a..b. c..", "… .. . ... a..b. c .."),
    (".NET f(x) @me a@b.c C# C++ +1 =x x=", ".NET f(x ) @me a@b.c C # C++ + 1 = x x="),
    ("漢字、かな。 Ελλάδα», ٣-٤ ‐a", "漢字、かな 。 Ελλάδα » , ٣ - ٤ ‐a"),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_table(text: str, expected: str):
    assert words(text) == expected.split()
    assert rows(tokens(TextBatch(pa.array([text, "", text])), "fast")) == words_rows([words(text), [], words(text)])


@needs_unicode_14
@given(st.one_of(st.lists(texts, max_size=3), texts_of(SIGNS)))
@example(["a" * 63 + "'s " + "b" * 64 + " " + "c" * 65, "." * 70, "’" * 50])
@settings(max_examples=400, derandomize=True, deadline=None)
def test_all_texts(given_: list[str]):
    assert rows(tokens(TextBatch(pa.array(given_, pa.string())), "fast")) == words_rows(
        [words(each) for each in given_]
    )


def test_all_short_chunks():
    """Every text of up to four of the characters that the rules tell apart."""
    letters = "aB1.'’-:n"
    chunks = ["".join(each) for length in range(1, 5) for each in itertools.product(letters, repeat=length)]
    chunks += [
        f"{left}{sign}{right}" for left in "aB1é漢" for sign in ",~–+*^=/<>_)(" for right in ("a", "B", "1", "-", "é")
    ]
    found = rows(tokens(TextBatch(pa.array(chunks)), "fast"))
    assert found == words_rows([words(chunk) for chunk in chunks])


@pytest.mark.parametrize("language", ["de", "es", "ca", "no", "en", "fr", "it", "ru", "pl"])
def test_hyphens_are_spacys(language: str):
    pytest.importorskip("spacy")
    code = spacy_code(language)
    assert spacy_words("ab-cd", code) == words("ab-cd", hyphens_part=code not in HYPHENATED)


def test_nothing_is_lost():
    """Tokens of a chunk spell it."""
    for text in ["...a-b.'s,", "''s", "x--'", "(((e.g.)))", "l'eau-d'or."]:
        assert "".join(words(text)) == text
