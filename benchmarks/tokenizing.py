"""`corpusmill tokenize`, with reading and writing, against the bare batch speed of public tokenizers on the same cores.

    .venv/bin/python benchmarks/tokenizing.py --texts TEXTS.parquet --tokenizer FILE [--pattern gpt2] [--copies 3]

TEXTS.parquet has a column `text`; `--copies` of it are written as one input a core, so that both have as much to do.
Bare: the texts of all inputs as Python strings, one call of the package's fastest batch function with as many threads
as there are cores, its result thrown away; the tokenizer is loaded before, and anew for each round: what it keeps of
the pieces of a round before would be no speed at a corpus, which is encoded once; but rounds after the first have the
memory, and the strings' UTF-8, of those before. Ours, twice: the whole command as a process of its own, from its start
to its end (interpreter, imports, worker processes, Parquet, manifest, files flushed to disk); and as the second command
of a process ("begun"), which has imported what it needs, as theirs has: the same but for interpreter and imports. The
rounds alternate, the best of each counts; `--bare first`: each call of a package is the first one of its process, of
memory that it did not have before. Ids are compared document by document.
"""

from __future__ import annotations

import argparse
import functools
import json
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


def public(path: Path, pattern: str, only: list[str] | None = None) -> dict[str, Load]:
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
        if only and name not in only:
            continue
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


_BEGUN = """
import json, os, sys, time
from corpusmill.cli.main import main
small, inputs, options, out = json.loads(sys.argv[1])
assert main(["tokenize", small, *options, "--out", out + "-small"]) == 0
clock, cpu = time.perf_counter(), sum(os.times()[:4])
assert main(["tokenize", *inputs, *options, "--out", out]) == 0
print(json.dumps([time.perf_counter() - clock, sum(os.times()[:4]) - cpu]))
"""


class Inputs(NamedTuple):
    """Files of as many texts each, a core one, and a file of one text."""

    files: list[str]
    small: str

    @classmethod
    def of(cls, texts: list[str], folder: Path) -> Inputs:
        parts = {f"texts-{number}": texts[number :: cores()] for number in range(cores())} | {"small": texts[:1]}
        for name, part in parts.items():
            pq.write_table(pa.table({"text": part}), folder / f"{name}.parquet", compression="zstd")
        *files, small = (str(folder / f"{name}.parquet") for name in parts)
        return cls(files, small)


def whole_command(inputs: Inputs, options: list[str], out: Path) -> Seconds:
    """Of a process of its own."""
    command = [sys.executable, "-m", "corpusmill.cli.main", "tokenize", *inputs.files, *options, "--out", str(out)]
    return seconds_of(lambda: subprocess.run(command, check=True, capture_output=True))


def second_command(inputs: Inputs, options: list[str], out: Path) -> Seconds:
    """Of a process that had one text before."""
    given = json.dumps([inputs.small, inputs.files, options, str(out)])
    done = subprocess.run([sys.executable, "-c", _BEGUN, given], check=True, capture_output=True)
    return Seconds(*json.loads(done.stdout.splitlines()[-1]))


def bare(load: Load, texts: list[str]) -> Seconds:
    encode, _ = load()
    return seconds_of(lambda: encode(texts))


def first_bare(name: str) -> Seconds:
    """The same of a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--call", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Seconds(*json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--pattern", default="gpt2", help="of a file of ranks")
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="these packages")
    parser.add_argument("--bare", choices=("warm", "first"), default="warm", help="calls of the packages")
    parser.add_argument("--call", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    column = pq.read_table(arguments.texts, columns=["text"])["text"].combine_chunks()
    texts = [text for _ in range(arguments.copies) for text in column.to_pylist()]
    encoders = public(arguments.tokenizer, arguments.pattern, [arguments.call] if arguments.call else arguments.only)
    if arguments.call:
        print(json.dumps(bare(encoders[arguments.call], texts)))
        return
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    options = ["--tokenizer", str(arguments.tokenizer)]
    options += ["--pattern", arguments.pattern] if ".tiktoken" in arguments.tokenizer.suffixes else []
    with tempfile.TemporaryDirectory() as folder:
        inputs = Inputs.of(texts, Path(folder))
        ours = {"corpusmill": whole_command, "corpusmill, begun": second_command}
        best = dict.fromkeys([*encoders, *ours], Seconds())
        for number in range(arguments.rounds):
            for name in best:
                out = Path(folder, f"{name}-{number}")
                if name in ours:
                    taken = ours[name](inputs, options, out)
                else:
                    taken = bare(encoders[name], texts) if arguments.bare == "warm" else first_bare(name)
                best[name] = best[name].least(taken)
                print(f"{name}: {taken.clock:.2f} s, {taken.cpu:.2f} CPU s", file=sys.stderr)
                if number and out.exists():
                    shutil.rmtree(out)
        compare(Path(folder, "corpusmill-0"), encoders, texts[: len(texts) // arguments.copies])
    head = f"{arguments.tokenizer.name}, {megabytes:.0f} MB, {cores()} cores"
    print(f"| {head} | s | CPU s | its s ÷ ours | CPU | ÷ begun | CPU |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, taken in best.items():
        ratios = [mine / own for each in ours for mine, own in zip(taken, best[each], strict=True)]
        print(f"| {name} | {taken.clock:.2f} | {taken.cpu:.2f} |" + "".join(f" {ratio:.2f} |" for ratio in ratios))


def compare(out: Path, encoders: dict[str, Load], texts: list[str]) -> None:
    """Counts the texts, the first of all, whose ids in `out` are those of each package."""
    whole = [shard.open() for shard in TokenFolder.open(out).shards]
    ours = [whole[place % cores()][place // cores()].tolist() for place in range(len(texts))]
    for name, load in encoders.items():
        encode, rows = load()
        same = sum(one == other for one, other in zip(rows(encode(texts)), ours, strict=True))
        print(f"{name}: the same ids for {same} of {len(ours)} documents", file=sys.stderr)


if __name__ == "__main__":
    main()
