"""Lay NLTK's Punkt parameters (punkt_tab) into a folder where NLTK looks, from a wheel of the package index.

    python tools/fetch_punkt.py .venv/nltk_data

NLTK offers them by `python -m nltk.downloader punkt_tab`, which needs a host that many networks do not reach; the wheel
carries the same files. They are not shipped with corpusmill: their licence is nowhere stated.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "llama_index_core-0.14.25-py3-none-any.whl"
REQUIREMENT = "llama-index-core==0.14.25"
SHA256 = "caa7d9c5ac9b13dc33400cf8d5e92e689b6d1e4497eb9bfa50d6f52ca2eb22a1"
WITHIN = "llama_index/core/_static/nltk_cache/"
WANTED = WITHIN + "tokenizers/punkt_tab/"


def main() -> None:
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        download = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*download, "--only-binary=:all:", "-d", temporary, REQUIREMENT], check=True)
        wheel = Path(temporary) / WHEEL
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != SHA256:
            sys.exit(f"{WHEEL} has SHA-256 {found}; wanted {SHA256}")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith(WANTED) and not name.endswith("/"):
                    path = folder / name.removeprefix(WITHIN)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.read(name))


if __name__ == "__main__":
    main()
