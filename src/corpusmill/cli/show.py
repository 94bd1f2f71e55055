"""`corpusmill show RUN`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("show", help="the yield table, languages, selections and tokens of a run")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--json", action="store_true", help="print the manifest")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.report.yields import counts_table, selection_table, yield_table
    from corpusmill.store import manifest

    described = manifest.read_run(arguments.folder)
    if arguments.json:
        print(orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())
        return EXIT_DONE
    tables = [yield_table(described), counts_table(described)]
    tables += [selection_table(described, name) for name in described["selections"]]
    print("\n\n".join(tables))
    return EXIT_DONE
