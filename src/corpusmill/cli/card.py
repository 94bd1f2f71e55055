"""`corpusmill card RUN [--selection S]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE, RunRefused, nearest


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("card", help="the run's data card: Markdown with a YAML header, for a hub of data sets")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--selection", metavar="S", help="of this selection; default: of all documents")
    parser.add_argument("--license", metavar="ID", help="as apache-2.0, odc-by; default: unknown")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.report.card import card
    from corpusmill.store import manifest

    described = manifest.read_run(arguments.folder)
    if arguments.selection is not None and arguments.selection not in described["selections"]:
        hint = nearest(arguments.selection, described["selections"])
        raise RunRefused(f"{arguments.folder} has no selection {arguments.selection!r}.{hint}")
    print(card(described, arguments.selection, arguments.license), end="")
    return EXIT_DONE
