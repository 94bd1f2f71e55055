"""`corpusmill why RUN ID|URL`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("why", help="the life of one page: stages, verdicts, duplicates and what differs")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("page", metavar="ID|URL", help="a document id, a record id or a URL")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.report.why import as_json, lives
    from corpusmill.report.why_text import why_text
    from corpusmill.store.opened import open_run

    found = lives(open_run(arguments.folder), arguments.page)
    if arguments.json:
        print(orjson.dumps(as_json(found), option=orjson.OPT_INDENT_2).decode())
    else:
        print(why_text(found))
    return EXIT_DONE
