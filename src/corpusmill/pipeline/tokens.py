"""The token tasks: train a tokenizer on a selection, and turn the kept documents of a key into ragged arrays."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.dedupe.substrings.cut import cut_texts
from corpusmill.pipeline.task import Report
from corpusmill.rules.replace.spans import replay
from corpusmill.schema import Key
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.tokenize.ragged import tokenize_texts
from corpusmill.tokenize.tokenizers import Tokenizer, load_tokenizer
from corpusmill.tokenize.train import train_sentencepiece


@dataclass(frozen=True)
class TrainTokenizer:
    """One SentencePiece model from the kept documents of all keys, in the order of the keys."""

    selection: str
    keys: tuple[Key, ...]
    vocabulary_size: int
    texts_sha256: tuple[str, ...]

    kind = "train_tokenizer"

    @property
    def name(self) -> str:
        return self.selection

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        texts = (
            text for key in self.keys for batch in kept_texts(root, self.selection, key) for text in batch.to_pylist()
        )
        train_sentencepiece(texts, attempt.path(layout.tokenizer(self.selection)), self.vocabulary_size)
        return {}


@dataclass(frozen=True)
class Tokenize:
    """`<key>.data.npy` and `<key>.len.npy` of the kept documents of one key (ragged.md §1)."""

    key: Key
    selection: str
    tokenizer_path: str  # relative paths lie in the run folder
    tokenizer_name: str
    tokenizer_sha256: str
    texts_sha256: tuple[str, ...]
    run_folder: str | None = None  # read from here, when the arrays are written elsewhere
    bare: bool = False  # name the arrays by key alone, not below `tokens/<selection>/<tokenizer>`
    cut: str | None = None  # spans that the texts are without

    kind = "tokenize"

    @property
    def name(self) -> str:
        return f"{self.selection}/{self.tokenizer_name}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["run_folder"], described["tokenizer_path"]
        if self.cut is None:
            del described["cut"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        source = Path(self.run_folder) if self.run_folder else root
        data, lengths = layout.tokens(self.selection, self.tokenizer_name, self.key)
        if self.bare:
            data, lengths = f"{self.key.path}.data.npy", f"{self.key.path}.len.npy"
        tokenizer = shared_tokenizer(source / self.tokenizer_path, self.tokenizer_sha256)
        texts = kept_texts(source, self.selection, self.key, self.cut)
        documents, tokens = tokenize_texts(texts, tokenizer, attempt.path(data), attempt.path(lengths))
        return {
            "selection": self.selection,
            "tokenizer": self.tokenizer_name,
            "tokenizer_sha256": self.tokenizer_sha256,
            "language": self.key.language,
            "bucket": self.key.bucket,
            "documents": documents,
            "tokens": tokens,
        }


def kept_texts(root: Path, selection: str, key: Key, cut: str | None = None) -> Iterator[pa.Array]:
    """Texts of the kept documents of `key`, edited, or without the spans `cut`, in order, a batch at a time."""
    spans = None
    if cut is not None:
        table = pq.read_table(root / layout.duplicate_spans(cut, key), columns=["spans"])
        spans = table["spans"].combine_chunks()
    with (
        pq.ParquetFile(root / layout.selection(selection, key)) as verdicts,
        pq.ParquetFile(root / layout.documents(key)) as documents,
    ):
        decided = verdicts.read(["keep", "replacements"])
        keep, replacements = decided["keep"].combine_chunks(), decided["replacements"].combine_chunks()
        start = 0
        for batch in documents.iter_batches(batch_size=512, columns=["raw_content"]):
            texts = batch["raw_content"]
            if spans is not None:
                texts = cut_texts(texts, spans.slice(start, batch.num_rows))
            texts = _edited(texts, replacements.slice(start, batch.num_rows))
            yield texts.filter(keep.slice(start, batch.num_rows))
            start += batch.num_rows


def _edited(texts: pa.Array, replacements: pa.Array) -> pa.Array:
    """The texts after the edits of a selection, one after another."""
    edits = pc.max(pc.list_value_length(replacements)).as_py() or 0
    for number in range(edits):
        texts = replay(texts, pc.list_element(replacements, number))
    return texts


@functools.lru_cache(maxsize=2)
def shared_tokenizer(path: Path, sha256: str) -> Tokenizer:
    """One tokenizer for all tasks of this worker; `sha256` tells apart files of the same name."""
    return load_tokenizer(path)
