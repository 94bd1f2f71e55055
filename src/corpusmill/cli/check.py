"""`corpusmill check RUN`: re-hash, recount, compare with the manifest."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE, EXIT_FAULTS, printable


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("check", help="re-hash the outputs, recount the records, compare with the manifest")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.store.check import check

    wrong = check(arguments.folder)
    for line in wrong:
        print(printable(line))
    if not wrong:
        print("all files and counts are as the manifest says")
    return EXIT_FAULTS if wrong else EXIT_DONE
