"""Documents and duplicates of each host: hosts that lose most of their pages are pointed out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

HOSTS_SHOWN = 20


class RemovedByHost:
    """Counters; memory for every host that occurs."""

    def __init__(self) -> None:
        self._documents: Counter[str] = Counter()
        self._duplicates: Counter[str] = Counter()

    def add(self, hosts: Sequence[str | None], removed: npt.NDArray[np.bool_]) -> None:
        names = [host or "" for host in hosts]
        self._documents.update(names)
        self._duplicates.update(names[row] for row in np.flatnonzero(removed).tolist())

    def most(self) -> list[tuple[str, int, int]]:
        """The hosts that lose most documents: name, documents, duplicates."""
        ranked = sorted(self._duplicates.items(), key=lambda item: (-item[1], item[0]))[:HOSTS_SHOWN]
        return [(host, self._documents[host], duplicates) for host, duplicates in ranked]
