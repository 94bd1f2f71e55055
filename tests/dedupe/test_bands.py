"""Band keys of stored signatures: equal for equal bands at equal places, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.dedupe.bands import key_tables, partition_width, signature_values, write_keys
from corpusmill.dedupe.minhash import SIMILARITY_BANDS, Bands
from corpusmill.dedupe.shuffle import Rows, ShuffleFile, ShuffleWriter, read_partition
from corpusmill.kernels.duplicates.band_keys import band_rows


def signatures(rows: list[list[int] | None], width: int = 4) -> pa.Array:
    return pa.array(rows, pa.list_(pa.int32(), width))


def key_rows(array: pa.Array, cut: Bands, first_document: int = 0) -> Rows:
    """What `write_keys` should write."""
    values, present = signature_values(array, cut)
    out = np.empty((int(present.sum()) * cut.bands, 3), np.uint64)
    assert band_rows(values, present, np.uint64(first_document), *key_tables(cut), out) == len(out)
    return out


def keys(array: pa.Array, cut: Bands) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in key_rows(array, cut).tolist()]


def test_keys_are_equal_where_band_and_values_are():
    cut = Bands(2, 2)
    a, b, c, d, e, f = keys(signatures([[1, 2, 1, 2], [1, 2, 2, 1], [-1, 2, 1, 2]]), cut)
    assert a == c and b == f
    assert len({a, b, d, e}) == 4, "the index of the band and the order of its values belong to the key"


def test_every_value_of_a_band_matters():
    for cut in [*SIMILARITY_BANDS.values(), Bands(128, 1)]:
        used = cut.bands * cut.rows
        rows = np.zeros((129, 128), np.int32)
        rows[np.arange(128), np.arange(128)] = 1
        found = np.array(keys(signatures(rows.tolist(), 128), cut)).reshape(129, cut.bands, 2)
        differs = (found[:128] != found[128]).all(axis=2)
        expected = np.arange(128)[:, None] // cut.rows == np.arange(cut.bands)
        assert (differs == expected & (np.arange(128) < used)[:, None]).all()


def test_both_halves_of_the_keys_differ():
    """A collision of one half alone joins nothing, so each must tell bands apart by itself."""
    values = np.random.RandomState(2).randint(-(2**31), 2**31, (20_000, 4), np.int64)
    found = np.array(keys(signatures(values.tolist()), Bands(2, 2)), np.uint64)
    assert [len(np.unique(found[:, half])) for half in (0, 1)] == [40_000, 40_000]


def test_slices_nulls_and_batches(tmp_path: Path):
    values = np.random.RandomState(1).randint(-(2**31), 2**31, (5, 4), np.int64).tolist()
    array = signatures([None, *values[:2], None, *values[2:], None])
    cut = Bands(2, 2)
    whole = key_rows(array, cut, 100)
    assert whole[:, 2].tolist() == [101, 101, 102, 102, 104, 104, 105, 105, 106, 106]
    for buffer_rows in (2, 3, 7, 100):
        with ShuffleWriter(tmp_path / "keys", 1, partition_width(1), 3, buffer_rows) as writer:
            for part in (array[:0], array[:1], array[1:4], array[4:4], array[4:]):
                write_keys(writer, part, 100 + part.offset, cut)
        read = np.concatenate([rows.copy() for rows in read_partition([ShuffleFile(tmp_path / "keys")], 0)])
        assert read.tolist() == whole.tolist()
    masked = pa.FixedSizeListArray.from_arrays(pa.array(range(12), pa.int32()), 4, mask=pa.array([False, True, False]))
    assert key_rows(masked, cut)[:, 2].tolist() == [0, 0, 2, 2]
    assert key_rows(masked, cut)[2:, :2].tolist() == key_rows(signatures([[8, 9, 10, 11]]), cut)[:, :2].tolist()


def test_values_of_64_bits_are_two_of_32(tmp_path: Path):
    values = np.random.RandomState(3).randint(-(2**63), 2**63 - 1, (6, 4), np.int64)
    values[1] = values[0]
    values[1, 1] ^= 1 << 40  # differs in its upper half alone
    rows: list[list[int] | None] = values.tolist()
    rows[3] = None
    long = pa.array([None, *rows], pa.list_(pa.int64(), 4)).slice(1)
    short = signatures([None if row is None else values[i].view(np.int32).tolist() for i, row in enumerate(rows)], 8)
    found = []
    for name, array, cut in (("long", long, Bands(2, 2)), ("short", short, Bands(2, 4))):
        with ShuffleWriter(tmp_path / name, 1, partition_width(1), 3, 100) as writer:
            write_keys(writer, array, 7, cut)
        found.append(np.concatenate([part.copy() for part in read_partition([ShuffleFile(tmp_path / name)], 0)]))
    assert found[0].tolist() == found[1].tolist() == key_rows(short, Bands(2, 4), 7).tolist()
    keys_of = found[0][:, :2].reshape(-1, 2, 2)
    assert (keys_of[0] == keys_of[1]).all(axis=1).tolist() == [False, True]
    with pytest.raises(ValueError, match="2 bands of 3 take 6 values, a signature has 4"):
        signature_values(long, Bands(2, 3))


def test_keys_never_change():
    """Key files of two versions of the program may be joined: the tables are part of the format."""
    factors, starts = key_tables(Bands(2, 3))
    assert factors.shape == (3, 4) and starts.shape == (2, 4)
    assert keys(signatures([[1, 2, 3, 4]]), Bands(2, 2)) == KNOWN


KNOWN = [(15119498730894462615, 9412004296175434979), (15010163206789279354, 10948352093583679250)]


@pytest.mark.parametrize("partitions", [1, 2, 3, 483, 1024])
def test_keys_fall_into_all_partitions(partitions: int, tmp_path: Path):
    values = np.arange(40_000).reshape(10_000, 4).tolist()
    with ShuffleWriter(tmp_path / "keys", partitions, partition_width(partitions), 3, 10_000) as writer:
        write_keys(writer, signatures(values), 0, Bands(2, 2))
    file = ShuffleFile(tmp_path / "keys")
    counts = [file.rows(partition) for partition in range(partitions)]
    mean = 20_000 / partitions
    assert sum(counts) == 20_000 and max(abs(count - mean) for count in counts) < 6 * mean**0.5


def test_what_is_no_signature():
    with pytest.raises(ValueError, match="2 bands of 3 take 6 values, a signature has 4"):
        key_rows(signatures([[1, 2, 3, 4]]), Bands(2, 3))
    with pytest.raises(ValueError, match=r"int32 or int64, found .*int16"):
        key_rows(pa.array([[1]], pa.list_(pa.int16(), 1)), Bands(1, 1))
    with pytest.raises(ValueError, match="null values"):
        key_rows(pa.array([[1, None]], pa.list_(pa.int32(), 2)), Bands(1, 1))
