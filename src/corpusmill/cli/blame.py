"""`corpusmill blame RUN [--selection S]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("blame", help="what each rule drops alone and with others, and groups that lose most")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--selection", metavar="S", help="default: the first of the run")
    parser.add_argument("--alarm", type=float, default=0.5, metavar="FRACTION", help="point out groups that lose more")
    parser.add_argument("--json", action="store_true", help="print as JSON, with the overlap of all rules")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.report.blame import blame_json, blame_of, blame_text
    from corpusmill.store.opened import open_run

    found = blame_of(open_run(arguments.folder), arguments.selection, arguments.alarm)
    if arguments.json:
        print(orjson.dumps(blame_json(found), option=orjson.OPT_INDENT_2).decode())
    else:
        print(blame_text(found))
    return EXIT_DONE
