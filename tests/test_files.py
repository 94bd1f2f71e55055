"""Files written whole, and hashes of files."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import corpusmill
from corpusmill.files import sha256_of, sha256_of_file, whole_file, write_npy
from corpusmill.pipeline.inputs import code_sha256


@pytest.mark.parametrize(
    "array", [np.arange(10_000), np.zeros(3, [("a", "<u8"), ("b", "?")]), np.float64(2.5), np.zeros((0,), "<i2")]
)
def test_arrays_are_written_as_numpy_does(tmp_path: Path, array):
    write_npy(tmp_path / "a.npy", array)
    np.save(tmp_path / "b.npy", array, allow_pickle=False)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


def test_the_last_byte_that_does_not_fit_is_an_error(tmp_path: Path):
    """NumPy's own writing ends without one where the system has yet to write when it closes the file."""
    write_npy(tmp_path / "a.npy", np.arange(10_000))
    size = (tmp_path / "a.npy").stat().st_size
    script = f"""
import pathlib, resource, signal
import numpy as np
from corpusmill.files import write_npy
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size} - 1, resource.RLIM_INFINITY))
write_npy(pathlib.Path({str(tmp_path / "b.npy")!r}), np.arange(10_000))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "File too large" in ended.stderr


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_files_of_any_size(tmp_path: Path, size: int):
    content = b"x" * size
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sha256_of(path) == hashlib.sha256(content).hexdigest()


def test_what_was_read_is_left_out(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"0123")
    with path.open("rb") as file:
        file.read(2)
        assert sha256_of_file(file) == hashlib.sha256(b"23").hexdigest()


def test_the_hash_of_the_code_is_of_every_file_but_caches():
    package = Path(corpusmill.__file__).parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(path.relative_to(package).as_posix().encode() + b"\0" + content.encode())
    assert code_sha256() == total.hexdigest()


def test_after_an_error_nothing_is_left(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "a") as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
