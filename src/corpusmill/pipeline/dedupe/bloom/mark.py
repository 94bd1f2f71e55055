"""Duplicates by a Bloom filter: of documents that come in an order, what an earlier one had. Nothing is removed.

    over        what is looked up                                     tables beside the column of scores
    digest      CCNet's digest, RedPajama-V2 §12                      duplicates/NAME/…, exported as published
    document    an exact key of dedupe/exact.py                       –
    paragraph   the text between newlines (Dolma)                     duplicate_spans/NAME/…
    ngram       13-grams of the words of a paragraph (DCLM §2)        duplicate_spans/NAME/…

The column is NAME_duplicate (1: an earlier document had it) or NAME_duplicate_fraction. What is marked depends on the
order: that of keys and rows, for digests the newest snapshot first. So this is one task and one pass; memory is the
filter's size, known beforehand. The filter is saved as `filters/NAME.bloom`, for the next snapshot to go on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpusmill.dedupe.bloom.contents import NGRAM_WORDS, REPEATED_FRACTION
from corpusmill.dedupe.bloom.filter import BloomFilter, percent
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.dedupe.bloom.saved import check, open_filter, save
from corpusmill.errors import RecipeError, RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.bloom.damaged import is_passed_over
from corpusmill.pipeline.dedupe.bloom.search import DIGEST_BUCKETS, OVER, BloomSearch, bloom_column
from corpusmill.pipeline.dedupe.bloom.tables import Marked, Tables
from corpusmill.pipeline.dedupe.parts import rows_of
from corpusmill.pipeline.dedupe.tally import Tally
from corpusmill.pipeline.passes import Execute
from corpusmill.pipeline.score import refuse_name, refuse_other
from corpusmill.pipeline.task import Progress, Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder


@dataclass(frozen=True)
class MarkSeen:
    """Marks what the filter has seen in all documents of `keys`, in this order.

    Memory: the filter, the names of all hosts, and up to 70 bytes for each byte of a batch of texts (BATCH_BYTES).
    """

    keys: tuple[Key, ...]
    duplicates: str  # the name
    over: str
    filter_kind: str
    filter: BloomParameters
    key: str
    sha256: tuple[str, ...]  # of the documents of each key
    saved_path: str | None
    saved_sha256: str | None
    overfull: bool
    every_file: bool  # over digests: also the files that RedPajama-V2 passes over

    kind = "dedupe"

    @property
    def name(self) -> str:
        return self.duplicates

    @property
    def column(self) -> str:
        return bloom_column(self.duplicates, self.over)

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | self._described()
        for name in ("saved_path", "overfull", "key", "filter_kind"):
            described.pop(name, None)
        return described

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = {"method": "bloom", "over": self.over, "kind": self.filter_kind}
        if self.over == "ngram":
            described |= {"ngram_words": NGRAM_WORDS, "repeated_fraction": REPEATED_FRACTION}
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        seen = self._begun()
        every = sum(rows_of(root / layout.documents(key)) for key in self.keys)
        tally, found = Tally(), Marked()
        passed_over = []
        for key in self.keys:
            tables = Tables(root, attempt, self.duplicates, self.column, key)
            if self.over == "digest" and not self.every_file and is_passed_over(root, key):
                passed_over.append(key.path)
                marked = tables.passed_over()
            else:
                marked = self._mark(tables, seen)
            tally.add(root, key, marked.flags)
            for count in ("not_compared", "spans", "repeated", "total"):
                setattr(found, count, getattr(found, count) + getattr(marked, count))
            report(Progress(self.name, tally.documents, tally.documents))
            if seen.is_refused():
                self._refuse(seen, tally.documents, every)
        if seen.real_rate() > self.filter.refused_rate:
            self._refuse(seen, every, every)
        save(seen, attempt.path(layout.bloom_filter(self.duplicates)))
        warning = seen.warning(OVER[self.over])
        warnings = [] if warning is None else [f"{self.duplicates}: {warning}"]
        if passed_over:
            warnings.append(
                f"{self.duplicates}: {len(passed_over):,} files with a line whose digest cannot be read were passed "
                f"over, as RedPajama-V2 does: {', '.join(passed_over[:3])}; --every-file compares them"
            )
        return {
            "name": self.duplicates,
            "column": self.column,
            **self._described(),
            **tally.counts(),
            "not_compared": found.not_compared,
            **({} if OVER[self.over] == "documents" else _of_contents(found)),
            "filter": self._of_filter(seen),
            "passed_over": passed_over,
            "warnings": warnings,
        }

    def _begun(self) -> BloomFilter:
        if self.saved_path is None:
            return BloomFilter(self.filter, self.filter_kind)
        return open_filter(Path(self.saved_path), self.filter_kind, self.saved_sha256)

    def _mark(self, tables: Tables, seen: BloomFilter) -> Marked:
        if self.over == "digest":
            return tables.by_digest(seen)
        if self.over == "document":
            return tables.by_property(seen, self.key)
        return tables.by_content(seen, self.over)

    def _refuse(self, seen: BloomFilter, read: int, every: int) -> None:
        """Raises RunRefused unless told to go on."""
        if not self.overfull:
            warning = seen.warning(OVER[self.over], read / max(every, 1))
            raise RunRefused(
                f"{self.duplicates}: after {read:,} of {every:,} documents {warning}; nothing is marked at more than "
                f"{percent(self.filter.refused_rate)} %, unless you say --allow-overfull"
            )

    def _of_filter(self, seen: BloomFilter) -> dict[str, Any]:
        made = self.filter
        return {
            "capacity": made.capacity,
            "error_rate": made.error_rate,
            "bytes": made.shape.bytes,
            "probes": made.shape.probes,
            "begun_with": self.saved_sha256,
            "keys": seen.held(),
            "real_error_rate": float(f"{seen.real_rate():.4g}"),  # the last digits differ between processors
        }


def _of_contents(found: Marked) -> dict[str, Any]:
    return {"spans": found.spans, "repeated": found.repeated, "total": found.total}


def prepare_bloom(folder: RunFolder, name: str, search: BloomSearch) -> MarkSeen:
    """The task of an open run, ready to run.

    Raises RecipeError for a name or parameters that are none, ModelRefused for a saved filter that is damaged or of
    other keys, and RunRefused where there is nothing to compare, or the saved filter is overfull.
    """
    if mistakes := search.mistakes():
        raise RecipeError(mistakes)
    refuse_name(name, bloom_column(name, search.over))
    keys = _in_order(folder.document_keys(), search.over)
    if not keys:
        raise RunRefused(f"{folder.root} has no documents to compare")
    saved = None if search.saved is None else check(search.saved, search.kind)
    documents = sum(rows_of(folder.root / layout.documents(key)) for key in keys)
    hashes, made = folder.hashes(), search.made(documents, saved)
    if saved and not search.overfull and made.expected_rate(saved.added) > made.refused_rate:
        raise RunRefused(
            f"{search.saved} holds {saved.added:,} keys at least, was made for {made.capacity:,}: of new "
            f"{OVER[search.over]} {percent(made.expected_rate(saved.added))} % would be called duplicates by mistake; "
            "leave --filter out to begin an empty one with a greater --capacity, or say --allow-overfull"
        )
    return MarkSeen(
        tuple(keys),
        name,
        search.over,
        search.kind,
        made,
        search.key,
        tuple(hashes[layout.documents(key)] for key in keys),
        None if search.saved is None else str(search.saved.resolve()),
        None if saved is None else saved.sha256,
        search.overfull,
        search.every_file,
    )


def _in_order(keys: Sequence[Key], over: str) -> list[Key]:
    """Sorted; for digests the newest snapshot first and without the tail, as RedPajama-V2 has it."""
    if over != "digest":
        return sorted(keys)
    chosen = sorted(key for key in keys if key.bucket in DIGEST_BUCKETS)
    return sorted(chosen, key=lambda key: key.snapshot, reverse=True)  # stable, also reversed


def add_bloom(folder: RunFolder, task: MarkSeen, execute: Execute) -> bool:
    """Mark what the filter has seen; whether that had been done before.

    Raises RunRefused where the run has duplicates found otherwise under this name, or the filter is overfull.
    """
    refuse_other(folder, task.column, [task], f"duplicates {task.duplicates!r} found otherwise")
    return execute(folder, [task], "dedupe")
