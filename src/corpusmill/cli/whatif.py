"""`corpusmill whatif RUN --set rule.NAME.min=…`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("whatif", help="what other thresholds would change in a selection; writes nothing")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--set", action="append", required=True, metavar="KEY=VALUE", help="as rule.word_count.min=100")
    parser.add_argument("--selection", metavar="S", help="which; default: the only one")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.report.whatif import what_if
    from corpusmill.report.whatif_text import as_json, whatif_text
    from corpusmill.store.opened import open_run

    found = what_if(open_run(arguments.folder), arguments.set, arguments.selection)
    print(orjson.dumps(as_json(found), option=orjson.OPT_INDENT_2).decode() if arguments.json else whatif_text(found))
    return EXIT_DONE
