"""A language model on disk: `model.json`, `words.arrow`, one `<n>-grams.arrow` a length, perhaps `pieces.model`.

The tables are Arrow IPC files without compression: `word`; `parent` int64, `first_word` int32, `log10_probability` and
`log10_backoff` float32. Rows are in the order of the trie (see `counts`): `parent` is the row of the n-gram's last n-1
words in the table before. No code is ever run from a model file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpusmill.errors import ModelRefused
from corpusmill.models.card import Card, begin, finish, read_card
from corpusmill.models.ngram.arpa import read_arpa
from corpusmill.models.ngram.counts import MARKS
from corpusmill.models.ngram.estimate import Estimated
from corpusmill.models.ngram.model import NgramModel

KIND = "ngram-lm"
WORDS, PIECES = "words.arrow", "pieces.model"

_COLUMNS = pa.schema(
    [
        ("parent", pa.int64()),
        ("first_word", pa.int32()),
        ("log10_probability", pa.float32()),
        ("log10_backoff", pa.float32()),
    ]
)


def save(
    folder: Path,
    words: pa.Array,
    grams: list[Estimated],
    parameters: Mapping[str, Any],
    training_text: Mapping[str, str],
    pieces: bytes | None = None,
) -> Card:
    """Write a model; the same contents give the same bytes."""
    begin(folder)
    _write(folder / WORDS, pa.table({"word": words}))
    files = [WORDS]
    for length, level in enumerate(grams, 1):
        columns = [level.parent, level.first_word, level.log10_probability, level.log10_backoff]
        files.append(f"{length}-grams.arrow")
        _write(
            folder / files[-1],
            pa.table([pa.array(c).cast(f.type) for c, f in zip(columns, _COLUMNS, strict=True)], _COLUMNS),
        )
    if pieces is not None:
        files.append(PIECES)
        (folder / PIECES).write_bytes(pieces)
    return finish(folder, Card(KIND, 1, dict(parameters), dict(training_text), dict.fromkeys(files, "")))


def load(path: Path) -> NgramModel:
    """The model in a folder that `save` made, or in an ARPA file; ModelRefused where it is not whole."""
    if path.is_file():
        return read_arpa(path)
    card = read_card(path, KIND)
    try:
        words = _read(path / WORDS)["word"].combine_chunks()
        tables = [_read(path / f"{length}-grams.arrow") for length in range(1, int(card.parameters["order"]) + 1)]
        grams = [Estimated(*(table[name].to_numpy() for name in _COLUMNS.names)) for table in tables]
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        raise ModelRefused(f"{path} is damaged: {str(error).splitlines()[0]}") from None
    if words[:3].to_pylist() != list(MARKS) or not _is_trie(grams, len(words)):
        raise ModelRefused(f"{path} is damaged: its tables do not fit each other")
    return NgramModel(words, grams)


def _is_trie(grams: list[Estimated], vocabulary_size: int) -> bool:
    above = vocabulary_size
    for length, level in enumerate(grams, 1):
        inside = len(level) == vocabulary_size if length == 1 else _within(level.parent, above)
        if not inside or not _within(level.first_word, vocabulary_size):
            return False
        above = len(level)
    return bool(grams)


def _within(numbers: Any, end: int) -> bool:
    return not len(numbers) or (int(np.min(numbers)) >= 0 and int(np.max(numbers)) < end)


def _write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    table.validate(full=True)  # Arrow itself believes the offsets of a file, wherever they lead
    return table
