"""Saved filters: going on with one equals one go; damaged, shortened and other files are refused by name."""

from __future__ import annotations

import hashlib
import resource
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.bloom.filter import BloomFilter
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.dedupe.bloom.saved import check, open_filter, save
from corpusmill.errors import ModelRefused

MADE = BloomParameters(500, 0.01)
KEYS = np.random.default_rng(2).integers(0, 2**64 - 1, (2000, 2), np.uint64, endpoint=True)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    filter_ = BloomFilter(MADE, "digest")
    filter_.add(KEYS[:400])
    save(filter_, tmp_path / "seen.bloom")
    return tmp_path / "seen.bloom"


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=80), st.integers(0, 80))
def test_saving_between_changes_nothing(tmp_path_factory: pytest.TempPathFactory, picked: list[int], cut: int):
    path = tmp_path_factory.getbasetemp() / "between.bloom"
    keys = KEYS[picked].reshape(-1, 2)
    whole, first = BloomFilter(MADE, "k"), BloomFilter(MADE, "k")
    expected = whole.add(keys)
    begun = first.add(keys[:cut])
    save(first, path)
    second = open_filter(path, "k")
    np.testing.assert_array_equal(np.concatenate([begun, second.add(keys[cut:])]), expected)
    np.testing.assert_array_equal(second.bits, whole.bits)
    assert second.added == whole.added


def test_what_is_saved(saved: Path):
    filter_ = open_filter(saved, "digest")
    assert check(saved, "digest")[:3] == (MADE, "digest", filter_.added)
    assert check(saved, "digest").sha256 == hashlib.sha256(filter_.bits.tobytes()).hexdigest()
    assert open_filter(saved, "digest").contains(KEYS[:400]).all()
    before = saved.read_bytes()
    save(open_filter(saved, "digest"), saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["seen.bloom"]


def test_every_damaged_byte_is_noticed(saved: Path):
    content = saved.read_bytes()
    check(saved, "digest")
    places = [*range(300), *range(300, len(content), 97), len(content) - 1]
    for place in places:
        saved.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        for read in (open_filter, check):
            with pytest.raises(ModelRefused, match=r"seen\.bloom"):
                read(saved, "digest")


@pytest.mark.parametrize("length", [0, 1, 8, 12, 16, 100, 250, 300, -1])
def test_shortened(saved: Path, length: int):
    content = saved.read_bytes()
    saved.write_bytes(content[:length])
    for read in (open_filter, check):
        with pytest.raises(ModelRefused, match=r"seen\.bloom (is damaged|is no Bloom filter)"):
            read(saved, "digest")


def test_lengthened(saved: Path):
    saved.write_bytes(saved.read_bytes() + b"\0")
    for read in (open_filter, check):
        with pytest.raises(ModelRefused, match="goes on behind its end"):
            read(saved, "digest")


def test_other_keys_and_other_files(saved: Path, tmp_path: Path):
    with pytest.raises(ModelRefused, match="is a filter of keys 'digest'; wanted 'paragraph'"):
        open_filter(saved, "paragraph")
    with pytest.raises(ModelRefused, match="cannot be read: No such file"):
        open_filter(tmp_path / "none.bloom", "digest")
    with pytest.raises(ModelRefused, match="cannot be read: Is a directory"):
        open_filter(tmp_path, "digest")
    (tmp_path / "a.parquet").write_bytes(b"PAR1" * 100)
    with pytest.raises(ModelRefused, match="is no Bloom filter"):
        check(tmp_path / "a.parquet", "digest")


def test_a_disk_that_is_full_leaves_the_old_filter(saved: Path):
    before = saved.read_bytes()
    filter_ = open_filter(saved, "digest")
    filter_.add(KEYS)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(filter_, saved)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert saved.read_bytes() == before
    save(filter_, saved)
    assert open_filter(saved, "digest").added == filter_.added
