"""Every signal of RedPajama-V2 §6 and §7 for one document in plain Python: the oracle, and the benchmark's baseline.

It does what the rules say, one document and one signal at a time, as RedPajama-V2's own code does.

>>> document = Document("Hello World. Hello!")
>>> rps_doc_word_count(document), rps_doc_frac_unique_words(document)
(3, 0.66666667)
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from corpusmill.kernels.words.reference_views import lines, ngrams, normalise, raw_words

Value = float | int | None
DIGITS = 8

_SENTENCE = re.compile(r"\b[^.!?]+[.!?]*", re.UNICODE)
_ASCII_LETTER = re.compile(r"[a-zA-Z]")
TERMINAL = (".", "!", "?", "”")
BULLETS = tuple("\u2022\u2023\u25b6\u25c0\u25e6\u25a0\u25a1\u25aa\u25ab\u2013")


@dataclass(frozen=True)
class Line:
    """A line of a document: span in code points, text with its U+000A, normalised text."""

    start: int
    end: int
    text: str
    normalised: str


@dataclass(frozen=True)
class Lists:
    """The word and URL lists of one language; None: there is no list."""

    stop_words: frozenset[str] | None = None
    bad_words: frozenset[str] = frozenset()
    domains: Mapping[str, int] | None = None


@dataclass
class Document:
    """A text and its views, made once (RedPajama-V2 §4)."""

    text: str
    domain: str | None = None
    lists: Lists = field(default_factory=Lists)

    @cached_property
    def normalised(self) -> str:
        return normalise(self.text)

    @cached_property
    def words(self) -> list[str]:
        return self.normalised.split()

    @cached_property
    def raw_words(self) -> list[str]:
        return raw_words(self.text)

    @cached_property
    def lines(self) -> list[Line]:
        spans = lines(self.text)
        return [Line(start, end, self.text[start:end], normalise(self.text[start:end])) for start, end in spans]

    @cached_property
    def word_chars(self) -> int:
        return sum(map(len, self.words))


def _share(count: int, total: int, empty: float | None) -> float | None:
    return empty if total == 0 else round(count / total, DIGITS)


def rps_doc_curly_bracket(document: Document) -> Value:
    return _share(document.text.count("{") + document.text.count("}"), len(document.text), 0.0)


def rps_doc_ldnoobw_words(document: Document) -> Value:
    bad_words, count = document.lists.bad_words, 0
    for n in sorted({1 + phrase.count(" ") for phrase in bad_words}):
        count += sum(" ".join(ngram) in bad_words for ngram in ngrams(document.words, n))
    return float(count)


def rps_doc_lorem_ipsum(document: Document) -> Value:
    return _share(document.normalised.count("lorem ipsum"), len(document.normalised), 0.0)


def rps_doc_stop_word_fraction(document: Document) -> Value:
    stop_words = document.lists.stop_words
    if stop_words is None:
        return None
    if not document.words:
        return 0.0
    return _share(sum(word in stop_words for word in document.raw_words), len(document.raw_words), 0.0)


def rps_doc_ut1_blacklist(document: Document) -> Value:
    if document.lists.domains is None or document.domain is None:
        return None
    return document.lists.domains.get(document.domain)


def _dupe(document: Document, n: int) -> Value:
    if len(document.words) < n:
        return 0.0
    windows = ngrams(document.words, n)
    counts = Counter(windows)
    marked = [False] * len(document.words)
    for start, window in enumerate(windows):
        if counts[window] > 1:
            marked[start : start + n] = [True] * n
    chars = sum(len(word) for word, is_marked in zip(document.words, marked, strict=True) if is_marked)
    return _share(chars, document.word_chars, 0.0)


def rps_doc_frac_chars_dupe_5grams(document: Document) -> Value:
    return _dupe(document, 5)


def rps_doc_frac_chars_dupe_6grams(document: Document) -> Value:
    return _dupe(document, 6)


def rps_doc_frac_chars_dupe_7grams(document: Document) -> Value:
    return _dupe(document, 7)


def rps_doc_frac_chars_dupe_8grams(document: Document) -> Value:
    return _dupe(document, 8)


def rps_doc_frac_chars_dupe_9grams(document: Document) -> Value:
    return _dupe(document, 9)


def rps_doc_frac_chars_dupe_10grams(document: Document) -> Value:
    return _dupe(document, 10)


def _top(document: Document, n: int) -> Value:
    most_common = Counter(ngrams(document.words, n)).most_common(1)  # of equals the first that occurred
    if not most_common or most_common[0][1] <= 1:
        return 0.0
    window, count = most_common[0]
    return _share(sum(map(len, window)) * count, document.word_chars, 0.0)


def rps_doc_frac_chars_top_2gram(document: Document) -> Value:
    return _top(document, 2)


def rps_doc_frac_chars_top_3gram(document: Document) -> Value:
    return _top(document, 3)


def rps_doc_frac_chars_top_4gram(document: Document) -> Value:
    return _top(document, 4)


def rps_doc_frac_all_caps_words(document: Document) -> Value:
    return _share(sum(map(str.isupper, document.raw_words)), len(document.raw_words), None)


def rps_doc_frac_lines_end_with_ellipsis(document: Document) -> Value:
    count = sum(line.text.rstrip().endswith(("...", "…")) for line in document.lines)
    return _share(count, len(document.lines), None)


def rps_doc_frac_no_alph_words(document: Document) -> Value:
    if not document.raw_words:
        return None
    count = sum(_ASCII_LETTER.search(word) is not None for word in document.raw_words)
    return round(1.0 - count / len(document.raw_words), DIGITS)


def rps_doc_frac_unique_words(document: Document) -> Value:
    return _share(len(set(document.words)), len(document.words), None)


def rps_doc_mean_word_length(document: Document) -> Value:
    return _share(document.word_chars, len(document.words), None)


def rps_doc_num_sentences(document: Document) -> Value:
    return float(len(_SENTENCE.findall(document.text)))


def rps_doc_symbol_to_word_ratio(document: Document) -> Value:
    text = document.text
    return _share(text.count("#") + text.count("...") + text.count("…"), len(document.raw_words), None)


def rps_doc_unigram_entropy(document: Document) -> Value:
    total = len(document.words)
    if total == 0:
        return None
    entropy = 0.0
    for count in Counter(document.words).values():  # plain addition: from Python 3.12 sum() compensates
        entropy += -count / total * math.log(count / total)
    return round(entropy, DIGITS)


def rps_doc_word_count(document: Document) -> Value:
    return len(document.words)


def line_ends(document: Document) -> list[Value]:
    return [line.end for line in document.lines]


def rps_lines_ending_with_terminal_punctution_mark(document: Document) -> list[Value]:
    return [float(line.text.rstrip().endswith(TERMINAL)) for line in document.lines]


def rps_lines_javascript_counts(document: Document) -> list[Value]:
    return [float(sum(word == "javascript" for word in line.normalised.split())) for line in document.lines]


def rps_lines_num_words(document: Document) -> list[Value]:
    return [len(line.normalised.split()) for line in document.lines]


def rps_lines_numerical_chars_fraction(document: Document) -> list[Value]:
    return [_share(sum(map(str.isnumeric, line.normalised)), len(line.normalised), 0.0) for line in document.lines]


def rps_lines_start_with_bulletpoint(document: Document) -> list[Value]:
    return [float(line.text.lstrip().startswith(BULLETS)) for line in document.lines]


def rps_lines_uppercase_letter_fraction(document: Document) -> list[Value]:
    return [_share(sum(map(str.isupper, line.text)), len(line.text), 0.0) for line in document.lines]


REFERENCES: dict[str, Callable[[Document], Value | list[Value]]] = {
    name: function
    for name, function in list(globals().items())
    if name.startswith(("rps_", "line_ends")) and callable(function)
}


def measure(document: Document) -> dict[str, Value | list[Value]]:
    """All signals of this module for one document."""
    return {name: function(document) for name, function in REFERENCES.items()}
