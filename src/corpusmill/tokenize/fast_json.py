"""A faster engine for kinds of byte-level BPE that our kernel does not know: the package fastokens.

It is ten to a hundred times as fast as `tokenizers`, and used where it gives the same ids (`trial.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from corpusmill.tokenize.cuts import Rows
from corpusmill.tokenize.flat import FlatIds
from corpusmill.tokenize.trial import Encoders, unsure_characters

ID_DTYPE = np.dtype("<u4")  # what the engine gives


class FastEngine:
    """Encodes byte-level BPE as the reference does, at many times its speed.

    `reference` has the texts that the engine is not trusted with, those with a character in `unsure`, and a batch that
    it gives up on.
    """

    def __init__(self, engine: Any, reference: Rows, unsure: Sequence[str]) -> None:
        self._engine, self._reference, self._unsure = engine, reference, tuple(unsure)

    def __call__(self, texts: pa.Array) -> FlatIds:
        rows = texts.to_pylist()
        try:
            flat = _encoded(self._engine, rows)
        except Exception:  # a limit of its regular expressions; which of the texts it is does not matter
            return FlatIds.of(self._reference(rows), ID_DTYPE)
        places = [place for place, text in enumerate(rows) if any(character in text for character in self._unsure)]
        return flat.replaced(places, self._reference([rows[place] for place in places])) if places else flat


def fast_engine(own: str, showing: str, reference: Encoders, special: Sequence[str] = ()) -> FastEngine | None:
    """Encodes by the `tokenizer.json` `own` as the reference does; None where fastokens is missing, or differs.

    `showing` cuts as `own` does, and has the vocabulary of `cuts.py`.
    """
    try:
        engine, shown = _engine_of(own), _engine_of(showing)
        encoders = Encoders(lambda texts: _rows(engine, texts), lambda texts: _rows(shown, texts))
        unsure = unsure_characters(encoders, reference, special)
    except Exception:  # the package is missing, or it is a kind of tokenizer that it does not read
        return None
    return None if unsure is None else FastEngine(engine, reference.own, unsure)


def _engine_of(model: str) -> Any:
    import fastokens

    engine = fastokens.Tokenizer.from_json_str(model)
    engine.no_truncation()
    engine.no_padding()
    return engine


def _encoded(engine: Any, texts: Sequence[str]) -> FlatIds:
    ids, ends = engine.encode_batch_flat(list(texts), False)
    places = np.frombuffer(ends, "<i8")  # unsigned in truth
    return FlatIds(np.frombuffer(ids, ID_DTYPE), places[1:] - places[:-1])


def _rows(engine: Any, texts: Sequence[str]) -> list[list[int]]:
    return [row.tolist() for row in _encoded(engine, texts).rows()]
