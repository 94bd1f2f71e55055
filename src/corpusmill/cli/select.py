"""`corpusmill select RUN --recipe NAME [--set …] --name S`."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, positive, runner_of
from corpusmill.errors import EXIT_DONE, RecipeError


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("select", help="a selection from stored signals; the text is not touched")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--recipe", required=True, help="whose rules: a path, or a bundled recipe")
    parser.add_argument("--name", help="name of the selection; default: the recipe's")
    parser.add_argument(
        "--importance",
        metavar="SIGNAL",
        help="draw a sample of what the rules keep, by this logarithm of a weight (DSIR)",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--documents", type=positive, metavar="N", help="with --importance: so many of each language")
    size.add_argument("--fraction", type=float, metavar="F", help="with --importance: this part of each language")
    parser.add_argument("--seed", type=int, metavar="N", help="with --importance: of the draw; default 0")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as rule.word_count.min=100")
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.pipeline.recipe import load
    from corpusmill.pipeline.score import score_columns
    from corpusmill.report.page import reported
    from corpusmill.report.yields import selection_table

    settings = [*arguments.set, *([f'name="{arguments.name}"'] if arguments.name else []), *_resample(arguments)]
    recipe = load(arguments.recipe, settings, score_columns(arguments.folder))
    recipe = dataclasses.replace(recipe, name=arguments.name or recipe.name)
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        finished = reported(runner.finish(folder, runner.select(folder, recipe)))
    print(selection_table(finished.manifest, recipe.name))
    return EXIT_DONE


def _resample(arguments: argparse.Namespace) -> list[str]:
    """The options of the draw as settings of the recipe's `[resample]`."""
    names = {"documents": arguments.documents, "fraction": arguments.fraction, "seed": arguments.seed}
    given = [f"resample.{name}={value}" for name, value in names.items() if value is not None]
    if arguments.importance is not None:
        return [f'resample.value="{arguments.importance}"', *given]
    if given:
        raise RecipeError(["--documents, --fraction and --seed need --importance SIGNAL: what the draw is by"])
    return []
