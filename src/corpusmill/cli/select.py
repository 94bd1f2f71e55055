"""`corpusmill select RUN --recipe NAME [--set …] --name S`."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from corpusmill.cli.common import Verbs, positive
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("select", help="a selection from stored signals; the text is not touched")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--recipe", required=True, help="whose rules: a path, or a bundled recipe")
    parser.add_argument("--name", help="name of the selection; default: the recipe's")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as rule.word_count.min=100")
    parser.add_argument("--workers", type=positive, metavar="N", help="processes; default: all cores")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.api import cores, reported
    from corpusmill.pipeline.recipe import load
    from corpusmill.pipeline.runner import Runner
    from corpusmill.pipeline.score import score_columns
    from corpusmill.report.yields import selection_table
    from corpusmill.store.folder import RunFolder

    settings = [*arguments.set, *([f'name="{arguments.name}"'] if arguments.name else [])]
    recipe = load(arguments.recipe, settings, score_columns(arguments.folder))
    recipe = dataclasses.replace(recipe, name=arguments.name or recipe.name)
    runner = Runner(arguments.workers or cores())
    with RunFolder(arguments.folder) as folder:
        finished = reported(runner.finish(folder, runner.select(folder, recipe)))
    print(selection_table(finished.manifest, recipe.name))
    return EXIT_DONE
