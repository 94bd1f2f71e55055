"""Documents whose lines people have labelled, and which of them may not be told from each other's.

A file has a document in each line, as JSON: `{"lines": ["…", …], "labels": [1, 0, …], "language": "en"}`. Labels are 1
to keep and 0 not to, as numbers or strings. `language` (or `lang`) may be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from corpusmill.errors import InputRefused
from corpusmill.read.texts import text_lines

SHARED_CHARS = 15  # documents that have a line of so many characters in common are of one group


@dataclass(frozen=True)
class LabelledDocument:
    lines: tuple[str, ...]  # white space collapsed, none blank
    labels: tuple[bool, ...]  # to keep
    language: str = "und"

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read_labels(paths: Iterable[Path]) -> list[LabelledDocument]:
    """The documents in files of JSON lines, of any compression; a text that comes again counts once, as it came first.

    InputRefused says which line of which file is no such document.
    """
    found: dict[str, LabelledDocument] = {}
    for path in paths:
        for number, row in enumerate(text_lines(path), 1):
            document = _document(row, f"{path}: document {number}")
            if document.lines:
                found.setdefault(document.text, document)
    return list(found.values())


def _document(row: str, where: str) -> LabelledDocument:
    try:
        value: Any = orjson.loads(row)
        lines, labels = value["lines"], value["labels"]
        language = value.get("language", value.get("lang", "und"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputRefused(f'{where}: wanted an object with "lines" and "labels"') from None
    if not (isinstance(lines, list) and isinstance(labels, list) and len(lines) == len(labels)):
        raise InputRefused(f"{where}: wanted as many labels as lines, each a list")
    if not all(isinstance(line, str) for line in lines) or not isinstance(language, str):
        raise InputRefused(f"{where}: a line or its language is no text")
    if any(str(label) not in ("0", "1") for label in labels):
        raise InputRefused(f"{where}: wanted labels 0 and 1")
    kept = [(" ".join(line.split()), str(label) == "1") for line, label in zip(lines, labels, strict=True)]
    kept = [(line, label) for line, label in kept if line]
    return LabelledDocument(tuple(line for line, _ in kept), tuple(label for _, label in kept), language)


def texts_of(documents: Sequence[LabelledDocument]) -> pa.LargeStringArray:
    return pa.array([document.text for document in documents], pa.large_string())


def labels_of(documents: Sequence[LabelledDocument]) -> npt.NDArray[np.bool_]:
    """[lines of all documents]."""
    return np.array([label for document in documents for label in document.labels], np.bool_)


def languages_of(documents: Sequence[LabelledDocument]) -> npt.NDArray[np.str_]:
    """[lines of all documents]."""
    return np.repeat([document.language for document in documents], [len(document.lines) for document in documents])


def groups_of(documents: Sequence[LabelledDocument]) -> npt.NDArray[np.int64]:
    """[documents]: the first document that shares a line with each, directly or through others.

    Pages of one site repeat its menus and notices; a model that has seen one of them knows the other's.

    >>> pages = [("What is new with us", "a"), ("b",), ("b", "What is new with us")]
    >>> groups_of([LabelledDocument(lines, (True,) * len(lines)) for lines in pages]).tolist()
    [0, 1, 0]
    """
    roots = list(range(len(documents)))

    def root(document: int) -> int:
        while roots[document] != document:
            roots[document] = roots[roots[document]]
            document = roots[document]
        return document

    first: dict[str, int] = {}
    for number, document in enumerate(documents):
        for line in document.lines:
            if len(line) >= SHARED_CHARS:
                one, other = root(first.setdefault(line, number)), root(number)
                roots[max(one, other)] = min(one, other)
    return np.array([root(number) for number in range(len(documents))], np.int64)
