"""The token tasks: train a tokenizer on a selection, and turn the kept documents of a key into ragged arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.decontaminate.cut import in_pieces
from corpusmill.dedupe.substrings.cut import cut_texts
from corpusmill.keys import Key
from corpusmill.pipeline.encoding import Encoding
from corpusmill.pipeline.pair import write_pair
from corpusmill.pipeline.parameters import ALL as ALL
from corpusmill.pipeline.task import Report
from corpusmill.rules.replace.spans import replay
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.tokenize.train import train_sentencepiece


@dataclass(frozen=True)
class TrainTokenizer:
    """One SentencePiece model from the kept documents of all keys, in the order of the keys."""

    selection: str
    keys: tuple[Key, ...]
    vocabulary_size: int
    texts_sha256: tuple[str, ...]
    cut: str | None = None  # spans that the texts are without

    kind = "train_tokenizer"

    @property
    def name(self) -> str:
        return self.selection

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        if self.cut is None:
            del described["cut"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        texts = (
            text
            for key in self.keys
            for batch in kept_texts(root, self.selection, key, self.cut)
            for text in batch.to_pylist()
        )
        train_sentencepiece(texts, attempt.path(layout.tokenizer(self.selection)), self.vocabulary_size)
        return {}


@dataclass(frozen=True)
class Tokenize:
    """`<key>.data.npy` and `<key>.len.npy` of the kept documents of one key (ragged.md §1)."""

    key: Key
    selection: str
    encoding: Encoding
    texts_sha256: tuple[str, ...]
    run_folder: str | None = None  # read from here, when the arrays are written elsewhere
    stem: str | None = None  # name of the arrays in a folder of their own, not below `tokens/<selection>/<tokenizer>`
    cut: str | None = None  # spans that the texts are without

    kind = "tokenize"

    @property
    def name(self) -> str:
        return f"{self.selection}/{self.encoding.name}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"encoding": self.encoding.depends_on()}
        del described["run_folder"]
        return {name: value for name, value in described.items() if value is not None}

    def prepare(self, root: Path) -> None:
        self.encoding.prepare(Path(self.run_folder) if self.run_folder else root)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        source = Path(self.run_folder) if self.run_folder else root
        to = layout.tokens_of(self.selection, self.encoding.name, self.key)
        if self.stem is not None:
            to = layout.tokens(self.stem)
        tokenizer = self.encoding.tokenizer(source)
        pieces = kept_pieces(source, self.selection, self.key, self.cut)
        written = write_pair(pieces, tokenizer, self.encoding.added, attempt, to)
        return {
            "selection": self.selection,
            "tokenizer": self.encoding.name,
            "tokenizer_sha256": self.encoding.sha256,
            "facts": asdict(self.encoding.facts(tokenizer)),
            "language": self.key.language,
            "bucket": self.key.bucket,
            **asdict(written),
        }


def text_paths(selection: str, key: Key, cut: str | None) -> list[str]:
    """What the texts of a selection, or of `all` documents, are made of."""
    decided = [layout.selection(selection, key)] if selection != ALL else []
    return [layout.documents(key), *decided, *([layout.cut_spans(cut, key)] if cut else [])]


def kept_texts(root: Path, selection: str, key: Key, cut: str | None = None) -> Iterator[pa.Array]:
    """Texts of the kept documents of `key`, edited, or without the spans `cut`, in order, a batch at a time."""
    return (batch["text"] for batch in kept_pieces(root, selection, key, cut))


def kept_pieces(root: Path, selection: str, key: Key, cut: str | None = None) -> Iterator[pa.RecordBatch]:
    """The texts with what they are of: doc_id, piece, text. The selection `all` is every document as it is stored.

    Of a document that is cut around contaminants each piece is a text of its own, numbered from 0.
    """
    spans = None
    into_pieces = layout.cuts_into_pieces(cut)
    if cut is not None:
        name = "cuts" if into_pieces else "spans"
        spans = pq.read_table(root / layout.cut_spans(cut, key), columns=[name])[name].combine_chunks()
    keep = replacements = None
    if selection != ALL:
        decided = pq.read_table(root / layout.selection(selection, key), columns=["keep", "replacements"])
        keep, replacements = decided["keep"].combine_chunks(), decided["replacements"].combine_chunks()
    with pq.ParquetFile(root / layout.documents(key)) as documents:
        start = 0
        for batch in documents.iter_batches(batch_size=512, columns=["doc_id", "raw_content"]):
            ids, texts = batch["doc_id"], batch["raw_content"]
            if spans is not None and not into_pieces:
                texts = cut_texts(texts, spans.slice(start, batch.num_rows))
            if keep is not None and replacements is not None:
                texts = _edited(texts, replacements.slice(start, batch.num_rows))
                here = keep.slice(start, batch.num_rows)
                ids, texts = ids.filter(here), texts.filter(here)
            pieces = pa.array(np.zeros(len(ids), np.int32))
            if spans is not None and into_pieces:
                cuts = spans.slice(start, batch.num_rows)
                texts, owners, pieces = in_pieces(texts, cuts if keep is None else cuts.filter(here))
                ids = ids.take(owners)
            yield pa.RecordBatch.from_arrays([ids, pieces, texts], ["doc_id", "piece", "text"])
            start += batch.num_rows


def _edited(texts: pa.Array, replacements: pa.Array) -> pa.Array:
    """The texts after the edits of a selection, one after another."""
    edits = pc.max(pc.list_value_length(replacements)).as_py() or 0
    for number in range(edits):
        texts = replay(texts, pc.list_element(replacements, number))
    return texts
