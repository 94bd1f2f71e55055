"""`corpusmill train importance --language L --crawl PATH… --target NAME PATH… --out ARTIFACTS`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE, RecipeError


def add(kinds: Verbs) -> None:
    parser = kinds.add_parser("importance", help="tables of hashed words: like a target, not like the crawl (DSIR)")
    parser.add_argument("--language", required=True, metavar="L", help="code of the language, as en")
    documents = "documents: text files with one a line, JSON lines, Parquet, run folders; .gz .zst .xz .bz2"
    parser.add_argument("--crawl", required=True, nargs="+", metavar="PATH", type=Path, help=documents)
    parser.add_argument(
        "--target", required=True, nargs="+", action="append", metavar="NAME PATH",
        help="a name and its documents, as wikipedia wiki.txt.xz; again for another target",
    )  # fmt: skip
    parser.add_argument("--whole-file", action="store_true", help="a text file is one document, not one a line")
    parser.add_argument("--out", required=True, metavar="ARTIFACTS", type=Path, help="written below it: dsir/L/")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.models.card import text_hashes
    from corpusmill.models.importance.tables import CRAWL
    from corpusmill.models.importance.train import train_importance
    from corpusmill.read.texts import batches_of, text_files, texts_of

    given: dict[str, Sequence[Path]] = {CRAWL: arguments.crawl}
    mistakes = []
    for name, *paths in arguments.target:
        if not paths:
            mistakes.append(f"--target {name}: wanted a name and its documents, as --target wikipedia wiki.txt.xz")
        if name in given:
            mistakes.append(f"--target {name}: this name is taken; wanted another one for each target")
        given[name] = [Path(path) for path in paths]
    if mistakes:
        raise RecipeError(mistakes)
    files = {name: [file for path in paths for file in text_files(path)] for name, paths in given.items()}

    def texts(name: str) -> Iterator[str]:
        for file in files[name]:
            yield from texts_of(file, arguments.whole_file)

    folder = arguments.out / "dsir" / arguments.language
    hashes = {f"{name}/{file}": sha256 for name in files for file, sha256 in text_hashes(files[name]).items()}
    counted = train_importance(arguments.language, {name: batches_of(texts(name)) for name in files}, hashes, folder)
    for name, found in counted.items():
        print(f"{name}  {found.documents:,} documents, {found.words:,} words")
    print(f"tables  {folder}")
    return EXIT_DONE
