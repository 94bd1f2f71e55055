"""What the passes of a search for clusters leave for one another, by name."""

from __future__ import annotations

from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.store import layout


def keys_file(name: str, part: Part) -> str:
    return layout.work(name, f"keys-{part.name}.rows")


def compared_file(name: str, part: Part) -> str:
    """How many documents of the part have nothing to be compared by."""
    return layout.work(name, f"keys-{part.name}.json")


def pairs_file(name: str, task: int) -> str:
    return layout.work(name, f"pairs-{task:05d}.rows")


def met_file(name: str, task: int) -> str:
    """Pairs of a new and an earlier document."""
    return layout.work(name, f"met-{task:05d}.rows")


def candidates_file(name: str) -> str:
    """int64 rows (document, least document of its candidate cluster), ascending by document."""
    return layout.work(name, "candidates.i8")


def members_files(name: str, part: Part) -> tuple[str, str]:
    return layout.work(name, f"members-{part.name}.arrow"), layout.work(name, f"members-{part.name}.u8")


def decided_file(name: str, partition: int) -> str:
    return layout.work(name, f"decided-{partition:05d}.arrow")
