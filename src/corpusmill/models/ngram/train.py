"""From text to a language model: pieces, n-grams, probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.errors import InputRefused, RecipeError
from corpusmill.models.card import text_hashes
from corpusmill.models.ngram.arpa import write_arpa
from corpusmill.models.ngram.counts import MARKS
from corpusmill.models.ngram.estimate import Discounts, estimate
from corpusmill.models.ngram.files import save


@dataclass(frozen=True)
class NgramParameters:
    """How an n-gram model is estimated; CCNet's are the defaults."""

    order: int = 5
    prune: tuple[int, ...] = ()  # n-grams of length k that occur at most prune[k - 1] times are dropped

    def mistakes(self) -> list[str]:
        found = []
        if not 1 <= self.order <= 10:
            found.append(f"order {self.order}: wanted 1 to 10")
        if self.prune and self.prune[0]:
            found.append(f"prune {self.prune}: words are not pruned; wanted 0 first")
        if list(self.prune) != sorted(self.prune) or len(self.prune) > max(self.order, 1):
            found.append(f"prune {self.prune}: wanted at most {self.order} numbers that do not fall")
        return found


@dataclass(frozen=True)
class Trained:
    folder: Path
    ngrams: tuple[int, ...]  # by length
    discounts: Discounts


def train_on_pieces(paths: Sequence[Path], parameters: NgramParameters, out: Path, arpa: Path | None = None) -> Trained:
    """A model of files whose lines are sentences of words separated by single spaces, as `lmplz` reads them.

    Words are numbered as they first occur. Raises InputRefused for a line that holds `<s>`, `</s>` or `<unk>`.
    """
    lines = pa.concat_arrays([lines_of(path) for path in paths])
    return train_on_lines(lines, parameters, text_hashes(paths), out, arpa)


def train_on_lines(
    lines: pa.Array,
    parameters: NgramParameters,
    training_text: Mapping[str, str],
    out: Path,
    arpa: Path | None = None,
    pieces: bytes | None = None,
    described: Mapping[str, Any] | None = None,
) -> Trained:
    """A model of sentences in memory; `training_text` and `described` go into its card, `pieces` into its folder."""
    if mistakes := parameters.mistakes():
        raise RecipeError(mistakes)
    lists = pc.split_pattern(lines, " ")
    encoded = lists.values.dictionary_encode()
    numbers = encoded.indices.to_numpy().astype(np.int32)
    # "" stands for an empty line, and for what is between two spaces: neither is a word.
    nothing = pc.index(encoded.dictionary, pa.scalar("", pa.large_string())).as_py()
    kept = numbers != nothing
    lengths = np.add.reduceat(kept, lists.offsets.to_numpy()[:-1]) if len(lines) else np.empty(0, np.int64)
    dictionary = encoded.dictionary
    if nothing >= 0:
        numbers = numbers - (numbers > nothing)
        dictionary = pa.concat_arrays([dictionary[:nothing], dictionary[nothing + 1 :]])
    marks = pa.array(MARKS, pa.large_string())
    reserved = dictionary.filter(pc.is_in(dictionary, value_set=marks)).to_pylist()
    if reserved:
        raise InputRefused(
            f"the text holds {' and '.join(reserved)}, which the model uses itself; wanted lines without"
        )
    words = pa.concat_arrays([marks, dictionary])
    grams, discounts = estimate(
        numbers[kept] + len(MARKS), lengths.astype(np.int64), len(words), parameters.order, parameters.prune
    )
    described = {
        **(described or {}),
        "order": parameters.order,
        "prune": list(parameters.prune),
        "ngrams": [len(level) for level in grams],
        "discounts": [list(found) for found in discounts.by_length],
        "sentences": len(lines),
    }
    save(out, words, grams, described, training_text, pieces)
    if arpa is not None:
        write_arpa(arpa, words, grams)
    return Trained(out, tuple(len(level) for level in grams), discounts)


def lines_of(path: Path) -> pa.Array:
    """The lines of a UTF-8 file; LF alone ends a line."""
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        raise InputRefused(f"{path} does not exist") from None
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path} is not UTF-8 at byte {error.start}") from None
    whole = [text.removesuffix("\n")] if text else []
    return pc.split_pattern(pa.array(whole, pa.large_string()), "\n").values
