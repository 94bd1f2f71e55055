"""Documents and duplicates by language, source and host: what loses most of its pages is an alarm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corpusmill.dedupe.hosts import ByName, Flags
from corpusmill.keys import Key
from corpusmill.store import layout
from corpusmill.store.tables import read_table

ALARM_DOCUMENTS, ALARM_FRACTION = 20, 0.5  # what has so many documents and loses more than this part is pointed out


class Tally:
    """Counters over all keys. Memory: the names of all hosts."""

    def __init__(self, alarm_fraction: float = ALARM_FRACTION) -> None:
        self._alarm_fraction = alarm_fraction
        self.documents = self.duplicates = 0
        self._by = {"languages": ByName(), "sources": ByName(), "hosts": ByName()}

    def add(self, root: Path, key: Key, removed: Flags) -> None:
        """The documents of one key, and which of them are duplicates."""
        self.documents += len(removed)
        self.duplicates += int(removed.sum())
        self._by["languages"].add_all(key.language, removed)
        self._by["sources"].add_all(f"{key.snapshot}/{key.shard:04d}", removed)
        domains = read_table(root / layout.documents(key), columns=["source_domain"])["source_domain"]
        self._by["hosts"].add(domains, removed)

    def counts(self) -> dict[str, Any]:
        return {
            "documents": self.documents,
            "duplicates": self.duplicates,
            "languages": self._by["languages"].counts(),
            "sources": self._by["sources"].counts(),
            "hosts": self._by["hosts"].most(),
            "alarm_fraction": self._alarm_fraction,
            "alarms": {name: by.alarming(ALARM_DOCUMENTS, self._alarm_fraction) for name, by in self._by.items()},
        }
