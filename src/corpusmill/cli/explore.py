"""`corpusmill explore RUN [--port N]`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE, printable

PORT = 8765


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("explore", help="the report on 127.0.0.1, with exact numbers, search and SQL; read-only")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"default {PORT}; 0: any that is free")
    parser.add_argument("--open", action="store_true", help="open the browser")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.report.explorer.server import Explorer

    with Explorer(arguments.folder, arguments.port) as explorer:
        print(printable(explorer.address), flush=True)
        print("corpusmill: Ctrl-C ends it", file=sys.stderr)
        if arguments.open:
            import webbrowser

            webbrowser.open(explorer.address)
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it
            explorer.serve()
    return EXIT_DONE
