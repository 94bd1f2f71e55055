"""The tasks of a proof: one tokenizer, tokens of every selection counted, a cell for each selection and seed, a result.

A finished cell is committed like any other task: who stops a proof and starts it again loses the cells in hand.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpusmill.files import json_bytes
from corpusmill.keys import Key
from corpusmill.models.pieces import FOR_TOKENS, train_unigram
from corpusmill.pipeline.encoding import shared_tokenizer
from corpusmill.pipeline.task import Progress, Report
from corpusmill.pipeline.tokens import kept_pieces
from corpusmill.prove.cell import Evaluation, evaluate, train_proxy
from corpusmill.prove.encoding import encoded
from corpusmill.prove.overlap import Overlap
from corpusmill.prove.parameters import NGRAM, ProofParameters
from corpusmill.prove.reference import Given, held_back_texts
from corpusmill.prove.results import result
from corpusmill.prove.sampling import sample
from corpusmill.prove.tasks.items import EvaluationSet, read_set
from corpusmill.prove.tasks.score import Measured
from corpusmill.schema import PROOF_CELL, PROOF_TOKENS
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter
from corpusmill.tokenize.tokenizers import Tokenizer

_TOKENIZER_SAMPLE_BYTES = 2_000_000  # pieces of some thousand letters and words are the same from ten times as much


@dataclass(frozen=True)
class Source:
    """The texts of a selection: of which keys, and the hashes of all files that they are made of."""

    selection: str
    keys: tuple[Key, ...]
    cut: str | None
    sha256: tuple[str, ...]

    def batches(self, root: Path) -> Iterator[tuple[Key, pa.RecordBatch]]:
        """`kept_pieces` of all keys, in order."""
        for key in self.keys:
            for batch in kept_pieces(root, self.selection, key, self.cut):
                yield key, batch


@dataclass(frozen=True)
class ProofTokenizer:
    """The tokenizer of all cells, from documents as they are stored: none of the selections is at home in it."""

    proof: str
    source: Source
    vocabulary_size: int
    selections: tuple[str, ...]

    kind = "prove_tokenizer"

    @property
    def name(self) -> str:
        return self.proof

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        texts = (text for _, batch in self.source.batches(root) for text in batch["text"].to_pylist())
        model = train_unigram(texts, self.vocabulary_size, FOR_TOKENS, _TOKENIZER_SAMPLE_BYTES)
        attempt.path(layout.proof(self.proof).tokenizer).write_bytes(model)
        return {"selections": list(self.selections)}


@dataclass(frozen=True)
class CountTokens:
    """How many tokens each document of a selection has, and whether it overlaps with the held-back text."""

    proof: str
    source: Source
    tokenizer_path: str  # relative paths lie in the run folder
    tokenizer_sha256: str
    references: tuple[Given, ...]
    sets: tuple[Given, ...]
    most_items: int | None

    kind = "prove_tokens"

    @property
    def name(self) -> str:
        return f"{self.proof}/{self.source.selection}"

    def depends_on(self) -> dict[str, Any]:
        return _without_paths(asdict(self))

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        tokenizer = shared_tokenizer(root / self.tokenizer_path, self.tokenizer_sha256)
        overlap = shared_overlap(self.references, self.sets, self.most_items)
        tokens: dict[str, int] = {}
        left_out = documents = 0
        path = attempt.path(layout.proof_tokens(self.proof, self.source.selection))
        with TableWriter(path, PROOF_TOKENS) as writer:
            for key, batch in self.source.batches(root):
                ids = encoded(tokenizer, batch["text"].to_pylist())
                lengths = np.array([len(each) + 1 for each in ids], np.int32)
                overlaps = overlap.of(batch["text"])
                tokens[key.language] = tokens.get(key.language, 0) + int(lengths[~overlaps].sum())
                left_out, documents = left_out + int(overlaps.sum()), documents + len(lengths)
                columns = [batch["doc_id"], batch["piece"], pa.array([key.language] * len(lengths), pa.string())]
                writer.write(
                    pa.RecordBatch.from_arrays([*columns, pa.array(lengths), pa.array(overlaps)], schema=PROOF_TOKENS)
                )
        return {
            "selections": [self.source.selection],
            "documents": documents,
            "left_out": left_out,
            "tokens": dict(sorted(tokens.items())),
        }


@dataclass(frozen=True)
class ProofCell:
    """One sample of one selection: train a proxy model, and let it speak to every item."""

    proof: str
    source: Source
    seed: int
    quota: tuple[tuple[str, int], ...]  # tokens by language
    parameters: ProofParameters
    tokens_sha256: str  # of the table of CountTokens
    tokenizer_path: str
    tokenizer_sha256: str
    references: tuple[Given, ...]
    sets: tuple[Given, ...]
    most_items: int | None  # of each set

    kind = "prove_cell"

    @property
    def name(self) -> str:
        return f"{self.proof}/{self.source.selection}/{self.seed}"

    def depends_on(self) -> dict[str, Any]:
        described = _without_paths(asdict(self))
        parameters = described["parameters"]
        for name in ("selections", "seeds", "tokens", "vocabulary_size"):  # of the proof, not of its cells
            del parameters[name]
        del parameters["transformer" if self.parameters.proxy == NGRAM else "ngram"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        tokenizer = shared_tokenizer(root / self.tokenizer_path, self.tokenizer_sha256)
        documents = self._documents(root, tokenizer)

        def say(note: str) -> None:
            report(Progress(f"{self.source.selection}, seed {self.seed}", note=note))

        proxy = train_proxy(
            documents, tokenizer.vocabulary_size, self.parameters, self.seed, self.source.selection, say
        )
        evaluation = Evaluation(shared_references(self.references), shared_sets(self.sets, self.most_items))
        measured = evaluate(proxy, tokenizer, evaluation, say)
        path = attempt.path(layout.proof_cell(self.proof, self.source.selection, self.seed))
        with TableWriter(path, PROOF_CELL) as writer:
            for each in measured:
                names = [pa.array([text] * len(each.values), pa.string()) for text in (each.name, each.measure)]
                arrays = [*names, pa.array(each.values), pa.array(each.weights)]
                writer.write(pa.RecordBatch.from_arrays(arrays, schema=PROOF_CELL))
        say("finished")
        return {
            "selections": [self.source.selection],
            "documents": len(documents),
            "tokens": sum(count for _, count in self.quota),
        }

    def _documents(self, root: Path, tokenizer: Tokenizer) -> list[NDArray[Any]]:
        """The ids of the sample in its order, each document with room for its end."""
        table = read_tokens(root, self.proof, self.source.selection)
        taken = sample(
            table["doc_id"].to_pylist(),
            table["language"].to_pylist(),
            table["tokens"].to_pylist(),
            dict(self.quota),
            self.seed,
            self.parameters.epochs,
        )
        rows = table["row"].to_numpy()[taken.rows]
        return encoded_documents(root, self.source, tokenizer, rows, taken.tokens)


@dataclass(frozen=True)
class Prove:
    """All cells to the result: `proof.json`, which the manifest holds too."""

    proof: str
    cells: tuple[tuple[str, int, str], ...]  # selection, seed, sha256
    described: str  # JSON: what the proof was of

    kind = "prove"

    @property
    def name(self) -> str:
        return self.proof

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        described: dict[str, Any] = orjson.loads(self.described)
        cells = {(s, seed): _read_cell(root / layout.proof_cell(self.proof, s, seed)) for s, seed, _ in self.cells}
        found = described | result(cells, described["selections"], described["seeds"])
        attempt.path(layout.proof(self.proof).result).write_bytes(json_bytes(found))
        return found


def encoded_documents(
    root: Path, source: Source, tokenizer: Tokenizer, rows: NDArray[np.int64], tokens: NDArray[np.int64]
) -> list[NDArray[Any]]:
    """Ids of documents by row, of each as many as `tokens` says, less one for its end."""
    wanted = np.unique(rows)
    ids: dict[int, NDArray[Any]] = {}
    start = 0
    for _, batch in source.batches(root):
        here = wanted[(wanted >= start) & (wanted < start + len(batch))]
        if len(here):
            chosen = encoded(tokenizer, batch["text"].take(pa.array(here - start)).to_pylist())
            ids.update(zip(here.tolist(), chosen, strict=True))
        start += len(batch)
    return [ids[row][: count - 1] for row, count in zip(rows.tolist(), tokens.tolist(), strict=True)]


def read_tokens(root: Path, proof: str, selection: str) -> pa.Table:
    """Documents that may be trained on, with their `row` among all of the selection."""
    table = pq.read_table(root / layout.proof_tokens(proof, selection))
    table = table.append_column("row", pa.array(np.arange(len(table))))
    return table.filter(pa.array(~table["overlaps"].to_numpy()))


def _read_cell(path: Path) -> list[Measured]:
    table = pq.read_table(path)
    names, measures = table["set"].to_numpy(), table["measure"].to_numpy()
    values, weights = table["value"].to_numpy(), table["weight"].to_numpy()
    return [
        Measured(name, measures[names == name][0], values[names == name], weights[names == name])
        for name in dict.fromkeys(names.tolist())
    ]


def _without_paths(described: dict[str, Any]) -> dict[str, Any]:
    """Hashes say which files these are; where they lie decides nothing."""
    described.pop("tokenizer_path", None)
    for name in ("references", "sets"):
        for each in described.get(name, ()):
            del each["path"]
    return described


@functools.lru_cache(maxsize=1)
def shared_references(references: tuple[Given, ...]) -> dict[str, list[str]]:
    """Held-back texts by language, in the order of the languages."""
    languages = sorted({each.name for each in references})
    return {
        language: held_back_texts(language, [Path(each.path) for each in references if each.name == language])
        for language in languages
    }


@functools.lru_cache(maxsize=1)
def shared_overlap(references: tuple[Given, ...], sets: tuple[Given, ...], most_items: int | None) -> Overlap:
    return Overlap(shared_references(references), shared_sets(sets, most_items))


@functools.lru_cache(maxsize=1)
def shared_sets(sets: tuple[Given, ...], most_items: int | None) -> list[EvaluationSet]:
    return [read_set(each.name, Path(each.path), most_items) for each in sets]
