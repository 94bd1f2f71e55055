"""`corpusmill train lines --labels FILE… --out MODEL`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs, positive
from corpusmill.errors import EXIT_DONE


def add(kinds: Verbs) -> None:
    parser = kinds.add_parser("lines", help="line model: which lines of a text people would keep (needs LightGBM)")
    parser.add_argument(
        "--labels", required=True, nargs="+", metavar="FILE", type=Path,
        help='JSON lines, a document each: {"lines": […], "labels": [1, 0, …], "language": "en"}; .gz .zst .xz .bz2',
    )  # fmt: skip
    parser.add_argument(
        "--out", required=True, metavar="MODEL", type=Path,
        help="folder of trees.npz and model.json; signals look for it as ARTIFACTS/line_quality",
    )  # fmt: skip
    parser.add_argument("--trees", type=positive, metavar="N", help="(200)")
    parser.add_argument("--num-leaves", type=positive, metavar="N", help="of a tree, at most (31)")
    parser.add_argument("--learning-rate", type=float, metavar="X", help="(0.05)")
    parser.add_argument("--min-data-in-leaf", type=positive, metavar="N", help="lines (50)")
    parser.add_argument("--seed", type=int, metavar="N", help="of what is drawn for each tree, and of the folds (0)")
    parser.add_argument(
        "--folds", type=int, default=5, metavar="N",
        help="measure on documents kept apart, in so many parts (5; 0: do not measure)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.models.card import text_hashes
    from corpusmill.models.lines.labels import read_labels
    from corpusmill.models.lines.train import LINE_TREES, LineParameters, train_lines

    names = ("trees", "num_leaves", "learning_rate", "min_data_in_leaf", "seed")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    parameters = LineParameters(dataclasses.replace(LINE_TREES, **given), arguments.folds)
    files = sorted(arguments.labels, key=lambda file: (file.name, str(file)))
    trained = train_lines(
        read_labels(files), parameters, arguments.out, text_hashes(files), _show if sys.stderr.isatty() else _quiet
    )
    print(f"documents  {trained.documents:,}")
    print(f"lines  {trained.lines:,}, {trained.kept:,} of them to keep")
    for language, area in trained.areas.items():
        print(f"auc {language}  {'none, as its lines have one label' if area is None else f'{area:.6f}'}")
    print(f"model  {trained.folder}")
    return EXIT_DONE


def _quiet(done: float) -> None:
    pass


def _show(done: float) -> None:
    print(f"\rmeasure {done:4.0%}", end="", file=sys.stderr, flush=True)
