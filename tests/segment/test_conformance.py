"""Words and sentences as datatrove 0.10.1 found them with spaCy 3.8.18 and with NLTK 3.10.4."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.segment.libraries import nltk_words, punkt, punkt_sentences, spacy_sentences, spacy_words
from corpusmill.segment.sentences import sentence_counts
from corpusmill.segment.tokenize import tokens
from corpusmill.segment.tokens import SYMBOL
from tests.segment.plain import rows, words_rows

SAMPLE = Path(__file__).parent / "data" / "datatrove_words.jsonl"  # of documents made up for filters, each a hard case
LANGUAGES = {"eng": "en", "ita": "it", "fra": "fr", "deu": "de", "spa": "es"}
PUNKT = {"en": "english", "it": "italian", "fr": "french", "de": "german", "es": "spanish"}


@pytest.fixture(params=["spacy", "nltk"])
def library(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param)
    if request.param == "nltk":
        try:
            punkt("english")
        except ModelRefused as refused:
            pytest.skip(str(refused))
    return request.param


def test_sample(library: str):
    documents = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]
    found = rows(tokens(TextBatch(pa.array([document["text"] for document in documents])), f"{library}_en"))
    for document, row in zip(documents, found, strict=True):
        assert row == words_rows([document[f"{library}_en"]])[0], document["id"]


def by_language(shared: Path, library: str) -> list[tuple[str, list[str], list[dict[str, Any]]]]:
    """The texts of each language and what was found in them."""
    folder = shared / "conformance" / "filters"
    with gzip.open(folder / "documents.jsonl.gz") as file:
        documents = [json.loads(line) for line in file]
    with gzip.open(folder / f"datatrove_0.10.1_{library}.jsonl.gz") as file:
        found = {row["id"]: row for row in map(json.loads, file)}
    groups = []
    for code, language in LANGUAGES.items():
        chosen = [document for document in documents if document["lang"] == code]
        groups.append((language, [each["text"] for each in chosen], [found[each["id"]] for each in chosen]))
    assert sum(len(texts) for _, texts, _ in groups) == len(documents) == 610
    return groups


@pytest.mark.shared
def test_vectors(shared: Path, library: str):
    """Counts of all documents, the words of those of which they are given; the library itself on the others."""
    for language, texts, wanted in by_language(shared, library):
        english = tokens(TextBatch(pa.array(texts), language), f"{library}_en")
        native = tokens(TextBatch(pa.array(texts), language), library)
        words = np.split(english.kinds & SYMBOL == 0, english.offsets[1:-1])
        assert [int(kinds.sum()) for kinds in words] == [row["stats"]["n_non_symbol_words"] for row in wanted]
        assert english.counts.tolist() == [row["stats"]["n_words"] for row in wanted]
        for found, row in zip(rows(english), wanted, strict=True):
            assert "words" not in row or found == words_rows([row["words"]])[0], row["id"]
        for found, row in zip(rows(native), wanted, strict=True):
            assert "native_words" not in row or found == words_rows([row["native_words"]])[0], row["id"]
            assert "native_n_words" not in row or len(found) == row["native_n_words"], row["id"]


@pytest.mark.shared
@pytest.mark.slow
def test_digests(shared: Path, library: str):
    """What the library gives is what the vectors were made of, and our words are the library's."""
    import hashlib

    def digest(words: list[str]) -> str:
        return hashlib.sha1("\x1f".join(words).encode()).hexdigest()

    def of_library(text: str, language: str) -> list[str]:
        return spacy_words(text, language) if library == "spacy" else nltk_words(text, PUNKT[language])

    for language, texts, wanted in by_language(shared, library):
        batch = TextBatch(pa.array(texts), language)
        for code, name, field in (("en", f"{library}_en", "words_sha1"), (language, library, "native_words_sha1")):
            for text, found, row in zip(texts, rows(tokens(batch, name)), wanted, strict=True):
                words = of_library(text, code)
                assert field not in row or digest(words) == row[field], row["id"]
                assert found == words_rows([words])[0], row["id"]


@pytest.mark.shared
def test_sentences_of_lines(shared: Path, library: str):
    """Each line of every tenth document alone, as C4's filter splits them."""
    splitter = {"spacy": "spacy_en", "nltk": "punkt_en"}[library]
    for _, texts, _ in by_language(shared, library):
        lines = [line.strip() for text in texts[::10] for line in text.splitlines()]
        split = (lambda line: spacy_sentences(line, "en")) if library == "spacy" else punkt_sentences_of_english
        assert sentence_counts(pa.array(lines), splitter).tolist() == [len(split(line)) for line in lines]


@pytest.mark.shared
def test_sentences_of_documents(shared: Path, library: str):
    """The vectors of spaCy count white space behind the last sentence as one, those of NLTK do not."""
    splitter = {"spacy": "spacy_en", "nltk": "punkt_en"}[library]
    for _, texts, wanted in by_language(shared, library):
        found = sentence_counts(pa.array(texts), splitter).tolist()
        for text, count, row in zip(texts, found, wanted, strict=True):
            trailing = (library == "spacy" and text != text.rstrip()) or not text
            assert row["n_sentences"] in ((count, count + 1) if trailing else (count,)), row["id"]


def punkt_sentences_of_english(line: str) -> list[str]:
    return punkt_sentences(line, "english")
