"""`corpusmill decontaminate RUN --index INDEX [--name NAME]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, runner_of
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "decontaminate",
        help="what documents have in common with evaluation sets, as columns for rules; removes nothing",
    )
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--index", metavar="INDEX", type=Path, required=True, help="of corpusmill contaminants build")
    parser.add_argument(
        "--name",
        default="contaminants",
        help="what it is called; rules name NAME_hits, NAME_items, NAME_share, NAME_pieces; default contaminants",
    )
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.report.contaminants import contaminants_text
    from corpusmill.report.page import reported

    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        done = runner.decontaminate(folder, arguments.name, arguments.index)
        finished = reported(runner.finish(folder, done))
    print(contaminants_text(finished.manifest["contaminants"][arguments.name]))
    return EXIT_DONE
