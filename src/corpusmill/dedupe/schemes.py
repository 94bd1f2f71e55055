"""Schemes of near-duplicate search: published ones and our own, from schemes.toml."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from corpusmill.dedupe.minhash import Bands

MISSED = 5e-4  # most chance that two documents of just the wanted similarity share no band
MOST_VALUES, LEAST_ROWS = 128, 3


@dataclass(frozen=True)
class Scheme:
    """`signature`: "stored" with the run (RedPajama-V2's), over "shingles" of `shingle_units` (shingles.py), "fineweb".

    For "fineweb" see fineweb.py: `shingle_hash` is one of its hashes, `bands` are of its values.
    """

    name: str
    source: str
    signature: str
    shingle_units: int = 0
    shingle_hash: str = ""
    bands: Bands | None = None  # None: by similarity
    similarity: tuple[tuple[float, Bands], ...] = ()  # cuts of stored signatures
    verify: float | None = None

    def cut(self, similarity: float | None) -> Bands:
        """How signatures are cut for documents of `similarity`; raises ValueError where the scheme has no such cut."""
        if self.bands is not None:
            return self.bands
        if self.similarity:
            cuts = dict(self.similarity)
            if similarity not in cuts:
                raise ValueError(f"similarity {similarity} is unknown; wanted one of {', '.join(map(str, cuts))}")
            return cuts[similarity]
        if similarity is None:
            raise ValueError(f"scheme {self.name} cuts signatures by the similarity to verify; give one")
        return bands_for(similarity)


def bands_for(similarity: float) -> Bands:
    """The most rows with which bands of at most MOST_VALUES values miss a pair of `similarity` by a chance of MISSED.

    Where that leaves fewer than LEAST_ROWS, LEAST_ROWS and more values: shorter bands make everything a candidate.

    >>> bands_for(0.8), bands_for(0.5)
    (Bands(bands=20, rows=5), Bands(bands=57, rows=3))
    """
    if not 0 < similarity <= 1:
        raise ValueError(f"wanted a similarity above 0, at most 1, found {similarity}")
    best = Bands(_bands(similarity, LEAST_ROWS), LEAST_ROWS)
    rows = LEAST_ROWS + 1
    while rows <= MOST_VALUES and (bands := _bands(similarity, rows)) * rows <= MOST_VALUES:
        best, rows = Bands(bands, rows), rows + 1
    return best


def _bands(similarity: float, rows: int) -> int:
    hit = similarity**rows
    return 1 if hit == 1 else math.ceil(math.log(MISSED) / math.log1p(-hit))


@cache
def schemes() -> dict[str, Scheme]:
    """All schemes by name."""
    described = tomllib.loads((resources.files("corpusmill.dedupe") / "schemes.toml").read_text("utf-8"))
    return {name: _scheme(name, fields) for name, fields in described.items()}


def _scheme(name: str, fields: dict[str, object]) -> Scheme:
    cuts = fields.pop("similarity", {})
    bands = fields.pop("bands", None)
    assert isinstance(cuts, dict)
    return Scheme(
        name,
        bands=None if bands is None else Bands(*bands),  # type: ignore[misc]
        similarity=tuple((float(similarity), Bands(*cut)) for similarity, cut in cuts.items()),
        **fields,  # type: ignore[arg-type]
    )
