"""How duplicates are found, and which of them stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from corpusmill.dedupe.decide import MEASURES, Verification
from corpusmill.dedupe.exact import EXACT_KEYS
from corpusmill.dedupe.minhash import Bands
from corpusmill.dedupe.schemes import Scheme, schemes
from corpusmill.dedupe.survivors import policy_mistake

METHODS = ("exact", "minhash")
EXACT = Bands(1, 1)


@dataclass(frozen=True)
class DedupeParameters:
    """Of `corpusmill dedupe`; what a method has no use for must be left as it is.

    `similarity` cuts stored signatures; `verify` is the least exact similarity, None: what the scheme says, 0: none.
    """

    method: str
    key: str = "text"  # exact: what is equal
    scheme: str = "near"  # minhash, see dedupe/schemes.toml
    similarity: float | None = None
    verify: float | None = None
    measure: str = "jaccard"
    keep: str = "first"
    among: str | None = None  # a selection: what it drops is compared with nothing

    def mistakes(self) -> list[str]:
        found = []
        for name, value, known in (
            ("method", self.method, METHODS),
            ("key", self.key, tuple(EXACT_KEYS)),
            ("scheme", self.scheme, tuple(schemes())),
            ("measure", self.measure, MEASURES),
        ):
            if value not in known:
                found.append(f"{name} {value!r} is unknown; wanted one of {', '.join(map(str, known))}")
        if (mistake := policy_mistake(self.keep)) is not None:
            found.append(mistake)
        if self.verify is not None and not 0 <= self.verify <= 1:
            found.append(f"verify {self.verify} is no similarity; wanted a number from 0 (not verified) to 1")
        unused = {"exact": ("similarity", "verify", "measure"), "minhash": ("key",)}.get(self.method, ())
        plain = DedupeParameters(self.method)
        found += [
            f"{name} is of no use to method {self.method!r}; leave it out"
            for name in unused
            if getattr(self, name) != getattr(plain, name)
        ]
        if not found and self.method == "minhash":
            if self.similarity is not None and not self._scheme.similarity:
                found.append(f"scheme {self.scheme!r} has no similarity to choose; use verify")
            try:
                _ = self.cut
            except ValueError as error:
                found.append(str(error))
        return found

    @property
    def default_name(self) -> str:
        """Of duplicates that are given none: `exact_text`, `near`, `redpajama2_0_8`."""
        if self.method == "exact":
            return f"exact_{self.key}"
        similarity = "" if self.similarity is None else f"_{self.similarity}"
        return f"{self.scheme}{similarity}".replace(".", "_")

    @property
    def _scheme(self) -> Scheme:
        return schemes()[self.scheme]

    @property
    def signature(self) -> str | None:
        """Where signatures are from, see Scheme; None: documents are compared by an exact key."""
        return None if self.method == "exact" else self._scheme.signature

    @property
    def shingle_units(self) -> int:
        """Of the shingles that similarities are measured on, and of signatures that are made here."""
        return self._scheme.shingle_units or 5

    @property
    def shingle_hash(self) -> str:
        """Of FineWeb's signatures."""
        return self._scheme.shingle_hash

    @property
    def verification(self) -> Verification | None:
        minimum = self._scheme.verify if self.verify is None else self.verify
        return None if self.method == "exact" or not minimum else Verification(minimum, self.measure)

    @property
    def cut(self) -> Bands:
        if self.method == "exact":
            return EXACT
        return self._scheme.cut(self.similarity or (self.verification.minimum if self.verification else None))

    @property
    def known_similarity(self) -> float | None:
        """Of documents in one cluster, where it need not be measured."""
        return 1.0 if self.method == "exact" else None

    def described(self) -> dict[str, Any]:
        """What decides the result, for hashes and the manifest."""
        among = {} if self.among is None else {"among": self.among}
        if self.method == "exact":
            return {"method": self.method, "key": self.key, "keep": self.keep, **among}
        verification = self.verification
        return {
            **among,
            "method": self.method,
            "scheme": self.scheme,
            "bands": list(self.cut),
            "similarity": self.similarity,
            "verify": verification.minimum if verification else None,
            "measure": self.measure if verification else None,
            "shingle_units": self.shingle_units if verification or self.signature != "stored" else None,
            "keep": self.keep,
        }
