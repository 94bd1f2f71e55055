"""What is missing is named, with what to type."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused, RecipeError
from corpusmill.segment import libraries
from corpusmill.segment.languages import punkt_name, spacy_code
from corpusmill.segment.sentences import sentence_counts
from corpusmill.segment.tokenize import tokens


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch):
    """No library can be imported, and none was."""
    from corpusmill.segment import nltk_rules, punkt, spacy_rules

    for name in ("spacy", "nltk"):
        monkeypatch.setitem(sys.modules, name, None)
    kept = (libraries.blank, libraries.punkt, libraries.treebank, spacy_rules.memo_of, punkt.punkt_of, nltk_rules._memo)
    for function in kept:
        function.cache_clear()
    yield
    for function in kept:
        function.cache_clear()


@pytest.mark.parametrize("tokenizer", ["spacy_en", "spacy", "nltk_en", "nltk"])
@pytest.mark.usefixtures("nothing_loaded")
def test_a_missing_extra_of_a_tokenizer(tokenizer: str):
    extra = tokenizer.removesuffix("_en")
    with pytest.raises(ModelRefused, match=rf"cannot be imported .*type: pip install 'corpusmill\[{extra}\]'"):
        tokens(TextBatch(pa.array(["a b"])), tokenizer)


@pytest.mark.parametrize(("splitter", "extra"), [("spacy_en", "spacy"), ("punkt_en", "nltk")])
@pytest.mark.usefixtures("nothing_loaded")
def test_a_missing_extra_of_a_splitter(splitter: str, extra: str):
    with pytest.raises(ModelRefused, match=rf"pip install 'corpusmill\[{extra}\]'"):
        sentence_counts(pa.array(["a b"]), splitter)


def test_missing_parameters(monkeypatch: pytest.MonkeyPatch):
    nltk = pytest.importorskip("nltk")
    monkeypatch.setattr(nltk.data, "path", [])
    libraries.punkt.cache_clear()
    with pytest.raises(ModelRefused, match=r"no parameters of Punkt for english .*NLTK_DATA"):
        libraries.punkt("english")


def test_an_unknown_splitter():
    with pytest.raises(RecipeError, match='no sentence splitter "punkt"; there are spacy_en, punkt_en, fast'):
        sentence_counts(pa.array(["a"]), "punkt")


def test_importing_loads_no_library():
    code = (
        "import sys, corpusmill.segment.tokenize, corpusmill.segment.sentences;"
        "print(sorted({'numba', 'spacy', 'nltk'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert loaded == "[]"


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [("en", "en", "english"), ("nds", "nl", "english"), ("no", "nb", "norwegian"), ("zh", "xx", "english")],
)
def test_languages(language: str, code: str, name: str):
    assert (spacy_code(language), punkt_name(language)) == (code, name)
