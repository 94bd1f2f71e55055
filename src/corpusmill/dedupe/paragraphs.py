"""CCNet's deduplication of paragraphs: what stands in two documents of a group of shards is removed from both.

Source: specification of CCNet §2 and §3. A paragraph is a line; its hash is the first eight bytes of the SHA-1 of its
normal form. Blank lines share one hash, so they go too. Inside a document only the first of equal paragraphs stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpusmill.language.ccnet_text import paragraph_form

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Paragraphs:
    """Paragraphs of a batch of documents: document i has `hashes[offsets[i] : offsets[i + 1]]`, one a line."""

    lines: pa.Array
    hashes: Hashes
    offsets: NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """Distinct paragraph hashes of some documents, sorted, and which of them stand in two or more documents."""

    hashes: Hashes
    repeated: NDArray[np.bool_]


@dataclass(frozen=True)
class Kept:
    """What is left of a batch of documents: the numbers of their kept lines; a document may be left with none."""

    line_ids: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def of(self, document: int) -> NDArray[np.int32]:
        return self.line_ids[self.offsets[document] : self.offsets[document + 1]]


def paragraph_hash(line: str) -> int:
    """
    >>> hex(paragraph_hash(" \\t "))
    '0xd4b6b5eeea339da'
    """
    return int.from_bytes(hashlib.sha1(paragraph_form(line).encode("utf-8", "surrogatepass")).digest()[:8], "little")


def paragraphs(texts: pa.Array) -> Paragraphs:
    """The paragraphs of `texts`; a null has none, an empty text has one."""
    lists = pc.split_pattern(texts.cast(pa.large_string()), "\n")
    lines = lists.flatten()
    hashes = np.fromiter(map(paragraph_hash, lines.to_pylist()), np.uint64, len(lines))
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return Paragraphs(lines, hashes, np.concatenate(([0], np.cumsum(lengths))).astype(np.int64))


def seen(batch: Paragraphs) -> Seen:
    """A paragraph that a document repeats counts once."""
    documents = np.repeat(np.arange(len(batch.offsets) - 1), np.diff(batch.offsets))
    order = np.lexsort((documents, batch.hashes))
    hashes, documents = batch.hashes[order], documents[order]
    new = np.ones(len(hashes), bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (documents[1:] != documents[:-1])
    distinct, counts = np.unique(hashes[new], return_counts=True)
    return Seen(distinct, counts > 1)


def union(parts: list[Seen]) -> Seen:
    """What is seen in several parts, in any order, is seen in two documents."""
    hashes = np.concatenate([part.hashes for part in parts]) if parts else np.empty(0, np.uint64)
    repeated = np.concatenate([part.repeated for part in parts]) if parts else np.empty(0, bool)
    distinct, numbers, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    return Seen(distinct, (counts > 1) | (np.bincount(numbers, repeated, len(distinct)) > 0))


def without_repeated(batch: Paragraphs, group: Seen) -> Kept:
    """Lines whose hash is not repeated in the group, and of equal ones in a document the first.

    The hash 0 means "removed" in CCNet's arrays, so a paragraph that has it is removed as well.
    """
    repeated = group.hashes[group.repeated]
    place = np.searchsorted(repeated, batch.hashes)
    found = np.zeros(len(batch.hashes), bool)
    inside = place < len(repeated)
    found[inside] = repeated[place[inside]] == batch.hashes[inside]
    lengths = np.diff(batch.offsets)
    documents = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((batch.hashes, documents))  # stable: equal lines keep their order
    again = np.zeros(len(order), bool)
    ordered, owners = batch.hashes[order], documents[order]
    again[order[1:]] = (ordered[1:] == ordered[:-1]) & (owners[1:] == owners[:-1])
    kept = ~found & ~again & (batch.hashes != 0)
    line_ids = np.arange(len(kept)) - np.repeat(batch.offsets[:-1], lengths)
    offsets = np.concatenate(([0], np.cumsum(kept)))[batch.offsets]
    return Kept(line_ids[kept].astype(np.int32), offsets.astype(np.int64))
