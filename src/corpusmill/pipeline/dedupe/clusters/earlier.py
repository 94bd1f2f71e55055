"""Earlier runs that a search goes on from: their documents come first, and are not compared with one another again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from pathlib import Path
from typing import Any

import orjson

from corpusmill.dedupe.index import EarlierIndex
from corpusmill.errors import RunRefused, nearest
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.parts import Part, cut_in_parts
from corpusmill.store import layout, manifest


@dataclass(frozen=True)
class Earlier:
    """One of them, after the earlier ones that it went on from itself."""

    run: str  # its folder
    fingerprint: str  # of what was found there
    keys: tuple[Key, ...]
    firsts: tuple[int, ...]  # number of the first document of each key, and of the first after the last key
    index_files: int

    @property
    def end(self) -> int:
        return self.firsts[-1]

    def index(self, name: str) -> EarlierIndex:
        root = Path(self.run)
        keys = tuple(root / layout.index_keys(name, number) for number in range(self.index_files))
        return EarlierIndex(keys, root / layout.index_candidates(name), root / layout.index_members(name))

    def parts(self, place: int) -> list[Part]:
        """Its documents, `place` being its own among the earlier runs."""
        return cut_in_parts(self.keys, self.firsts, f"e{place}-", self.run)


def earlier_runs(runs: Sequence[Path], name: str, parameters: DedupeParameters) -> tuple[Earlier, ...]:
    """Raises RunRefused where one has no such search, or one by other parameters, or they are no chain."""
    chain: list[Earlier] = []
    for run in runs:
        described = manifest.read_run(run)
        found = described["duplicates"].get(name)
        if found is None:
            hint = nearest(name, described["duplicates"])
            raise RunRefused(f"{run} has no duplicates {name!r} to go on from.{hint}  (see --name)")
        _refuse_different(run, found, parameters)
        known = tuple(found["against"])
        if known != tuple(each.fingerprint for each in chain):
            raise RunRefused(
                f"{run} went on from {len(known)} earlier runs, which must stand before it: "
                "name them all in their order, --against FIRST SECOND …"
            )
        outputs = described["outputs"]
        if layout.index_documents(name) not in outputs:
            raise RunRefused(
                f"{run} has no index of {name!r}; it was left out: run dedupe there again without --no-index"
            )
        documents = orjson.loads((run / layout.index_documents(name)).read_bytes())
        keys = tuple(Key.parse(path) for path, _ in documents["keys"])
        firsts = tuple(accumulate((rows for _, rows in documents["keys"]), initial=documents["first"]))
        files = next(number for number in count() if layout.index_keys(name, number) not in outputs)
        chain.append(Earlier(str(run.resolve()), fingerprint(outputs, name), keys, firsts, files))
    return tuple(chain)


def _refuse_different(run: Path, found: dict[str, Any], parameters: DedupeParameters) -> None:
    for field, wanted in parameters.described().items():
        if found.get(field) != wanted:
            raise RunRefused(f"{run} was searched with {field} = {found.get(field)!r}, not {wanted!r}; use the same")


def fingerprint(outputs: dict[str, str], name: str) -> str:
    """Of all files that the search `name` left in a run."""
    own = {path: sha256 for path, sha256 in outputs.items() if path.startswith(layout.clusters_folder(name))}
    return hashlib.sha256(orjson.dumps(own, option=orjson.OPT_SORT_KEYS)).hexdigest()
