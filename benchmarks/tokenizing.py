"""`corpusmill tokenize`, with reading and writing, against the bare batch speed of public tokenizers on the same cores.

    .venv/bin/python benchmarks/tokenizing.py --texts TEXTS.parquet --tokenizer FILE [--pattern gpt2] [--copies 3]

TEXTS.parquet has a column `text`; `--copies` of it are written as one input a core, so that both have as much to do.
Bare: the texts of all inputs as Python strings, one call of the package's fastest batch function with as many threads
as there are cores, its result thrown away; the tokenizer is loaded before, and anew for each round: what it keeps of
the pieces of a round before would be no speed at a corpus, which is encoded once; but rounds after the first have the
memory, and the strings' UTF-8, of those before. Ours: the whole command as a process
of its own, from its start to its end: interpreter, imports, worker processes, Parquet, manifest, files flushed to disk.
The rounds alternate, the best of each counts. Ids are compared document by document.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.pipeline.engines.local import cores
from corpusmill.tokenize.folder import TokenFolder

Encode = Callable[[list[str]], Any]
Rows = Callable[[Any], list[list[int]]]
Load = Callable[[], tuple[Encode, Rows]]


def public(path: Path, pattern: str) -> dict[str, Load]:
    """Packages that read the file: what loads the fastest call that encodes a batch, and how its result is read."""
    known: dict[str, Callable[[Path, str], tuple[Encode, Rows]]]
    if ".tiktoken" in path.suffixes:
        known = {"tiktoken": _tiktoken, "fastokens": _fastokens_of_ranks, "gigatoken": _gigatoken_of_ranks}
    elif path.suffix == ".json":
        known = {"tokenizers": _tokenizers, "fastokens": _fastokens, "gigatoken": _gigatoken}
    else:
        known = {"sentencepiece": _sentencepiece, "gigatoken": _gigatoken}
    found: dict[str, Load] = {}
    for name, add in known.items():
        try:
            add(path, pattern)
            found[name] = functools.partial(add, path, pattern)
        except BaseException as error:  # panics of engines are no Exceptions
            if isinstance(error, KeyboardInterrupt):
                raise
            reason = str(error).splitlines()[0]
            print(f"{name}: not measured, it does not read the file: {reason}", file=sys.stderr)
    return found


def _tiktoken(path: Path, pattern: str) -> tuple[Encode, Rows]:
    import tiktoken

    from corpusmill.tokenize.ranks import _parsed, patterns

    ranks = _parsed(path.read_bytes())
    own = tiktoken.Encoding("x", pat_str=patterns()[pattern].pattern, mergeable_ranks=ranks, special_tokens={})
    return lambda texts: own.encode_ordinary_batch(texts, num_threads=cores()), list


def _sentencepiece(path: Path, pattern: str) -> tuple[Encode, Rows]:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return lambda texts: processor.encode(texts, out_type="numpy", num_threads=cores()), _of_arrays


def _tokenizers(path: Path, pattern: str) -> tuple[Encode, Rows]:
    import tokenizers

    hub = tokenizers.Tokenizer.from_file(str(path))
    return lambda texts: hub.encode_batch_fast(texts, add_special_tokens=False), lambda found: [e.ids for e in found]


def _fastokens(path: Path, pattern: str) -> tuple[Encode, Rows]:
    import fastokens

    own = fastokens.Tokenizer.from_file(str(path))
    return lambda texts: own.encode_batch_flat(texts, False), _of_flat


def _fastokens_of_ranks(path: Path, pattern: str) -> tuple[Encode, Rows]:
    import fastokens

    from corpusmill.tokenize.ranks import patterns

    own = fastokens.Tokenizer.from_tiktoken(str(path), patterns()[pattern].pattern)
    return lambda texts: own.encode_batch_flat(texts, False), _of_flat


def _gigatoken(path: Path, pattern: str) -> tuple[Encode, Rows]:
    import gigatoken

    own = gigatoken.Tokenizer(str(path))
    return lambda texts: own.encode_batch(texts), lambda found: found.tolist()


def _gigatoken_of_ranks(path: Path, pattern: str) -> tuple[Encode, Rows]:
    import gigatoken

    own = gigatoken.Tokenizer.from_tiktoken(str(path), pretokenizer=pattern)
    return lambda texts: own.encode_batch(texts), lambda found: found.tolist()


def _of_arrays(found: Any) -> list[list[int]]:
    return [row.tolist() for row in found]


def _of_flat(found: tuple[bytes, bytes]) -> list[list[int]]:
    ids, ends = np.frombuffer(found[0], "<u4"), np.frombuffer(found[1], "<u8").astype(np.int64)
    return _of_arrays(np.split(ids, ends[1:-1]))


class Seconds(NamedTuple):
    """By the clock, and of all processors: of this process and of its children that have ended."""

    clock: float = float("inf")
    cpu: float = float("inf")

    def least(self, other: Seconds) -> Seconds:
        return Seconds(*map(min, self, other))


def seconds_of(work: Callable[[], object]) -> Seconds:
    clock, cpu = time.perf_counter(), sum(os.times()[:4])
    work()
    return Seconds(time.perf_counter() - clock, sum(os.times()[:4]) - cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--pattern", default="gpt2", help="of a file of ranks")
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="these packages")
    arguments = parser.parse_args()
    column = pq.read_table(arguments.texts, columns=["text"])["text"].combine_chunks()
    texts = column.to_pylist() * arguments.copies
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    encoders = public(arguments.tokenizer, arguments.pattern)
    encoders = {name: known for name, known in encoders.items() if not arguments.only or name in arguments.only}
    pattern = ["--pattern", arguments.pattern] if ".tiktoken" in arguments.tokenizer.suffixes else []
    with tempfile.TemporaryDirectory() as folder:
        inputs = []
        for number in range(cores()):
            part = pa.table({"text": texts[number :: cores()]})
            inputs.append(Path(folder, f"texts-{number}.parquet"))
            pq.write_table(part, inputs[-1], compression="zstd")
        best = dict.fromkeys([*encoders, "corpusmill"], Seconds())
        for number in range(arguments.rounds):
            for name, load in encoders.items():
                encode, _ = load()
                taken = seconds_of(lambda encode=encode: encode(texts))  # type: ignore[misc]
                best[name] = best[name].least(taken)
                print(f"{name}: {taken.clock:.2f} s, {taken.cpu:.2f} CPU s", file=sys.stderr)
            out = Path(folder, f"out-{number}")
            command = [sys.executable, "-m", "corpusmill.cli.main", "tokenize", *map(str, inputs)]
            command += ["--tokenizer", str(arguments.tokenizer), *pattern, "--out", str(out)]
            run = seconds_of(lambda command=command: subprocess.run(command, check=True, capture_output=True))  # type: ignore[misc]
            best["corpusmill"] = best["corpusmill"].least(run)
            print(f"corpusmill: {run.clock:.2f} s, {run.cpu:.2f} CPU s", file=sys.stderr)
            if number:
                shutil.rmtree(out)
        shards = TokenFolder.open(Path(folder, "out-0")).shards
        whole = [shard.open() for shard in shards]
        places = range(len(texts) // arguments.copies)
        ours = [whole[place % cores()][place // cores()].tolist() for place in places]
        for name, load in encoders.items():
            encode, rows = load()
            theirs = rows(encode(texts[: len(places)]))
            same = sum(one == other for one, other in zip(theirs, ours, strict=True))
            print(f"{name}: the same ids for {same} of {len(ours)} documents", file=sys.stderr)
    head = f"{arguments.tokenizer.name}, {megabytes:.0f} MB, {cores()} cores"
    print(f"| {head} | s | CPU s | its s ÷ ours | its CPU s ÷ ours |")
    print("|---|---:|---:|---:|---:|")
    ours_taken = best["corpusmill"]
    for name, taken in best.items():
        ratios = f"{taken.clock / ours_taken.clock:.2f} | {taken.cpu / ours_taken.cpu:.2f}"
        print(f"| {name} | {taken.clock:.2f} | {taken.cpu:.2f} | {ratios} |")


if __name__ == "__main__":
    main()
