"""`corpusmill train extractor --pages FILE.warc.gz… --truth TRUTH.jsonl --out MODEL`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs, positive
from corpusmill.errors import EXIT_DONE, printable


def add(kinds: Verbs) -> None:
    parser = kinds.add_parser(
        "extractor", help="which blocks of a page are main content, from pages with known texts (needs LightGBM)"
    )
    parser.add_argument("--pages", required=True, nargs="+", metavar="PAGES", type=Path, help="archives of the pages")
    parser.add_argument(
        "--truth", required=True, metavar="TRUTH.jsonl", type=Path,
        help='a line a page: {"record_id": "…", "text": "…"}, or "url"; .gz .zst .xz .bz2',
    )  # fmt: skip
    parser.add_argument(
        "--out", required=True, metavar="MODEL", type=Path,
        help="folder of extractor.npz and model.json; recipes name it as extract.model",
    )  # fmt: skip
    parser.add_argument(
        "--profile", default="both", metavar="NAME",
        help="what the known texts are: article, whole-page (with comments and the like), both alike (default)",
    )  # fmt: skip
    parser.add_argument("--trees", type=positive, metavar="N", help="of each of the two stages")
    parser.add_argument("--seed", type=int, metavar="N", help="of what is drawn for each tree, and of the folds (0)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.extract.learned.training import ExtractorTraining
    from corpusmill.models.card import text_hashes
    from corpusmill.pipeline.train_extractor import read_truth, train_on_archives

    parameters = ExtractorTraining()
    if arguments.trees is not None:
        trees = {name: dataclasses.replace(getattr(parameters, name), trees=arguments.trees) for name in _STAGES}
        parameters = dataclasses.replace(parameters, **trees)
    if arguments.seed is not None:
        seeded = {name: dataclasses.replace(getattr(parameters, name), seed=arguments.seed) for name in _STAGES}
        parameters = dataclasses.replace(parameters, seed=arguments.seed, **seeded)
    archives = sorted(arguments.pages, key=lambda file: (file.name, str(file)))
    truth = read_truth(arguments.truth)
    trained = train_on_archives(
        archives,
        truth,
        arguments.profile,
        parameters,
        arguments.out,
        text_hashes([*archives, arguments.truth]),
        _show if sys.stderr.isatty() else lambda step: None,
    )
    if trained.missing:
        first = printable(trained.missing[0])
        print(f"corpusmill: {len(trained.missing):,} known texts have no page, as {first}", file=sys.stderr)
    print(f"pages  {trained.pages:,} of {trained.groups:,} sites")
    print(f"sha256  {trained.sha256}")
    print(f"model  {trained.folder}")
    return EXIT_DONE


_STAGES = ("first", "second")


def _show(step: str) -> None:
    print(f"train: {step}", file=sys.stderr, flush=True)
