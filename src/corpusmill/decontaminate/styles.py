"""Styles of decontamination: what of a text is compared with what of an evaluation item, from styles.toml."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from corpusmill.errors import RecipeError, nearest

UNITS = ("letters_and_digits", "words", "paragraphs", "spacy_en", "simplified")
SHARES = ("words", "grams")
MOST_SIZE = 100


@dataclass(frozen=True)
class Style:
    """A run of `size` units that an item and a text have in common is a match.

    units   letters_and_digits: our words, see kernels/characters/folds.py; words: between white space, without
            punctuation; paragraphs: lines as they are; spacy_en, simplified: datatrove's words
    """

    name: str
    source: str
    units: str
    size: int
    least_whole: int | None = None  # items of fewer units than `size`, but so many, match as a whole; None: none does
    least_whole_chars: int = 0  # and with so many bytes in their units
    least_letters: int = 0  # runs with fewer, bytes of other scripts counted, are not looked for: counting is no leak
    least_paragraph_words: int = 0  # paragraphs of fewer are not looked for
    query_grams: bool = True  # runs inside the question; datatrove leaves them out
    overlap_grams: bool = True  # runs that begin in the question and end in the answer
    most_documents: int | None = None  # runs that occur in more documents of a corpus match nothing there
    share_of: str = "words"  # what a share of an item is counted in
    sketch: int | None = None  # not any run matches, but a share of so many least hashed runs of an item
    least_share: float = 0.0
    window: float = 1.0  # in which these lie, in lengths of the item
    cut_chars: int = 200  # cut around each match
    least_piece_chars: int = 200  # shorter pieces between cuts go
    most_pieces: int = 10  # a document of more goes

    def mistakes(self) -> list[str]:
        found = []
        if self.units not in UNITS:
            found.append(f'units "{self.units}" are unknown.{nearest(self.units, UNITS)}')
        if self.share_of not in SHARES:
            found.append(f'share_of "{self.share_of}" is unknown.{nearest(self.share_of, SHARES)}')
        if not 1 <= self.size <= MOST_SIZE:
            found.append(f"size {self.size}: wanted 1 to {MOST_SIZE}")
        if self.units == "paragraphs" and self.size != 1:
            found.append(f"size {self.size}: wanted 1, paragraphs are looked for one by one")
        if self.least_whole is not None and not 1 <= self.least_whole <= self.size:
            found.append(f"least_whole {self.least_whole}: wanted 1 to size, {self.size}")
        if self.least_whole is not None and self.units not in UNITS[:2]:
            found.append(f"least_whole: items match as a whole only by the units {' and '.join(UNITS[:2])}")
        if self.sketch is not None and (self.sketch < 1 or self.window < 1 or not 0 < self.least_share <= 1):
            found.append("sketch: wanted sketch and window of 1 or more, and least_share above 0, at most 1")
        for name in (
            "most_documents",
            "least_whole_chars",
            "least_letters",
            "cut_chars",
            "least_piece_chars",
            "most_pieces",
        ):
            value = getattr(self, name)
            if value is not None and value < 0:
                found.append(f"{name} {value}: wanted 0 or more")
        return found


@cache
def styles() -> dict[str, Style]:
    """All styles by name."""
    described = tomllib.loads((resources.files("corpusmill.decontaminate") / "styles.toml").read_text("utf-8"))
    return {name: Style(name, **fields) for name, fields in described.items()}


def style_named(name: str, settings: Sequence[str] = ()) -> Style:
    """A style, with options changed by `settings`, as `size=8`; raises RecipeError with all mistakes.

    >>> style_named("corpusmill", ["size=8"]).size
    8
    """
    if name not in styles():
        raise RecipeError([f'there is no style "{name}".{nearest(name, styles())}'])
    style = styles()[name]
    given = dataclasses.asdict(style)
    mistakes: list[str] = []
    changed: dict[str, object] = {}
    for setting in settings:
        key, _, text = setting.partition("=")
        if key not in given or key in ("name", "source"):
            mistakes.append(f"--set {setting}: no such option.{nearest(key, [*given][2:])}")
            continue
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        wanted = type(given[key]) if given[key] is not None else int
        if not (type(value) is wanted or (wanted is float and type(value) is int)):
            mistakes.append(f"--set {setting}: wanted a value as {key}={str(given[key]).lower()}")
            continue
        changed[key] = value
    if mistakes:
        raise RecipeError(mistakes)
    style = dataclasses.replace(style, **changed)  # type: ignore[arg-type]
    if mistakes := style.mistakes():
        raise RecipeError([f"style {name}: {mistake}" for mistake in mistakes])
    return style
