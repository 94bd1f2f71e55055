"""Held-back text: good writing of a language that no selection may have been trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from corpusmill.errors import InputRefused, RecipeError
from corpusmill.files import sha256_of
from corpusmill.read.texts import text_lines, texts_of

_TEXT, _LANGUAGE = ("raw_content", "text"), ("language", "lang")


@dataclass(frozen=True)
class Given:
    """A file of evaluation: held-back text of a language, or a set by its name."""

    name: str
    path: str
    sha256: str


def given(settings: list[str], what: str) -> tuple[Given, ...]:
    """`en=FILE` and the like, as typed. Raises RecipeError for one without a name, InputRefused for a missing file."""
    found = []
    for setting in settings:
        name, sign, path = setting.partition("=")
        if not sign or not name or not path:
            raise RecipeError([f"{what} {setting!r}: wanted NAME=FILE"])
        found.append(file_given(name, Path(path), what))
    return tuple(found)


def file_given(name: str, path: Path, what: str) -> Given:
    """`path` under its `name`. Raises InputRefused where it is missing."""
    if not path.is_file():
        raise InputRefused(f"{what} {name}: {path} is no file")
    return Given(name, str(path.resolve()), sha256_of(path))


def held_back_texts(language: str, paths: list[Path]) -> list[str]:
    """The documents of all files; of JSON lines that name their language, those in this one.

    Raises InputRefused where there is none.
    """
    found = [text for path in paths for text in _texts(language, path)]
    if not found:
        names = ", ".join(map(str, paths))
        raise InputRefused(f"{names}: no text in {language!r}; wanted documents, one a line, or JSON lines with a text")
    return found


def _texts(language: str, path: Path) -> Iterator[str]:
    if ".json" not in path.name.lower():
        yield from texts_of(path)
        return
    for number, line in enumerate(text_lines(path), 1):
        try:
            row = orjson.loads(line)
            text = next(row[name] for name in _TEXT if name in row)
        except (ValueError, TypeError, StopIteration) as error:
            raise InputRefused(f"{path}: line {number} has no text: {str(error) or 'wanted a field text'}") from None
        if not isinstance(text, str | None):
            raise InputRefused(f"{path}: line {number}: the text is {type(text).__name__}; wanted a string")
        if text and next((row[name] for name in _LANGUAGE if name in row), language) == language:
            yield text
