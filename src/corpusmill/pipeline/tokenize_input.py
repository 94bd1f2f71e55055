"""The task that tokenises a file of texts as it is: no run, no selection; one ragged pair an input."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.errors import InputRefused
from corpusmill.pipeline.conservation import StageCounts
from corpusmill.pipeline.encoding import Encoding
from corpusmill.pipeline.input_file import InputFile
from corpusmill.pipeline.one_input import whole_or_lost
from corpusmill.pipeline.pair import write_pair
from corpusmill.pipeline.task import Progress, Report
from corpusmill.read.pages import ReadChunk, read_pages
from corpusmill.read.parameters import ReadParameters
from corpusmill.read.probe import find_inputs, probe
from corpusmill.schema import PAGES, Loss, batch_of, numbers_of, repeated
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.shard import ShardWriter
from corpusmill.tokenize.ragged import Written

_LARGE_BYTES = 1 << 20
_SUFFIXES = re.compile(r"(?:\.(?:jsonl|json|ndjson|parquet))?(?:\.(?:gz|zst))?$", re.IGNORECASE)
_SPLIT = re.compile(r".+-(?P<split>train|validation|test)(?:\.\d+-of-\d+)?")


@dataclass(frozen=True)
class TokenizeInput:
    """JSON lines or Parquet to `<stem>.data.npy`, `<stem>.len.npy` and `<stem>.ids.parquet`, in the input's order."""

    input: InputFile
    stem: str
    encoding: Encoding
    parameters: ReadParameters = field(default_factory=ReadParameters)
    give_up: str | None = None  # why the file is quarantined whole, after its worker died again and again

    kind = "tokenize"

    @property
    def name(self) -> str:
        return self.stem

    def depends_on(self) -> dict[str, Any]:
        encoding = self.encoding.depends_on()
        return {"input": self.input.depends_on(), "encoding": encoding, "parameters": asdict(self.parameters)}

    def prepare(self, root: Path) -> None:
        """Worth it for large inputs alone."""
        if self.input.bytes > _LARGE_BYTES:
            self.encoding.prepare(root)

    def given_up(self, why: str) -> TokenizeInput:
        """What to do instead: quarantine the whole input."""
        return replace(self, give_up=why)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        return whole_or_lost(self, attempt, lambda: _Writer(self, attempt, report), lambda writer: writer.write_all())


class _Writer:
    """All tables of one input."""

    def __init__(self, task: TokenizeInput, attempt: Attempt, report: Report) -> None:
        self._task, self._attempt, self._report = task, attempt, report
        self._shard = ShardWriter(attempt, task.stem, task.input.name, lambda documents, key: None)
        self._counts = StageCounts(["read"])
        self._written: Written | None = None
        self._to = layout.tokens(task.stem)
        self._tokenizer = task.encoding.tokenizer(Path())

    def write_all(self, lost: Loss | None = None) -> None:
        chunks = iter([ReadChunk(batch_of(PAGES, {}, 0), [lost])]) if lost else self._chunks()
        pieces = map(self._documents, chunks)
        self._written = write_pair(pieces, self._tokenizer, self._task.encoding.added, self._attempt, self._to)

    def lose_all(self, loss: Loss, done_bytes: int) -> None:
        self.write_all(loss)

    def close(self) -> dict[str, Any]:
        self._shard.close()
        encoding, written = self._task.encoding, self._written
        assert written is not None
        return {
            "selection": None,
            "tokenizer": encoding.name,
            "tokenizer_sha256": encoding.sha256,
            "facts": asdict(encoding.facts(self._tokenizer)),
            **asdict(written),
            "stages": self._counts.as_list(),
            "languages": {},
        }

    def _chunks(self) -> Iterator[ReadChunk]:
        return read_pages(Path(self._task.input.path), self._task.parameters, texts_only=True)

    def _documents(self, chunk: ReadChunk) -> pa.RecordBatch:
        """Notes what became of each line, and gives the texts."""
        pages = chunk.pages
        name = self._task.input.name
        rows = pages.num_rows
        named, slash = repeated(name, rows), repeated("/", rows)
        doc_ids = pc.binary_join_element_wise(named, pages["ordinal"].cast(pa.string()), slash)
        kept = pa.RecordBatch.from_arrays([pages["record_id"], pages["url"], doc_ids], ["record_id", "url", "doc_id"])
        self._shard.fates(kept, pages["ordinal"], pages["offset"], chunk.losses)
        self._counts.count(pages.num_rows, chunk.losses)
        dropped, quarantined = self._counts.total("dropped"), self._counts.total("quarantined")
        read = self._counts.kept + dropped + quarantined
        self._report(Progress(self._task.stem, read, self._counts.kept, dropped, quarantined))
        pieces = numbers_of(np.zeros(pages.num_rows, np.int32))
        texts = pages["body"].view(pa.large_string())  # read_pages has looked at its UTF-8
        return pa.RecordBatch.from_arrays([doc_ids, pieces, texts], ["doc_id", "piece", "text"])


def plan_inputs(inputs: Sequence[Path], encoding: Encoding) -> list[TokenizeInput]:
    """A task a file; Refused for what is no file of texts, and where two would write the same pair."""
    parameters = ReadParameters()
    tasks = []
    for given in inputs:
        for path in find_inputs([given]):
            found = probe(path, parameters)
            if found.format not in ("jsonl", "parquet", "unknown"):
                raise InputRefused(f"{path} is {found.format}: give it to corpusmill run, and tokenise what that keeps")
            name = path.relative_to(given).as_posix() if given.is_dir() else path.name
            tasks.append(TokenizeInput(InputFile.of(path, name), stem_of(name), encoding, parameters))
    stems = Counter(task.stem for task in tasks)
    twice = [stem for stem, times in stems.items() if times > 1]
    if twice:
        raise InputRefused(f"{stems[twice[0]]} inputs are called {twice[0]}: give each a name of its own")
    return sorted(tasks, key=lambda task: task.stem)


def stem_of(name: str) -> str:
    """Where the pair of an input goes, as the published files have it: those of a split in a folder of its name.

    >>> stem_of("c4-train.00003-of-01024.json.gz"), stem_of("web/a.b.jsonl")
    ('train/c4-train.00003-of-01024', 'web/a.b')
    """
    stem = _SUFFIXES.sub("", name)
    folder, _, last = stem.rpartition("/")
    split = _SPLIT.fullmatch(last)
    parts = [folder] if folder else []
    if split and folder.rpartition("/")[2] != split["split"]:
        parts.append(split["split"])
    return "/".join([*parts, last])


def published_stem(name: str, number: int, total: int) -> str:
    """The name of shard `number` of `total`.

    >>> published_stem("c4-train", 7, 8)
    'train/c4-train.00007-of-00008'
    """
    return stem_of(f"{name}.{number:05d}-of-{total:05d}")
