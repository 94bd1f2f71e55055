"""Blocked Bloom filters: false-positive rates as calculated and as measured, and MB of text a CPU second.

usage: bloom.py RUN [--capacity N]

Rates are measured with random keys: so many different ones are added, then a million others are asked for. Speeds are
of one core, over the documents of a run, read beforehand; the first pass meets new texts, the second one known ones.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from corpusmill.batch import TextBatch
from corpusmill.dedupe.bloom.contents import Marks, mark_ngrams, mark_paragraphs
from corpusmill.dedupe.bloom.filter import BloomFilter
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.dedupe.bloom.rates import Shape, classic_bits, expected_rate

ASKED = 1_000_000
ROWS = 256


def keys(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64 - 1, (count, 2), np.uint64, endpoint=True)


def rates(capacity: int) -> None:
    print("| wanted | bits a key | classic formula: bits, real rate | keys / capacity | calculated | measured |")
    print("|---:|---:|---:|---:|---:|---:|")
    others = keys(ASKED, 1)
    for wanted in (0.1, 0.01, 0.001, 0.0001):
        filter_ = BloomFilter(BloomParameters(capacity, wanted), "benchmark")
        shape = filter_.parameters.shape
        bits = classic_bits(wanted)
        classic = expected_rate(capacity, Shape(round(capacity * bits / 512), max(1, round(bits * np.log(2)))))
        for fill in (0.5, 1, 2, 3):
            filter_.add(keys(int(capacity * (0.5 if fill <= 1 else 1)), 100 + int(2 * fill)))
            calculated = filter_.parameters.expected_rate(int(capacity * fill))
            measured = filter_.contains(others).mean()
            print(
                f"| {wanted:g} | {shape.bytes * 8 / capacity:.2f} | {bits:.2f}: {classic:.2g} | {fill:g} "
                f"| {calculated:.3g} | {measured:.3g} |"
            )


def speeds(texts: pa.Array, capacity: int) -> None:
    size = sum(len(text.as_buffer()) for text in texts) / 1e6
    print(f"\n| over ({size:.1f} MB of text) | filter | new texts, MB/s | known texts, MB/s |")
    print("|---|---:|---:|---:|")
    marks: dict[str, Callable[[BloomFilter, TextBatch], Marks]] = {"paragraph": mark_paragraphs, "ngram": mark_ngrams}
    for over, mark in marks.items():
        for made in (BloomParameters(capacity), BloomParameters(100 * capacity)):
            filter_ = BloomFilter(made, over)
            filter_.bits.fill(0)  # the system's pages are there
            mark(filter_, TextBatch(pa.array(["compiled\nbefore"])))
            found = [f"{size / seconds(lambda: passed(mark, filter_, texts)):.0f}" for _ in range(2)]  # noqa: B023
            print(f"| {over} | {made.shape.bytes / 1e6:,.1f} MB | {' | '.join(found)} |")


def passed(mark: Callable[[BloomFilter, TextBatch], Marks], filter_: BloomFilter, texts: pa.Array) -> None:
    for at in range(0, len(texts), ROWS):
        mark(filter_, TextBatch(texts.slice(at, ROWS)))


def seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--capacity", type=int, default=1_000_000)
    arguments = parser.parse_args()
    files = sorted(map(str, (arguments.run / "documents").rglob("*.parquet")))
    texts = ds.dataset(files, format="parquet").to_table(columns=["raw_content"])["raw_content"]
    rates(arguments.capacity)
    speeds(texts.combine_chunks(), arguments.capacity)


if __name__ == "__main__":
    main()
