"""The trained extractor: a lexicon and two stages of trees, one file, the same bytes for the same training."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path

import numpy as np

from corpusmill.errors import ModelRefused
from corpusmill.extract.learned.features import FEATURES, Candidates, Floats
from corpusmill.extract.learned.lexicon import MARKS, Lexicon
from corpusmill.files import write_whole
from corpusmill.models.trees.model import DAMAGE, TreeModel, archive_of, from_bytes

FORMAT = 1
SHIPPED = "extractor.npz"

_LEXICON = {"tokens": np.uint64, "token_scores": np.float32, "words": np.uint64, "word_scores": np.float32}


@dataclass(frozen=True, eq=False)
class ExtractorModel:
    """What says of each block how likely it belongs to the main content of its page."""

    lexicon: Lexicon
    first: TreeModel  # both over features.FEATURES; the first stage does not ask for what it makes itself
    second: TreeModel

    @staticmethod
    def load(path: Path) -> ExtractorModel:
        """The model in a file; ModelRefused where there is none, or it is damaged or made for other features."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelRefused(f"{path}: {error.strerror}; wanted a model of `corpusmill train extractor`") from error
        return _from_bytes(content, str(path))

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_whole(path, self.content)

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file."""
        return archive_of(
            {
                "format": np.array([FORMAT], np.int32),
                "marks": _bytes("\n".join(MARKS).encode()),
                **{name: getattr(self.lexicon, name) for name in _LEXICON},
                "first": _bytes(self.first.content),
                "second": _bytes(self.second.content),
            }
        )

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def probabilities(self, candidates: Candidates) -> Floats:
        """How likely each candidate is main content; fills the columns of its second stage."""
        candidates.add_context(self.first.probabilities(candidates.features))
        return self.second.probabilities(candidates.features)


@cache
def shipped_model() -> ExtractorModel:
    """The model that comes with the package."""
    return _from_bytes(resources.files(__package__).joinpath(SHIPPED).read_bytes(), SHIPPED)


def _bytes(content: bytes) -> np.ndarray:
    return np.frombuffer(content, np.uint8)


def _from_bytes(content: bytes, where: str) -> ExtractorModel:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if archive["format"].tolist() != [FORMAT] or archive["marks"].tobytes().decode().split("\n") != [*MARKS]:
                raise ValueError("it was made by another version")
            columns = {name: archive[name] for name in _LEXICON}
            trees = [archive[name].tobytes() for name in ("first", "second")]
    except DAMAGE as error:
        raise ModelRefused(f"{where} is no model of an extractor: {error}; train it again") from error
    first, second = (from_bytes(part, f"{where}, stage {number}") for number, part in enumerate(trees, 1))
    if first.feature_names != FEATURES or second.feature_names != FEATURES:
        raise ModelRefused(f"{where} asks for other features than this version has: train it again")
    for name, kind in _LEXICON.items():
        if columns[name].dtype != kind or columns[name].ndim != 1:
            raise ModelRefused(f"{where} is damaged: {name} is {columns[name].dtype} of shape {columns[name].shape}")
    for hashes, scores in (("tokens", "token_scores"), ("words", "word_scores")):
        rising = (columns[hashes][1:] > columns[hashes][:-1]).all() and not (columns[hashes][:1] == 0).any()
        if len(columns[hashes]) != len(columns[scores]) or not rising or not np.isfinite(columns[scores]).all():
            raise ModelRefused(f"{where} is damaged: its {hashes} are no sorted list with a score each")
    return ExtractorModel(Lexicon(**columns), first, second)
