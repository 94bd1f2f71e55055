"""`corpusmill report RUN`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE, printable


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("report", help="write the run's report.html again")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.report.page import write_report
    from corpusmill.store import manifest

    manifest.read_run(arguments.folder)
    print(printable(str(write_report(arguments.folder))))
    return EXIT_DONE
