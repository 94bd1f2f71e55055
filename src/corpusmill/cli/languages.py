"""`corpusmill languages RUN --name NAME [--model PATH]`: documents and lines by another model of languages."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, positive, runner_of
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("languages", help="the language of each document and of its lines, by another model")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--name", required=True, help="what it is called; rules name NAME_line_agreement")
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        help="a fastText model of languages, as GlotLID's; default: the bundled lid.176.ftz",
    )
    parser.add_argument(
        "--min-line-chars", type=positive, default=20, metavar="N", help="shorter lines are passed over; default 20"
    )
    parser.add_argument(
        "--threshold", type=float, default=0.5, metavar="P", help="less probable languages give und; default 0.5"
    )
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.language.by_line import ByLineParameters
    from corpusmill.language.identify import LanguageParameters
    from corpusmill.report.disagreements import disagreements_text
    from corpusmill.report.page import reported

    model = arguments.model or LanguageParameters().model_path()
    parameters = ByLineParameters(arguments.min_line_chars, arguments.threshold)
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        done = runner.languages(folder, arguments.name, model, parameters)
        finished = reported(runner.finish(folder, done))
    print(disagreements_text(finished.manifest, arguments.name))
    return EXIT_DONE
