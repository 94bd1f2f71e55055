"""Near duplicates among texts at hand, as `corpusmill dedupe --method minhash` finds them in a run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpusmill.dedupe.decide import DECIDED, Verification, decide
from corpusmill.dedupe.lsh import MEMORY_BYTES, Shard, clusters
from corpusmill.dedupe.members import MEMBERS, MembersFiles, SetsWriter, members_of, read_members, write_members
from corpusmill.dedupe.minhash import Bands
from corpusmill.dedupe.schemes import bands_for, schemes
from corpusmill.dedupe.shingles import distinct_shingles, shingles, signatures

BATCH_TEXTS = 1024
SIMILARITY = 0.8


def near_duplicates(texts: pa.Array, similarity: float = SIMILARITY, memory_bytes: int = MEMORY_BYTES) -> pa.Table:
    """DECIDED of the texts in clusters of two or more: which one stays for each, the first, and how similar they are.

    A text's number is its place in `texts`, its id that number as a string. Null texts are in no cluster.

    >>> texts = ["one and two and three and four", "something else", "One and two, and three, and four!"]
    >>> near_duplicates(pa.array(texts)).select(["document", "survivor", "similarity"]).to_pylist()[1]
    {'document': 2, 'survivor': 0, 'similarity': 1.0}
    """
    units, cut = schemes()["near"].shingle_units, bands_for(similarity)
    with tempfile.TemporaryDirectory(prefix="near-duplicates-") as name:
        folder = Path(name)
        shard = Shard(len(texts), _signatures(texts, units, cut))
        found = list(clusters([shard], cut, folder, memory_bytes))
        rows = np.concatenate([np.zeros(0, np.int64), *(piece.documents for piece in found)])
        candidates = np.concatenate([np.zeros(0, np.int64), *(piece.clusters for piece in found)])
        files = MembersFiles(folder / "members", folder / "sets")
        tables = [MEMBERS.empty_table()]
        with SetsWriter(files.sets) as writer:
            for begin in range(0, len(rows), BATCH_TEXTS):
                chosen = rows[begin : begin + BATCH_TEXTS]
                stored = writer.write(distinct_shingles(texts.take(pa.array(chosen)), units))
                ids = pa.array(chosen).cast(pa.string())
                own = candidates[begin : begin + BATCH_TEXTS]
                tables.append(members_of(chosen, own, np.zeros(len(chosen)), ids, stored))
        write_members(files.members, pa.concat_tables(tables), 1)
        decided = decide(read_members([files], 0), [files], Verification(similarity), None, folder / "gathered")
    assert decided.schema == DECIDED
    return decided


def _signatures(texts: pa.Array, units: int, cut: Bands) -> Iterator[pa.Array]:
    for begin in range(0, len(texts), BATCH_TEXTS):
        yield signatures(shingles(texts.slice(begin, BATCH_TEXTS), units), cut.bands * cut.rows)
