"""A trained extractor as a folder: `extractor.npz` and `model.json`, the card with its hash; or the file alone."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

from corpusmill.errors import ModelRefused
from corpusmill.files import sha256_of
from corpusmill.models.card import read_card

KIND = "extractor"
MODEL = "extractor.npz"


def model_file(path: Path) -> Path:
    """The file of the model at `path`; ModelRefused where there is none, or a folder is not what its card recorded."""
    if path.is_dir():
        read_card(path, KIND)
        return path / MODEL
    if not path.is_file():
        raise ModelRefused(f"extract.model: {path} does not exist; wanted a model of corpusmill train extractor")
    return path


def extractor_sha256(path: str | None) -> str:
    """What decides the texts: the hash of the model at `path`, which is tried; None: of the bundled one."""
    if path is None:
        shipped = resources.files("corpusmill.extract.learned").joinpath(MODEL).read_bytes()
        return hashlib.sha256(shipped).hexdigest()
    from corpusmill.extract.learned.model import ExtractorModel  # loads kernels

    file = model_file(Path(path))
    ExtractorModel.load(file)
    return sha256_of(file)
