"""What a search for duplicates may take."""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.dedupe.partitions import LEAST_MEMORY_BYTES


@dataclass(frozen=True)
class Resources:
    """What the search may take; nothing here changes a byte of the result."""

    memory_bytes: int = 1 << 30  # of all workers together
    workers: int = 1

    def mistakes(self) -> list[str]:
        if self.worker_bytes < LEAST_MEMORY_BYTES:
            least = LEAST_MEMORY_BYTES * self.workers
            return [f"memory of {self.memory_bytes:,} bytes: wanted at least {least:,} for {self.workers} workers"]
        return []

    @property
    def worker_bytes(self) -> int:
        return self.memory_bytes // self.workers
