"""Connected components of more documents than fit in memory: two sweeps over ranges of documents, on disk.

Down, from the last range to the first: the pairs inside a range are united. What then ties a component of the range to
lower ranges is put on its least neighbour m there: its root will *ask* m for its label, and every other neighbour v is
paired with m and handed down to the range of the greater of the two. So the lower documents stay connected just as
before, and the range is done with. No step makes more pairs than it reads.

Up, from the first range to the last: the label of a root is the answer to its question, or its own number where it
asked none. A chain of questions only descends, and all of a component end at its least document: that is the label.

Each range is read once in each sweep; memory is 13 bytes a document of one range, and buffers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpusmill.dedupe.components import Clusters, Parents, alone, parent_type
from corpusmill.dedupe.partitions import PAIR_BYTES, Partitions
from corpusmill.dedupe.shuffle import CHUNK_ROWS, Rows, ShuffleFile, ShuffleWriter, read_partition


def pair_writer(path: Path, partitions: Partitions) -> ShuffleWriter:
    """Writes pairs, or questions and answers, by the range of their first document."""
    rows = max(1, partitions.buffer_bytes // PAIR_BYTES)
    return ShuffleWriter(path, partitions.ranges, partitions.range_documents, 2, rows)


def sweep(pairs: Sequence[ShuffleFile], partitions: Partitions, folder: Path) -> Iterator[Clusters]:
    """The components under the pairs (greater, lesser) in files of `pair_writer`, as `components` gives them.

    `folder` takes a few files for each range; they are the caller's to delete.
    """
    questions: list[ShuffleFile] = []
    handed_down = [*pairs]
    for number in reversed(range(partitions.ranges)):
        below, asked = _down(handed_down, number, partitions, folder)
        handed_down.append(below)
        questions.append(asked)
    answers: list[ShuffleFile] = []
    for number in range(partitions.ranges):
        yield from _up(questions, answers, number, partitions, folder)


def _bounds(number: int, partitions: Partitions) -> tuple[int, int]:
    """Its first document, and how many it has: the last ranges may have none."""
    base = min(number * partitions.range_documents, partitions.documents)
    return base, min(partitions.range_documents, partitions.documents - base)


def _down(
    pairs: Sequence[ShuffleFile], number: int, partitions: Partitions, folder: Path
) -> tuple[ShuffleFile, ShuffleFile]:
    from corpusmill.kernels.duplicates.union_find import NO_NODE, flatten, least_outside, pairs_outside, unite

    first, documents = _bounds(number, partitions)
    base, parents = np.uint64(first), alone(documents)
    for some in read_partition(pairs, number):
        unite(some, base, parents)
    flatten(parents, np.zeros(documents, np.uint8))
    _parents_path(folder, number).write_bytes(parents.data)  # `tofile` would not say that the disk is full
    least = np.full(documents, NO_NODE, np.uint64)
    for some in read_partition(pairs, number):
        least_outside(some, base, parents, least)
    paths = folder / f"pairs-{number}", folder / f"questions-{number}"
    with pair_writer(paths[0], partitions) as below, pair_writer(paths[1], partitions) as asked:
        out = np.empty((CHUNK_ROWS, 2), np.uint64)
        for some in read_partition(pairs, number):
            below.append(out[: pairs_outside(some, base, parents, least, out)])
        for begin in range(0, documents, CHUNK_ROWS):
            aims = least[begin : begin + CHUNK_ROWS]
            asking = np.flatnonzero(aims != NO_NODE)
            asked.append(np.stack([aims[asking], asking.astype(np.uint64) + base + np.uint64(begin)], axis=1))
    return ShuffleFile(paths[0]), ShuffleFile(paths[1])


def _up(
    questions: Sequence[ShuffleFile], answers: list[ShuffleFile], number: int, partitions: Partitions, folder: Path
) -> Iterator[Clusters]:
    from corpusmill.kernels.duplicates.union_find import answer, flatten

    first, documents = _bounds(number, partitions)
    base = np.uint64(first)
    parents: Parents = np.fromfile(_parents_path(folder, number), parent_type(documents))
    shared = np.zeros(documents, np.uint8)
    flatten(parents, shared)
    labels = np.arange(first, first + documents, dtype=np.uint64)
    for some in read_partition(answers, number):
        roots = some[:, 0] - base
        labels[roots], shared[roots] = some[:, 1], 1
    path = folder / f"answers-{number}"
    with pair_writer(path, partitions) as writer:
        out: Rows = np.empty((CHUNK_ROWS, 2), np.uint64)
        for some in read_partition(questions, number):
            answer(some, base, parents, labels, shared, out)
            writer.append(out[: len(some)])
    answers.append(ShuffleFile(path))
    for begin in range(0, documents, CHUNK_ROWS):
        roots = parents[begin : begin + CHUNK_ROWS]
        members = np.flatnonzero(shared[roots])
        if len(members):
            yield Clusters(members + first + begin, labels[roots[members]].astype(np.int64))


def _parents_path(folder: Path, number: int) -> Path:
    return folder / f"parents-{number}"
