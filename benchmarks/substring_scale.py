"""Repeated passages in a table of texts: CPU seconds, MB/s and peak memory, by windows and by suffix array.

usage: substring_scale.py [--times N…] [--memory MIB] TEXT.parquet

TEXT.parquet has a column `text`; blank and repeated texts are left out. For N times the texts, letters of the further
rounds are rotated in the alphabet, so that each round repeats within itself what the first one does, and of another
only passages without letters. Each way has a process of its own and is measured in there, when kernels are compiled and
texts read: CPU and wall seconds, and how far memory rises above what it is then. Prints Markdown; exits with 1 where
the two ways find different spans.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import string
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.batch import TextBatch
from corpusmill.dedupe.substrings.parameters import SubstringParameters
from corpusmill.dedupe.substrings.repeats import Suffixes, repeated_passages
from corpusmill.dedupe.substrings.search import BATCH_TEXTS, Marked, repeated_spans
from corpusmill.dedupe.substrings.windows import tokens_of
from measure import usage_of

WAYS = {
    "windows_first": ("windows", SubstringParameters()),
    "windows_all": ("windows", SubstringParameters(keep="all")),
    "suffix_array_first": ("suffix_array", SubstringParameters()),
    "suffix_array_all": ("suffix_array", SubstringParameters(keep="all")),
}


def texts_of(path: str, times: int) -> pa.Array:
    texts = dict.fromkeys(text for text in pq.read_table(path, columns=["text"])["text"].to_pylist() if text.strip())
    lower, upper = string.ascii_lowercase, string.ascii_uppercase
    rounds = []
    for turn in range(times):
        turned = str.maketrans(lower + upper, lower[turn:] + lower[:turn] + upper[turn:] + upper[:turn])
        rounds.append(pa.array([text.translate(turned) for text in texts], pa.large_string()))
    return pa.concat_arrays(rounds)


def by_suffix_array(texts: pa.Array, parameters: SubstringParameters) -> list[list[tuple[int, int]]]:
    def batches() -> Iterator[TextBatch]:
        return (TextBatch(texts.slice(at, BATCH_TEXTS)) for at in range(0, len(texts), BATCH_TEXTS))

    suffixes = Suffixes(tokens_of(batch) for batch in batches())
    marked = Marked(len(suffixes.ids) - len(texts), 0)
    marked.mark([suffixes.copies(parameters.min_tokens, parameters.keep)])
    del suffixes
    found = (marked.spans(batch, parameters) for batch in batches())
    return [spans.of(text) for spans in found for text in range(len(spans.offsets) - 1)]


def step(name: str, path: str, times: int, memory_bytes: int) -> None:
    warm = pa.array([f"some words of text {n // 2} to compile with" for n in range(20)])
    for _, parameters in WAYS.values():
        repeated_spans(warm, SubstringParameters(3, parameters.keep))
        by_suffix_array(warm, SubstringParameters(3, parameters.keep))
    repeated_passages(warm, 3)
    texts = texts_of(path, times)
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory is counted anew
    before, cpu, wall = memory_mib("VmRSS"), time.process_time(), time.monotonic()
    way, parameters = WAYS[name]
    found = repeated_spans(texts, parameters, memory_bytes) if way == "windows" else by_suffix_array(texts, parameters)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    counted = {
        "cpu": cpu,
        "wall": wall,
        "mib": memory_mib("VmHWM") - before,
        "texts": len(texts),
        "bytes": int(np.diff(TextBatch(texts).offsets).sum()),
        "spans": sum(map(len, found)),
        "characters": sum(end - start for spans in found for start, end in spans),
        "sha256": hashlib.sha256(json.dumps(found).encode()).hexdigest(),
    }
    print(json.dumps(counted))


def memory_mib(line: str) -> float:
    (found,) = re.findall(rf"^{line}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found) / 1024


def main() -> None:
    if sys.argv[1:2] == ["--step"]:
        step(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts")
    parser.add_argument("--times", nargs="+", type=int, default=[1])
    parser.add_argument("--memory", type=int, default=64, help="MiB, of the search by windows")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, ", end="")
    print(f"{time.strftime('%Y-%m-%d')}; passages of 50 tokens; windows in {arguments.memory} MiB\n")
    print("| texts | MB | | CPU s | MB / CPU s | wall s | peak MiB | spans | characters |")
    print("|---:|---:|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        for times in arguments.times:
            hashes: dict[str, str] = {}
            for name, (_, parameters) in WAYS.items():
                command = [sys.executable, __file__, "--step", name, arguments.texts, times, arguments.memory << 20]
                usage_of(list(map(str, command)), log)
                found = json.loads(log.read_text())
                megabytes = found["bytes"] / 1e6
                print(
                    f"| {found['texts']:,} | {megabytes:.1f} | {name} | {found['cpu']:.1f} "
                    f"| {megabytes / found['cpu']:.1f} | {found['wall']:.1f} | {found['mib']:.0f} "
                    f"| {found['spans']:,} | {found['characters']:,} |",
                    flush=True,
                )
                if hashes.setdefault(parameters.keep, found["sha256"]) != found["sha256"]:
                    sys.exit(f"{name} finds other spans than windows")


if __name__ == "__main__":
    main()
