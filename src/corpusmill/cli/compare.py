"""`corpusmill compare RUN RUN`: two recipes on the same inputs."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE

_NAMES = {"both": "kept by both", "only_a": "only by A", "only_b": "only by B", "neither": "by neither"}


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("compare", help="two selections of the same inputs: what both keep, what only one")
    parser.add_argument("a", metavar="RUN", type=Path)
    parser.add_argument("b", metavar="RUN", type=Path, help="may be the same run, with another selection")
    parser.add_argument("--selection-a", metavar="S", help="of the first run; default: its only one, else everything")
    parser.add_argument("--selection-b", metavar="S", help="of the second run")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.errors import printable
    from corpusmill.report.compare import chosen, compare
    from corpusmill.report.figures import count, percent
    from corpusmill.report.yields import table
    from corpusmill.store.opened import open_run

    a = chosen(open_run(arguments.a), arguments.selection_a)
    b = chosen(open_run(arguments.b), arguments.selection_b)
    found = compare(a, b)
    if arguments.json:
        print(orjson.dumps(dataclasses.asdict(found), option=orjson.OPT_INDENT_2).decode())
        return EXIT_DONE
    total = sum(found.records.values())
    rows = [["all", *(f"{count(n)} ({percent(n, total)})" for n in found.records.values())]]
    rows += [[language, *map(count, counts.values())] for language, counts in found.languages.items()]
    print(f"A: {printable(found.a)}\nB: {printable(found.b)}\n")
    print(table(["records", *_NAMES.values()], rows, left=(0,)))
    for fate, urls in found.samples.items():
        for url in urls:
            print(f"{_NAMES[fate]}: {printable(url)}")
    return EXIT_DONE
