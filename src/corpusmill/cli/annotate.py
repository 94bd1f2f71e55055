"""`corpusmill annotate DOCUMENTS_DIR --out RUN [--artifacts DIR]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpusmill.cli.common import MAX_FAULT_FRACTION, Verbs, add_engine, runner_of
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "annotate", help="CCNet documents (<snapshot>/<shard>/<lang>_<bucket>.json.gz) to signals"
    )
    parser.add_argument("documents", metavar="DOCUMENTS_DIR", type=Path)
    parser.add_argument("--out", metavar="RUN", required=True, type=Path)
    parser.add_argument(
        "--artifacts", metavar="DIR", help="word lists, count tables and models in RedPajama-V2's layout"
    )
    parser.add_argument("--no-minhash", action="store_true", help="leave the MinHash signatures out")
    add_engine(parser)
    parser.add_argument("--fresh", action="store_true", help="delete what an earlier run left in RUN")
    parser.add_argument("--json", action="store_true", help="print the manifest instead of the yield table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.cli.common import print_finished
    from corpusmill.pipeline.recipe import SignalParameters
    from corpusmill.report.page import reported

    signals = SignalParameters(arguments.artifacts, not arguments.no_minhash)
    runner = runner_of(arguments)
    finished = reported(runner.annotate(arguments.documents, signals, arguments.out, arguments.fresh))
    print_finished(finished, arguments.json)
    if finished.fault_fraction > MAX_FAULT_FRACTION:
        found = f"{finished.fault_fraction:.2%}"
        print(f"corpusmill: done, but {found} of the records are faulty: see the report", file=sys.stderr)
    return EXIT_DONE
