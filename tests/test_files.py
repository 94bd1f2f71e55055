"""Hashes of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import corpusmill
from corpusmill.files import sha256_of, sha256_of_file
from corpusmill.pipeline.inputs import code_sha256


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
