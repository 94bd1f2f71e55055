"""The tokenizers of spaCy and NLTK themselves, text by text: what all that is faster must agree with.

Both are extras; what lacks raises ModelRefused with what to install.
"""

from __future__ import annotations

import functools
import re
from itertools import pairwise
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
        import nltk.redos
    except ImportError as error:
        raise ModelRefused(f"NLTK cannot be imported ({error}): type: pip install 'corpusmill[nltk]'") from error
    nltk.redos.DEFAULT_TIMEOUT = None  # no result depends on the time; its patterns for words are linear
    return nltk


@functools.cache
def blank(code: str) -> Any:
    """spaCy's blank pipeline of a language with the rule-based sentencizer."""
    pipeline = spacy().blank(code)
    pipeline.add_pipe("sentencizer")
    return pipeline


# spaCy's time grows with the third power of the marks in a chunk: 8,000 opening brackets take it half a minute.
MARKS_LIMIT = 2000
_LONG_CHUNK = re.compile(rf"\S{{{MARKS_LIMIT + 1},}}")


def cuts_of(chunk: str) -> list[int]:
    """Where a chunk with more than MARKS_LIMIT characters that are no letters or digits is cut; spaCy alone would not.

    >>> cuts_of("a" * 5000), cuts_of("(" * 5000)
    ([], [2000, 4000])
    """
    if sum(not character.isalnum() for character in chunk) <= MARKS_LIMIT:
        return []
    return list(range(MARKS_LIMIT, len(chunk), MARKS_LIMIT))


def _cut(text: str) -> str:
    """`text` with a newline at each cut."""
    return _LONG_CHUNK.sub(lambda chunk: _parted(chunk[0], cuts_of(chunk[0])), text)


def _parted(chunk: str, cuts: list[int]) -> str:
    return "\n".join(chunk[start:end] for start, end in pairwise([0, *cuts, len(chunk)]))


def spacy_words(text: str, code: str) -> list[str]:
    """Tokens stripped, without empty ones, as datatrove 0.10.1's SpaCyTokenizer gives them (but for `cuts_of`)."""
    pipeline = blank(code)
    with pipeline.memory_zone():
        return _stripped([token.text for token in pipeline.tokenizer(_cut(text))])


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
