"""Pages per CPU second of each extractor: the same decoded pages, one process, one thread, warm, one by one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from baselines import EXTRACTORS
from ours import learned_texts

from corpusmill.extract.learned.model import ExtractorModel

PAGES = 120  # of a collection; trafilatura takes 30 ms and more for one
ROUNDS = 7  # in turn, of which the fastest of each counts
SLOW_SECONDS = 1.0  # what takes longer has one round
SEED = 7


@dataclass(frozen=True)
class Speed:
    pages_per_second: float
    megabytes_per_second: float  # of UTF-8


def sample(pages: Sequence[str], count: int = PAGES) -> list[str]:
    """`count` of the pages (all where they are fewer), always the same."""
    return random.Random(SEED).sample(list(pages), min(count, len(pages)))


def speeds(
    pages: Sequence[str], profile: str, extractors: Sequence[str], model: ExtractorModel | None = None
) -> dict[str, Speed]:
    """Of `learned` and of `extractors` (keys of `baselines.EXTRACTORS`), after one call of each that is not counted."""
    megabytes = sum(len(page.encode()) for page in pages) / 1e6
    works: dict[str, Callable[[Sequence[str]], object]] = {"learned": lambda some: learned_texts(some, profile, model)}
    for name in extractors:
        extract = EXTRACTORS[name]
        works[name] = lambda some, extract=extract: [extract(page) for page in some]  # type: ignore[misc]
    best = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work(pages[:5])
    for _ in range(ROUNDS):
        for name, work in works.items():
            if SLOW_SECONDS < best[name] < float("inf"):
                continue
            started = time.process_time()
            work(pages)
            best[name] = min(best[name], time.process_time() - started)
    return {name: Speed(len(pages) / seconds, megabytes / seconds) for name, seconds in best.items()}


def markdown(by_collection: dict[str, dict[str, Speed]]) -> str:
    """Speeds and how many times as fast as resiliparse's main content and trafilatura ours is."""
    lines = [
        "| pages of | extractor | pages per CPU second | MB per CPU second | learned is so many times as fast |",
        "|---|---|---|---|---|",
    ]
    for collection, found in by_collection.items():
        ours = found["learned"].pages_per_second
        lines += [
            f"| {collection} | {name} | {speed.pages_per_second:.0f} | {speed.megabytes_per_second:.1f} | "
            f"{ours / speed.pages_per_second:.2f} |"
            for name, speed in found.items()
        ]
    return "\n".join(lines)
