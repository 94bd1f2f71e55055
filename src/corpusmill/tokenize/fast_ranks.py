"""Files of ranks by the faster engine: the same vocabulary and merges as a `tokenizer.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.tokenize.byte_level import AS_GPT2, byte_level_json, cut_by, merges_of
from corpusmill.tokenize.cuts import Rows, showing_vocabulary
from corpusmill.tokenize.fast_json import Engines, FastEngine, fast_engine
from corpusmill.tokenize.flat import FlatIds

# tiktoken's engine of regular expressions gives up after a million steps back. Within one piece of a text it makes at
# most a few steps a character with the published patterns; what it may give up on is left to it.
_SURE_CHARS = 200_000


@dataclass(frozen=True)
class References:
    """tiktoken with the file's own vocabulary, and with that of `cuts.py`."""

    own: Rows
    showing: Rows


class FastRanks:
    """Encodes as tiktoken does; the engine's ids are places in `numbers`, the ranks from the lowest on."""

    def __init__(self, engine: FastEngine, numbers: npt.NDArray[Any]) -> None:
        self._engine, self._numbers = engine, numbers

    def __call__(self, texts: Sequence[str]) -> FlatIds:
        found = self._engine(texts)
        return FlatIds(self._numbers[found.ids], found.lengths)


def fast_ranks(
    ranks: Mapping[bytes, int], pattern: str | None, references: References, dtype: np.dtype[Any]
) -> FastRanks | None:
    """None where the engine is missing, or differs. `pattern` is a published one; None: GPT-2's, which needs no regular
    expression.
    """
    cut = AS_GPT2 if pattern is None else cut_by(pattern)
    numbers = np.array(sorted(ranks.values()), dtype)
    places = {int(number): place for place, number in enumerate(numbers)}
    dense = {token: places[rank] for token, rank in ranks.items()}  # the engine wants ids without a gap

    def reference(texts: Sequence[str]) -> list[Any]:
        return [np.searchsorted(numbers, row) for row in references.own(texts)]

    own = Engines(byte_level_json(cut, dense, merges_of(ranks)), reference)
    showing = Engines(byte_level_json(cut, *showing_vocabulary()), references.showing)
    engine = fast_engine(own, showing, most_chars=_SURE_CHARS)
    return FastRanks(engine, numbers) if engine else None
