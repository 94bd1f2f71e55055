"""NLTK's words and Punkt's sentences against NLTK."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.segment import nltk_rules
from corpusmill.segment.libraries import nltk_words, punkt, punkt_sentences
from corpusmill.segment.memo import Memo
from corpusmill.segment.punkt import Punkt, punkt_of
from corpusmill.segment.tokenize import tokens
from tests.segment.fragments import texts_of
from tests.segment.plain import rows, words_rows
from tests.segment.test_spacy import sentences

pytest.importorskip("nltk", reason="the extra nltk is not installed")
try:
    punkt("english")
except ModelRefused as refused:
    pytest.skip(str(refused), allow_module_level=True)

SETTINGS = settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))

TABLE = [
    ("", []),
    ("Don't go to the U.S. today.", ["Do", "n't", "go", "to", "the", "U.S.", "today", "."]),
    ('"Go." "No," he said.', ["``", "Go", ".", "''", "``", "No", ",", "''", "he", "said", "."]),
    ("(It ends. ) ’", ["(", "It", "ends", ".", ")", "’"]),  # closing marks behind the last full stop, with spaces
    ("dogs' x. dogs'\ny", ["dogs", "'", "x.", "dogs", "'", "y"]),
    ("I cannot. You’re gonna", ["I", "can", "not", ".", "You", "’", "re", "gon", "na"]),
    ("a\x1cb's\x1cc", ["a", "b's", "c"]),  # white space to some rules only
]


@pytest.mark.parametrize(("text", "words"), TABLE)
def test_table(text: str, words: list[str]):
    assert words == nltk_words(text, "english")
    assert rows(tokens(TextBatch(pa.array([text, "x"])), "nltk_en")) == words_rows([words, ["x"]])


@SETTINGS
@given(texts_of(["Mr. Smith", "No. 5", "end.) ", '." ', "dogs' ", ": ", ", "]))
def test_any_text_as_nltk(texts: list[str]):
    found = tokens(TextBatch(pa.array(texts)), "nltk_en")
    assert rows(found) == words_rows([nltk_words(text, "english") for text in texts])


@SETTINGS
@given(texts_of(["Mr. Smith", "end.) ", '"So']))
def test_room_does_not_change_words(texts: list[str]):
    memo = Memo(nltk_rules.TreebankRules(), entry_limit=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nltk_rules, "_memo", lambda: memo)
        for each in (texts, texts[::-1]):
            found = tokens(TextBatch(pa.array(each)), "nltk_en")
            assert rows(found) == words_rows([nltk_words(text, "english") for text in each])


def test_the_language_chooses_punkt():
    text = "Er kam am 3. Mai bzw. gestern. Ja."
    found = tokens(TextBatch(pa.array([text]), "de"), "nltk")
    assert rows(found) == words_rows([nltk_words(text, "german")]) != words_rows([nltk_words(text, "english")])


@pytest.mark.parametrize("language", ["english", "german", "french", "spanish", "italian"])
def test_any_sentences_as_punkt(language: str):
    library = punkt(language)
    parameters = library._params
    collocations = [f"{a}. {b}" for a, b in sorted(parameters.collocations)[:40]]
    known = [
        *sorted(parameters.abbrev_types)[:80],
        *map(str.title, sorted(parameters.sent_starters)[:40]),
        *collocations,
    ]

    @SETTINGS
    @given(texts_of([*(word + "." for word in known), *known, ". ", '." ', ".) ", "?\n", "J. S", "3. "]))
    def check(texts: list[str]):
        for text in texts:
            assert punkt_of(language).spans(text) == list(library.span_tokenize(text))

    check()


def test_decisions_kept_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("corpusmill.segment.punkt.CONTEXT_LIMIT", 3)
    splitter, text = Punkt("english"), "a/b. c/d e/f. g/h i... J k_l. m_n (o.p). q. r/s. t/u"
    assert [text[start:end] for start, end in splitter.spans(text)] == punkt("english").tokenize(text)
    assert 0 < len(splitter._decisions) <= 3


@SETTINGS
@given(texts_of([". ", "? ", ".\n", '" ', ") "]))
def test_sentences(texts: list[str]):
    assert sentences(texts, "punkt_en") == [punkt_sentences(text, "english") for text in texts]
