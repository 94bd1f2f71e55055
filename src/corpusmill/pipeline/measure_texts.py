"""The measure tasks: families of signals that rules name, on the stored text of a key and on what edits leave of it.

What is measured stays in the run under the name of its text, so the next recipe that names it finds it there. The text
after edits is not stored: its replacements are, and its name is made of the edits that lead to it. The artifacts folder
is part of the name too, by what it holds: with other lists the same text is measured anew, beside what was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.keys import Key
from corpusmill.pipeline.task import Report, fields_of
from corpusmill.rules.edit import Edit
from corpusmill.rules.editing import apply
from corpusmill.rules.ruleset import STORED, RuleSet
from corpusmill.schema import EDITS
from corpusmill.signals.registry import SIGNALS, measure, of_family
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.measured import has_redpajama2
from corpusmill.store.tables import TableWriter

BATCH_DOCUMENTS = 1024


@dataclass(frozen=True)
class Text:
    """A text of each document: the stored one, or what `edits` leave of it, one after another."""

    edits: tuple[Edit, ...] = ()
    artifacts_sha256: str | None = None  # of the folder that signals are measured with
    with_documents: bool = True  # whether the run has RedPajama-V2's signals of the stored text already

    @property
    def edit(self) -> str:
        """The name that rules call it by."""
        return self.edits[-1].name if self.edits else STORED

    @cached_property
    def name(self) -> str:
        """Its name in the run folder."""
        lists = "" if self.artifacts_sha256 is None else f"+{self.artifacts_sha256[:12]}"
        if not self.edits:
            return f"stored{lists}"
        described = orjson.dumps([fields_of(edit) for edit in self.edits], option=orjson.OPT_SORT_KEYS)
        return f"{self.edit}-{hashlib.sha256(described).hexdigest()[:12]}{lists}"

    @property
    def before(self) -> Text:
        """The text that its last edit changes."""
        return replace(self, edits=self.edits[:-1])


@dataclass(frozen=True)
class Wanted:
    """What is to be measured on one text."""

    text: Text
    families: tuple[str | None, ...]  # None: RedPajama-V2's signals
    replacements: bool  # of the last edit are to be stored


@dataclass(frozen=True)
class MeasureTexts:
    """Writes a table for each family of each text, row by row as the documents of the key."""

    key: Key
    wanted: tuple[Wanted, ...]  # a text follows those that it is made from
    artifacts: str | None  # where the folder is; what it holds is in the names of the texts
    documents_sha256: str

    kind = "measure"

    @property
    def name(self) -> str:
        return self.key.path

    def depends_on(self) -> dict[str, Any]:
        return {name: value for name, value in fields_of(self).items() if name != "artifacts"}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        artifacts = Artifacts(None if self.artifacts is None else Path(self.artifacts))
        with ExitStack() as stack, pq.ParquetFile(root / layout.documents(self.key)) as documents:
            writers = {
                (wanted.text, family): stack.enter_context(
                    TableWriter(
                        attempt.path(layout.measured(wanted.text.name, family, self.key)), family_schema(family)
                    )
                )
                for wanted in self.wanted
                for family in wanted.families
            }
            edits = {
                wanted.text: stack.enter_context(
                    TableWriter(attempt.path(layout.edits(wanted.text.name, self.key)), EDITS)
                )
                for wanted in self.wanted
                if wanted.replacements
            }
            rows = 0
            for documents_batch in documents.iter_batches(batch_size=BATCH_DOCUMENTS):
                rows += documents_batch.num_rows
                given = {name: documents_batch[name] for name in documents_batch.schema.names if name != "raw_content"}
                doc_ids = given["doc_id"].cast(pa.string())
                stored = TextBatch(documents_batch["raw_content"], self.key.language, artifacts, given)
                batches = {replace(self.wanted[0].text, edits=()): stored}
                for wanted in self.wanted:
                    failed, replacements = _reach(batches, wanted.text)
                    if wanted.replacements:
                        edits[wanted.text].write(
                            pa.RecordBatch.from_arrays([doc_ids, replacements, failed], schema=EDITS)
                        )
                    for family in wanted.families:
                        signals = measure(batches[wanted.text], of_family(family))
                        table = pa.RecordBatch.from_arrays([doc_ids, *signals.columns], schema=family_schema(family))
                        writers[wanted.text, family].write(table)
        return {"documents": rows, "warnings": artifacts.warnings}


def _reach(batches: dict[Text, TextBatch], text: Text) -> tuple[pa.Array | None, pa.Array | None]:
    """Add the batch of `text`, and of those before it; failures and replacements of its last edit."""
    if not text.edits:
        return None, None
    before = text.before
    if before not in batches:
        _reach(batches, before)
    edited = apply(text.edits[-1], batches[before])
    batches[text] = batches[before].with_texts(edited.texts)
    return edited.failed, edited.replacements


def family_schema(family: str | None) -> pa.Schema:
    """Ids, then the signals of a family with unit and source."""
    names = of_family(family)
    fields = [
        pa.field(name, SIGNALS[name].dtype, metadata={"unit": SIGNALS[name].unit, "source": SIGNALS[name].source})
        for name in names
    ]
    described = {f"corpusmill.signal.{name}": f"version {SIGNALS[name].version}" for name in names}
    return pa.schema([EDITS.field("doc_id"), *fields], described)


def texts_of(rule_set: RuleSet, artifacts_sha256: str | None = None, with_documents: bool = True) -> list[Text]:
    """The stored text, and what each edit leaves, in their order."""
    edits = [rule_set.edits[:count] for count in range(len(rule_set.edits) + 1)]
    return [Text(each, artifacts_sha256, with_documents) for each in edits]


def measures_anything(rule_set: RuleSet, with_documents: bool = True) -> bool:
    """Whether rules or edits look at more than what is stored with every document."""
    return bool(rule_set.edits or families_of(rule_set, Text(with_documents=with_documents)))


def families_of(rule_set: RuleSet, text: Text) -> tuple[str | None, ...]:
    """Families of the signals that rules name of a text, sorted, without what is stored with every document."""
    found = {SIGNALS[name].family for name in rule_set.columns(text.edit) if name in SIGNALS}
    if not text.edits and text.with_documents:
        found.discard(None)
    return tuple(sorted(found, key=str))


def missing_measures(
    folder: RunFolder,
    rule_set: RuleSet,
    keys: Sequence[Key],
    artifacts: str | None,
    artifacts_sha256: str | None,
) -> list[MeasureTexts]:
    """One task for each key of which something is not yet measured."""
    hashes = folder.hashes()
    texts = texts_of(rule_set, artifacts_sha256, has_redpajama2(folder.root, hashes))
    tasks = []
    for key in keys:
        wanted = []
        for text in texts:
            families = tuple(
                family
                for family in families_of(rule_set, text)
                if layout.measured(text.name, family, key) not in hashes
            )
            replacements = bool(text.edits) and layout.edits(text.name, key) not in hashes
            if families or replacements:
                wanted.append(Wanted(text, families, replacements))
        if wanted:
            tasks.append(MeasureTexts(key, tuple(wanted), artifacts, hashes[layout.documents(key)]))
    return tasks
