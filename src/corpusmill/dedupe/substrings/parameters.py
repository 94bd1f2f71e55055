"""What a repeated passage is, and how the search is cut so that no step takes more memory than it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from corpusmill.dedupe.partitions import LEAST_MEMORY_BYTES, MOST_PARTITIONS, TABLE_BYTES
from corpusmill.dedupe.shuffle import VALUE_BYTES
from corpusmill.dedupe.substrings.copies import KEEP, ROW_BYTES, slots_for
from corpusmill.dedupe.substrings.spans import SNAPS
from corpusmill.dedupe.substrings.windows import MIN_TOKENS

BYTES_PER_TOKEN = 4  # of text, at least in most: more tokens than planned cost time, not memory
BUFFER_BYTES = 16 << 20
WAYS = ("windows", "suffix_array")
GROUP_BYTES = 128 << 20


@dataclass(frozen=True)
class SubstringParameters:
    """A passage of at least `min_tokens`, which of its occurrences stays, and where spans may begin and end.

    By windows the whole corpus is searched; by suffix array each group of shards, of at most `group_bytes` of text, by
    itself, as RefinedWeb searched each of its hundred parts.
    """

    min_tokens: int = MIN_TOKENS
    keep: str = "first"  # see copies.py
    snap: str = "word"  # see spans.py
    by: str = "windows"
    group_bytes: int = GROUP_BYTES

    def mistakes(self) -> list[str]:
        found = []
        if not 1 <= self.min_tokens <= 1 << 20:
            found.append(f"min_tokens {self.min_tokens}: wanted at least 1; passages of a few tokens say nothing")
        if self.group_bytes < 1:
            found.append(f"group_bytes {self.group_bytes}: wanted at least 1")
        for name, value, known in (("keep", self.keep, KEEP), ("snap", self.snap, SNAPS), ("by", self.by, WAYS)):
            if value not in known:
                found.append(f"{name} {value!r} is unknown; wanted one of {', '.join(known)}")
        return found

    def described(self) -> dict[str, Any]:
        """What decides the result, for hashes and the manifest."""
        group = {"group_bytes": self.group_bytes} if self.by == "suffix_array" else {}
        kept = {"min_tokens": self.min_tokens, "keep": self.keep, "snap": self.snap}
        return {"method": "substring", "by": self.by, **kept, **group}


@dataclass(frozen=True)
class WindowPartitions:
    """A plan: how many partitions the keys of windows are written in, and what one worker holds."""

    partitions: int
    buffer_bytes: int  # of each of the two buffers of a shuffle writer
    table_bytes: int  # of the hash table of a partition, at most

    @property
    def peak_bytes(self) -> int:
        """Of the arrays of the largest step; batches of texts, the interpreter and its libraries come on top."""
        return 2 * self.buffer_bytes + self.table_bytes

    @property
    def buffer_rows(self) -> int:
        return self.buffer_bytes // ROW_BYTES

    @property
    def buffer_positions(self) -> int:
        return self.buffer_bytes // VALUE_BYTES


def plan_windows(text_bytes: int, memory_bytes: int) -> WindowPartitions:
    """For texts of so many bytes and a worker of so much memory; nothing of it changes the result.

    Hash tables stay within the processor's caches where that takes at most MOST_PARTITIONS, and within half of the
    memory always. A partition of twice as many keys as planned is still joined at one go. Raises ValueError under
    LEAST_MEMORY_BYTES.

    >>> plan_windows(1 << 30, 1 << 30)
    WindowPartitions(partitions=1024, buffer_bytes=16777216, table_bytes=26364199)
    >>> plan_windows(1 << 40, 4 << 30)
    WindowPartitions(partitions=1024, buffer_bytes=67108864, table_bytes=2147483648)
    """
    if memory_bytes < LEAST_MEMORY_BYTES:
        raise ValueError(f"wanted at least {LEAST_MEMORY_BYTES} bytes of memory, found {memory_bytes}")
    slots_bytes = slots_for(text_bytes // BYTES_PER_TOKEN) * ROW_BYTES
    partitions = max(1, min(MOST_PARTITIONS, -(-slots_bytes // TABLE_BYTES)))
    buffer_bytes = min(max(BUFFER_BYTES, memory_bytes // 64), memory_bytes // 8)
    return WindowPartitions(
        partitions, buffer_bytes, min(2 * slots_bytes // partitions + TABLE_BYTES, memory_bytes // 2)
    )
