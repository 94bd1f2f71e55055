"""The tokenizers of spaCy and NLTK themselves, text by text: what all that is faster must agree with.

Both are extras; what lacks raises ModelRefused with what to install.
"""

from __future__ import annotations

import functools
from typing import Any

from corpusmill.errors import ModelRefused


def spacy() -> Any:
    """spaCy; raises ModelRefused where it is not installed."""
    try:
        import spacy
    except ImportError as error:
        raise ModelRefused(f"spaCy cannot be imported ({error}): type: pip install 'corpusmill[spacy]'") from error
    return spacy


def nltk() -> Any:
    """NLTK; raises ModelRefused where it is not installed."""
    try:
        import nltk
    except ImportError as error:
        raise ModelRefused(f"NLTK cannot be imported ({error}): type: pip install 'corpusmill[nltk]'") from error
    return nltk


@functools.cache
def blank(code: str) -> Any:
    """spaCy's blank pipeline of a language with the rule-based sentencizer."""
    pipeline = spacy().blank(code)
    pipeline.add_pipe("sentencizer")
    return pipeline


def spacy_words(text: str, code: str) -> list[str]:
    """Tokens stripped, without empty ones, as datatrove 0.10.1's SpaCyTokenizer gives them."""
    pipeline = blank(code)
    with pipeline.memory_zone():
        return _stripped([token.text for token in pipeline.tokenizer(text)])


def spacy_sentences(text: str, code: str) -> list[str]:
    """Sentences stripped, without empty ones, as datatrove 0.10.1's SpaCyTokenizer gives them."""
    pipeline = blank(code)
    pipeline.max_length = len(text) + 1
    with pipeline.memory_zone():
        return _stripped([sentence.text for sentence in pipeline(text).sents])


@functools.cache
def punkt(language: str) -> Any:
    """NLTK's Punkt of a language, such as "english"; raises ModelRefused where its parameters are not found."""
    nltk()
    from nltk.tokenize.punkt import PunktTokenizer

    try:
        return PunktTokenizer(language)
    except LookupError as error:
        raise ModelRefused(
            f"NLTK finds no parameters of Punkt for {language} (punkt_tab): "
            "type: python -m nltk.downloader punkt_tab, or name their folder in NLTK_DATA"
        ) from error


def nltk_words(text: str, language: str) -> list[str]:
    """`nltk.word_tokenize`: the words of each of Punkt's sentences, stripped, without empty ones."""
    sentences = punkt(language).tokenize(text)
    words = treebank().tokenize
    return _stripped([word for sentence in sentences for word in words(sentence)])


def punkt_sentences(text: str, language: str) -> list[str]:
    """Punkt's sentences, stripped, without empty ones."""
    return _stripped(punkt(language).tokenize(text))


@functools.cache
def treebank() -> Any:
    """NLTK's tokenizer of one sentence by Penn Treebank rules."""
    nltk()
    from nltk.tokenize.destructive import NLTKWordTokenizer

    return NLTKWordTokenizer()


def _stripped(pieces: list[str]) -> list[str]:
    return [stripped for piece in pieces if (stripped := piece.strip())]
