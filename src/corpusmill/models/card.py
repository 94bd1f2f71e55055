"""The card of a trained model: `model.json`, written last, with the hash of each of its files.

A model is a folder. What its card does not list does not belong to it; a file that is not the recorded one is refused.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from corpusmill.errors import ModelRefused, RunRefused
from corpusmill.files import sha256_of, write_whole

CARD = "model.json"
_BEGUN = ".begun"  # until the card is written: the same command makes good what an interruption left


@dataclass(frozen=True)
class Card:
    """What a model is and what it was made of; the same training gives the same card."""

    kind: str  # "ngram-lm"
    format: int
    parameters: dict[str, Any]
    training_text: dict[str, str]  # file name → sha256
    files: dict[str, str] = field(default_factory=dict)  # file name → sha256


def text_hashes(paths: Sequence[Path]) -> dict[str, str]:
    """Name and sha256 of each file, for `training_text`; a name that comes again is numbered."""
    found: dict[str, str] = {}
    for path in paths:
        name, number = path.name, 1
        while name in found:
            number += 1
            name = f"{path.name} ({number})"
        found[name] = sha256_of(path)
    return found


def begin(folder: Path) -> None:
    """Make room for a model. An existing one is replaced; a folder of something else is refused."""
    refuse_other(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _BEGUN).touch()
    (folder / CARD).unlink(missing_ok=True)


def refuse_other(folder: Path) -> None:
    """RunRefused where `folder` is something else than a model or room for one; for before the work."""
    ours = any((folder / name).is_file() for name in (CARD, _BEGUN))
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not ours):
        raise RunRefused(f"{folder} exists and is no model; wanted a new folder or one with a {CARD}")


def finish(folder: Path, card: Card) -> Card:
    """Hash the files that `card` names, flush all to disk, and write the card."""
    hashed = Card(card.kind, card.format, card.parameters, card.training_text, {})
    for name in sorted(card.files):
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
        hashed.files[name] = sha256_of(folder / name)
    write_whole(folder / CARD, orjson.dumps(asdict(hashed), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    (folder / _BEGUN).unlink(missing_ok=True)
    return hashed


def read_card(folder: Path, kind: str) -> Card:
    """The card in `folder`, its files checked; ModelRefused says what is missing or changed."""
    path = folder / CARD
    try:
        card = Card(**orjson.loads(path.read_bytes()))
        if not isinstance(card.files, dict) or not isinstance(card.parameters, dict):
            raise TypeError("its files or parameters are no object")
    except FileNotFoundError:
        raise ModelRefused(f"{folder} is no model: it has no {CARD}  (corpusmill train makes one)") from None
    except (ValueError, TypeError) as error:
        raise ModelRefused(f"{path} is damaged: {str(error).splitlines()[0]}") from None
    if card.kind != kind or card.format != 1:
        raise ModelRefused(f"{path}: found a model of kind {card.kind!r}, format {card.format!r}; wanted {kind!r}, 1")
    for name, recorded in card.files.items():
        file = folder / name
        if Path(name).name != name or not file.is_file():
            raise ModelRefused(f"{file} is missing: {path} lists it")
        if sha256_of(file) != recorded:
            raise ModelRefused(
                f"{file} is not the file that {path} recorded: its sha256 differs; train or copy it again"
            )
    return card
