"""`corpusmill sample RUN --dropped-by RULE`: documents to look at."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, positive
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("sample", help="documents to look at: what a rule or stage dropped, or what is kept")
    parser.add_argument("folder", metavar="RUN", type=Path)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--dropped-by", metavar="RULE", help="a rule of the selection, or STAGE.REASON of the run")
    which.add_argument("--kept", action="store_true", help="what the selection keeps")
    parser.add_argument("-n", type=positive, default=20, metavar="N", help="how many at most; default: 20")
    parser.add_argument("--selection", metavar="S", help="default: the only one")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.errors import printable
    from corpusmill.report.samples import dropped_by, kept_by
    from corpusmill.store.opened import open_run

    opened = open_run(arguments.folder)
    if arguments.kept:
        found = kept_by(opened, arguments.n, arguments.selection)
    else:
        found = dropped_by(opened, arguments.dropped_by, arguments.n, arguments.selection)
    if arguments.json:
        print(orjson.dumps([each._asdict() for each in found], option=orjson.OPT_INDENT_2).decode())
        return EXIT_DONE
    for each in found:
        value = "" if each.value is None else f" · {each.value:g}"
        limit = "" if each.threshold is None else f" against {each.threshold:g}"
        print(f"{printable(each.doc_id or '–')} · {printable(each.url or '–')}{value}{limit}")
        if each.head:
            print("    " + "\n    ".join(printable(line) for line in each.head.split("\n")))
    return EXIT_DONE
