"""Which documents of the candidate clusters are duplicates, and of which one that stays.

Members are taken in the order of their rank, the greatest first, equals in the order of the corpus. Unverified, the
first of a candidate cluster stays for all others of the same digest. Verified, each follows the most similar document
that stays before it, if there is one of at least the wanted similarity, and else stays itself: so no document goes
without one that stays and is that similar to it, however long the chain of candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.dedupe.members import Members, MembersFiles, Numbers

DECIDED = pa.schema(
    [
        pa.field("document", pa.int64(), False),  # only of clusters of two or more, ascending
        pa.field("survivor", pa.int64(), False),
        pa.field("survivor_id", pa.string(), False),
        ("similarity", pa.float64()),  # to the survivor; null: not measured
    ]
)

MEASURES = ("jaccard", "containment")


@dataclass(frozen=True)
class Verification:
    """The least similarity to the one that stays: |A ∩ B| / |A ∪ B|, or the part |A ∩ B| / |A| of the one that goes."""

    minimum: float
    measure: str = "jaccard"


def decide(
    members: Members,
    files: Sequence[MembersFiles],
    verification: Verification | None,
    similarity: float | None,
    scratch: Path,
) -> pa.Table:
    """DECIDED of one partition; `similarity` is what unverified clusters have, if that is known."""
    numbers = members.table["document"].to_numpy()
    candidates = members.table["candidate"].to_numpy()
    ranks = np.nan_to_num(members.table["rank"].to_numpy(), nan=-np.inf)
    digests = members.table["digest"].combine_chunks().cast(pa.binary()).dictionary_encode()
    codes = digests.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if verification is None:
        order = np.lexsort((numbers, -ranks, codes, candidates))
        starts = _starts(candidates[order], codes[order])
        stays = order[np.repeat(starts[:-1], np.diff(starts))]
        measured = None if similarity is None else np.full(len(order), similarity)
    else:
        order = np.lexsort((numbers, -ranks, candidates))
        stays, measured = _verified(members, files, verification, order, candidates, codes, scratch)
    survivors = np.empty(len(order), np.int64)  # rows, by row
    survivors[order] = stays
    counts = np.bincount(survivors, minlength=len(order))
    shared = np.flatnonzero(counts[survivors] > 1)
    shared = shared[np.argsort(numbers[shared])]
    found: pa.Array = pa.nulls(len(shared), pa.float64())
    if measured is not None:
        by_row = np.empty(len(order))
        by_row[order] = measured
        found = pa.array(by_row[shared])
    ids = members.table["doc_id"].combine_chunks().take(pa.array(survivors[shared]))
    return pa.Table.from_arrays(
        [pa.array(numbers[shared]), pa.array(numbers[survivors[shared]]), ids, found], schema=DECIDED
    )


def _starts(*keys: Numbers) -> Numbers:
    """Where runs of rows with equal keys begin, and the end."""
    changes = np.zeros(max(len(keys[0]) - 1, 0), np.bool_)
    for key in keys:
        changes |= np.diff(key) != 0
    first = np.zeros(min(len(keys[0]), 1), np.int64)
    return np.concatenate([first, np.flatnonzero(changes) + 1, [len(keys[0])]]).astype(np.int64)


def _verified(
    members: Members,
    files: Sequence[MembersFiles],
    verification: Verification,
    order: Numbers,
    candidates: Numbers,
    digests: Numbers,
    scratch: Path,
) -> tuple[Numbers, npt.NDArray[np.float64]]:
    """The row that stays for each row of `order`, and their similarity. Equal sets go the way of the first of them."""
    from corpusmill.kernels.duplicates.leaders import lead

    grouped, codes = candidates[order], digests[order]
    by_set = np.lexsort((np.arange(len(order)), codes, grouped))
    starts = _starts(grouped[by_set], codes[by_set])
    first_of_run = by_set[starts[:-1]]  # places in `order`
    first = np.empty(len(order), np.int64)
    first[by_set] = np.repeat(first_of_run, np.diff(starts))
    chosen = np.sort(first_of_run)
    hashes, ends = members.sets_of(files, order[chosen], scratch)
    leaders, similarities = np.empty(len(chosen), np.int64), np.empty(len(chosen))
    contained = verification.measure == "containment"
    lead(hashes, ends[:-1], ends[1:], _starts(grouped[chosen]), verification.minimum, contained, leaders, similarities)
    place = np.searchsorted(chosen, first)
    return order[chosen[leaders[place]]], similarities[place]
