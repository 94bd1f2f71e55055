"""Files that are whole or not there, and what is in them. Knows nothing else of the package."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def write_whole(path: Path, *contents: bytes | memoryview) -> None:
    """Replace `path` by `contents`, joined, in one step: readers see the old file or the new one."""
    temporary = temporary_of(path)
    with temporary.open("wb") as file:
        for content in contents:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    flush_folder(path.parent)


def temporary_of(path: Path) -> Path:
    """Where `write_whole` writes first; a crash may leave it behind, the next write replaces it."""
    return path.with_name(f".{path.name}.tmp")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
