"""`corpusmill export RUN --format rpv2 --out DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("export", help="the published byte layout of RedPajama-V2")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--format", choices=["rpv2"], required=True)
    parser.add_argument("--out", required=True, metavar="DIR", type=Path)
    parser.add_argument("--duplicates", metavar="NAME", help="of several duplicates by digest, which ones")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.store.rpv2 import export_rpv2

    written = export_rpv2(arguments.folder, arguments.out, arguments.duplicates)
    print(f"{written:,} annotated documents in {arguments.out}")
    return EXIT_DONE
