"""`corpusmill score RUN --classifier MODEL --name NAME`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, positive
from corpusmill.errors import EXIT_DONE

PERCENTILES = (10, 25, 50, 75, 90, 95, 99)


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("score", help="a classifier's probability as a column of a finished run, for its rules")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument(
        "--classifier", required=True, metavar="MODEL", type=Path, help="folder of `train classifier`, or a .bin"
    )
    parser.add_argument("--name", required=True, help="what the column is called in rules")
    parser.add_argument("--workers", type=positive, metavar="N", help="processes; default: all cores")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import numpy as np

    from corpusmill.api import cores, reported
    from corpusmill.pipeline.runner import Runner
    from corpusmill.store import manifest
    from corpusmill.store.folder import RunFolder
    from corpusmill.store.opened import open_run

    manifest.read(arguments.folder)
    runner = Runner(arguments.workers or cores())
    with RunFolder(arguments.folder) as folder:
        done = runner.score(folder, arguments.classifier, arguments.name)
        finished = reported(runner.finish(folder, done))
    counts = finished.manifest["scores"][arguments.name]
    print(f"{arguments.name}  {counts['documents']:,} documents, {counts['without_score']:,} without a score")
    table = open_run(arguments.folder).scores(arguments.name).to_table(columns=["score"])
    scores = table["score"].drop_null().to_numpy()
    if len(scores):
        for percentile, value in zip(PERCENTILES, np.percentile(scores, PERCENTILES), strict=True):
            print(f"percentile {percentile}  {value:.6f}")
    return EXIT_DONE
