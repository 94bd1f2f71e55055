"""`corpusmill score RUN --classifier MODEL --name NAME`; or `--lm MODEL`, or `--importance TABLES --target NAME`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from corpusmill.cli.common import Verbs, add_engine, runner_of
from corpusmill.errors import EXIT_DONE, RecipeError

if TYPE_CHECKING:
    from corpusmill.pipeline.scorers import Scorer

PERCENTILES = (10, 25, 50, 75, 90, 95, 99)


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("score", help="what a model says of each document, as a column of a finished run")
    parser.add_argument("folder", metavar="RUN", type=Path)
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument(
        "--classifier", metavar="MODEL", help="folder of `train classifier`, or a .bin: probability of its target"
    )
    model.add_argument("--lm", metavar="MODEL", help="folder of `train lm`: perplexity of documents in its language")
    model.add_argument("--importance", metavar="TABLES", help="folder of `train importance`, as artifacts/dsir/en")
    parser.add_argument("--target", metavar="NAME", help="with --importance: which of its targets")
    parser.add_argument("--name", required=True, help="what the column is called in rules")
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import numpy as np

    from corpusmill.report.page import reported
    from corpusmill.store.opened import open_run

    scorer = _scorer(arguments)
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        done = runner.score(folder, scorer, arguments.name)
        finished = reported(runner.finish(folder, done))
    counts = finished.manifest["scores"][arguments.name]
    print(f"{arguments.name}  {counts['documents']:,} documents, {counts['without_score']:,} without a score")
    table = open_run(arguments.folder).scores(arguments.name).to_table(columns=["score"])
    scores = table["score"].drop_null().to_numpy()
    if len(scores):
        for percentile, value in zip(PERCENTILES, np.percentile(scores, PERCENTILES), strict=True):
            print(f"percentile {percentile}  {value:.6f}")
    return EXIT_DONE


def _scorer(arguments: argparse.Namespace) -> Scorer:
    from corpusmill.pipeline.scorers import Scorer

    if (arguments.importance is None) != (arguments.target is None):
        raise RecipeError(["--importance and --target go together, as --importance artifacts/dsir/en --target books"])
    given = {name: getattr(arguments, name) for name in ("classifier", "lm", "importance")}
    (method, path), *_ = [(name, path) for name, path in given.items() if path is not None]
    return Scorer(method, path, arguments.target)
