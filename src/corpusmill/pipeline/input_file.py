"""An input file as it was when the run was planned."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpusmill.files import sha256_of


@dataclass(frozen=True)
class InputFile:
    """What a task reads; `changed` tells whether it still is what was planned."""

    path: str  # absolute: workers may be at home elsewhere
    name: str  # as the documents and the manifest name it: relative to the folder given, or the file's own name
    bytes: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path, name: str) -> InputFile:
        """Bytes of `name` that are no UTF-8 become `\\xff`, in every locale alike."""
        status = path.stat()
        name = os.fsencode(name).decode("utf-8", "backslashreplace")
        return cls(str(path.absolute()), name, status.st_size, status.st_mtime_ns)

    def changed(self) -> bool:
        """Whether the file is no longer the one that was planned."""
        try:
            status = Path(self.path).stat()
        except OSError:
            return True
        return (status.st_size, status.st_mtime_ns) != (self.bytes, self.modified_ns)

    def depends_on(self) -> dict[str, Any]:
        """What of the file a result depends on: not the folder that it lies in, nor how the path to it was written."""
        described = asdict(self)
        del described["path"]
        return described

    def described(self) -> dict[str, Any]:
        return {"path": self.name, "bytes": self.bytes, "sha256": sha256_of(Path(self.path))}
