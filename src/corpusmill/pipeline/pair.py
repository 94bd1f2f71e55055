"""Texts to a ragged pair and the table that says what each of its documents is of."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.schema import TOKENIZED
from corpusmill.store.commit import Attempt
from corpusmill.store.layout import Tokens
from corpusmill.store.tables import TableWriter
from corpusmill.tokenize.ragged import Written, tokenize_texts
from corpusmill.tokenize.special import AddedIds
from corpusmill.tokenize.tokenizers import Tokenizer


def write_pair(
    pieces: Iterable[pa.RecordBatch], tokenizer: Tokenizer, added: AddedIds, attempt: Attempt, to: Tokens
) -> Written:
    """Write `pieces`, batches of doc_id, piece and text, to the files `to` of `attempt`."""
    with TableWriter(attempt.path(to.ids), TOKENIZED) as ids:
        texts = (_noted(batch, ids) for batch in pieces)
        return tokenize_texts(texts, tokenizer, attempt.path(to.data), attempt.path(to.lengths), added)


def _noted(pieces: pa.RecordBatch, ids: TableWriter) -> pa.Array:
    """The texts of `pieces`, whose other columns are written to `ids`."""
    sizes = pc.binary_length(pieces["text"])
    if sizes.null_count:
        sizes = pc.fill_null(sizes, 0)
    ids.write(pa.RecordBatch.from_arrays([pieces["doc_id"], pieces["piece"], sizes.cast(pa.int32())], schema=TOKENIZED))
    return pieces["text"]
