"""`corpusmill train classifier --positive PATH… --negative PATH… --out MODEL`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpusmill.cli.common import Verbs, positive
from corpusmill.errors import EXIT_DONE


def add(kinds: Verbs) -> None:
    parser = kinds.add_parser("classifier", help="fastText classifier: like the target, not like the crawl")
    documents = "documents: text files with one a line, JSON lines, Parquet, run folders; .gz .zst .xz .bz2"
    parser.add_argument("--positive", required=True, nargs="+", metavar="PATH", type=Path, help=documents)
    parser.add_argument(
        "--negative", required=True, nargs="+", metavar="PATH", type=Path, help="the same, labelled __label__cc"
    )
    parser.add_argument("--whole-file", action="store_true", help="a text file is one document, not one a line")
    parser.add_argument("--out", required=True, metavar="MODEL", type=Path, help="folder of model.bin and model.json")
    parser.add_argument("--preset", default="rpv2", metavar="NAME", help="rpv2 (fastText's defaults), dclm (bigrams)")
    parser.add_argument("--label", default="target", metavar="NAME", help="__label__NAME is what positives are called")
    parser.add_argument("--epoch", type=positive, metavar="N", help="passes over the text (5)")
    parser.add_argument("--dim", type=positive, metavar="N", help="numbers a word (100)")
    parser.add_argument("--lr", type=float, metavar="X", help="learning rate at the beginning (0.1)")
    parser.add_argument("--word-ngrams", type=positive, metavar="N", help="longest n-gram of words (1; dclm: 2)")
    parser.add_argument("--min-count", type=positive, metavar="N", help="leave out words that occur less often (1)")
    parser.add_argument("--minn", type=int, metavar="N", help="shortest n-gram of characters (0)")
    parser.add_argument("--maxn", type=int, metavar="N", help="longest n-gram of characters (0: none)")
    parser.add_argument("--bucket", type=positive, metavar="N", help="rows for n-grams (2000000)")
    parser.add_argument("--seed", type=int, metavar="N", help="of first weights and order (0)")
    parser.add_argument(
        "--held-out", type=float, default=0.0, metavar="PART", help="keep this part apart, and measure on it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.models.card import text_hashes
    from corpusmill.models.fasttext.classifier import train_classifier
    from corpusmill.models.fasttext.parameters import preset
    from corpusmill.read.texts import batches_of, text_files, texts_of

    names = ("epoch", "dim", "lr", "word_ngrams", "min_count", "minn", "maxn", "bucket", "seed")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    parameters = dataclasses.replace(preset(arguments.preset), **given)
    files: dict[str, list[Path]] = {}
    for side in ("positive", "negative"):
        found = [file for path in getattr(arguments, side) for file in text_files(path)]
        files[side] = sorted(found, key=lambda file: (file.name, str(file)))

    def texts(paths: Sequence[Path]) -> Iterator[str]:
        for path in paths:
            yield from texts_of(path, arguments.whole_file)

    trained = train_classifier(
        batches_of(texts(files["positive"])),
        batches_of(texts(files["negative"])),
        arguments.label,
        parameters,
        arguments.out,
        {f"{side}/{name}": sha256 for side in files for name, sha256 in text_hashes(files[side]).items()},
        arguments.held_out,
        _show if sys.stderr.isatty() else lambda done: None,
    )
    if trained.empty:
        print(f"corpusmill: {trained.empty:,} documents without a word were left out", file=sys.stderr)
    for label, count in trained.texts.items():
        print(f"{label}  {count:,} documents")
    print(f"words  {trained.words:,}")
    print(f"mean loss  {trained.mean_loss:.6f}")
    if trained.held_out is not None:
        auc = "none, as they have one label" if trained.held_out.auc is None else f"{trained.held_out.auc:.6f}"
        print(f"held out  {trained.held_out.texts:,} documents")
        print(f"accuracy  {trained.held_out.accuracy:.6f}")
        print(f"auc  {auc}")
    print(f"model  {trained.folder}")
    return EXIT_DONE


def _show(done: float) -> None:
    end = "\n" if done == 1 else ""
    print(f"\rtrain {done:4.0%}", end=end, file=sys.stderr, flush=True)
