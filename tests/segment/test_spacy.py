"""spaCy's tokens and sentences through the memo of chunks, against spaCy."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.segment.languages import spacy_code
from corpusmill.segment.libraries import blank, spacy_sentences, spacy_words
from corpusmill.segment.memo import Memo, chunks_of
from corpusmill.segment.sentences import sentence_spans
from corpusmill.segment.spacy_rules import SpacyRules, memo_of, spacy_tokens
from corpusmill.segment.tokenize import tokens
from corpusmill.segment.tokens import Tokens
from tests.segment.fragments import texts_of
from tests.segment.plain import rows, words_rows

pytest.importorskip("spacy", reason="the extra spacy is not installed")

SETTINGS = settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))

TABLE = [
    ("en", "", []),
    ("en", "Don't go to the U.S., 10km away!", ["Do", "n't", "go", "to", "the", "U.S.", ",", "10", "km", "away", "!"]),
    ("en", "\u00a0a\x1cb\u3000", ["a", "b"]),
    ("en", "A :) and a :(( and (^_^) : )", ["A", ":)", "and", "a", ":((", "and", "(^_^)", ":", ")"]),
    ("en", "IS_ALPHA\x00", ["IS_ALPHA\x00"]),
    ("es", "En EE. UU. no", ["En", "EE. UU.", "no"]),  # a special case with a space
    ("fr", "l'eau aujourd'hui", ["l'", "eau", "aujourd'hui"]),
    ("ms", "Sdn. Bhd. M\nN", ["Sdn", ".", "Bhd.", "M", "N"]),  # one with another white space: no memo
    ("und", "a,b", ["a", ",", "b"]),
]


def special_cases(code: str) -> list[str]:
    return random.Random(code).sample(sorted(blank(code).tokenizer.rules), 120)


@pytest.mark.parametrize(("language", "text", "words"), TABLE)
def test_table(language: str, text: str, words: list[str]):
    assert words == spacy_words(text, spacy_code(language))
    batch = TextBatch(pa.array([text, "x"]), language)
    assert rows(tokens(batch, "spacy")) == words_rows([words, ["x"]])


@pytest.mark.parametrize("code", ["en", "de", "fr", "es", "it", "ru", "xx", "ms"])
def test_any_text_as_spacy(code: str):
    @SETTINGS
    @given(texts_of(special_cases(code)))
    def check(texts: list[str]):
        found = spacy_tokens(TextBatch(pa.array(texts)), code)
        assert rows(found) == words_rows([spacy_words(text, code) for text in texts])

    check()


def test_texts_that_chunks_do_not_tell(monkeypatch: pytest.MonkeyPatch):
    """A special case of one chunk is hidden where its tokens also stand in a longer row with the next chunk's."""
    asked = []
    monkeypatch.setattr("corpusmill.segment.spacy_rules.spacy_words", lambda text, code: asked.append(text) or ["z"])
    found = spacy_tokens(TextBatch(pa.array(["a b", "En EE. UU. no", "c"])), "es")
    assert asked == ["En EE. UU. no"]
    assert rows(found) == words_rows([["a", "b"], ["z"], ["c"]])


@SETTINGS
@given(texts_of(["one", "two", "three.", "(four)"]), st.integers(0, 3), st.randoms(use_true_random=False))
def test_neither_order_nor_room_changes_tokens(texts: list[str], limit: int, shuffler: random.Random):
    memo, spare = Memo(RULES, entry_limit=limit), Memo(RULES)
    wanted = {text: rows(through(spare, [text]))[0] for text in texts}
    for _ in range(3):
        shuffler.shuffle(texts)
        assert rows(through(memo, texts)) == [wanted[text] for text in texts]


RULES = SpacyRules("en")


def through(memo: Memo, texts: list[str]) -> Tokens:
    batch = TextBatch(pa.array(texts))
    chunks = chunks_of(batch)
    return memo.gathered(chunks.offsets, memo.entries_of(batch.data, chunks.starts, chunks.ends))


def test_many_chunks_grow_the_table():
    memo = memo_of("en")
    assert memo is not None
    words = [f"w{i}" for i in range(9000)]
    for _ in range(2):
        assert rows(through(memo, [" ".join(words)])) == words_rows([words])


def sentences(texts: list[str], splitter: str) -> list[list[str]]:
    starts, ends, offsets = sentence_spans(pa.array(texts, pa.string()), splitter)
    data = "".join(texts).encode()
    found = [data[start:end].decode() for start, end in zip(starts, ends, strict=True)]
    return [found[offsets[i] : offsets[i + 1]] for i in range(len(texts))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        (" \n", []),
        ("One. two?! Three", ["One.", "two?!", "Three"]),
        ('He said. "No."', ['He said. "', 'No."']),  # the quote that opens goes to the sentence before
        ("One.\n\n... two", ["One.", "... two"]),  # white space is a token that begins a sentence
        ("One. ... two", ["One. ...", "two"]),
        ("One. \u00a0", ["One."]),
    ],
)
def test_sentences(text: str, wanted: list[str]):
    assert sentences([text, "x"], "spacy_en") == [wanted, ["x"]]


@SETTINGS
@given(texts_of([". ", "? ", ".\n", '" ', ") ", ".  "]))
def test_any_sentences_as_spacy(texts: list[str]):
    assert sentences(texts, "spacy_en") == [spacy_sentences(text, "en") for text in texts]


def test_sentences_of_texts_that_chunks_do_not_tell(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Memo, "linked", lambda self, batch, chunks, entries: chunks.offsets[1:] % 2 == 1)
    texts = ["One.", "two three. Four. é", "é. Five", "", "Six. Seven."]
    assert sentences(texts, "spacy_en") == [spacy_sentences(text, "en") for text in texts]


@pytest.mark.parametrize("text", ["(" * 5001, "a " + "\"'" * 2500 + " b.", "é" * 9000, "x" * 3000 + ".,é" * 2000])
def test_chunks_of_many_marks_are_cut(text: str):
    """Else spaCy would take minutes; chunks of letters stay whole."""
    texts = ["one.", text, "two (three)."]
    found = spacy_tokens(TextBatch(pa.array(texts)), "en")
    assert rows(found) == words_rows([spacy_words(each, "en") for each in texts])
    spelled = [sentence for each in sentences(texts, "spacy_en") for sentence in each]
    assert "".join(spelled).replace(" ", "") == "".join(texts).replace(" ", "")
