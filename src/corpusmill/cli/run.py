"""`corpusmill run RECIPE --input PATH… --out RUN`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, positive, runner_of
from corpusmill.errors import EXIT_DONE, EXIT_FAULTS

EXAMPLES = """\
examples:
  corpusmill run keep-all --input crawl/ --out run
  corpusmill run redpajama2-gopher --input a.warc.gz b.warc.gz --out run --workers 2
  corpusmill run my.toml --input crawl/ --out run --set language.threshold=0.65 --dry-run
"""


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "run",
        help="a whole recipe over archives, JSON lines or Parquet; resumes by itself",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", metavar="RECIPE", help="a path, or a bundled recipe (corpusmill recipes)")
    parser.add_argument("--input", metavar="PATH", nargs="+", required=True, help="files, or folders of files")
    parser.add_argument("--out", metavar="RUN", required=True, help="the run folder")
    add_engine(parser)
    parser.add_argument("--limit", type=positive, metavar="N", help="read at most N records of each input")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change one value of the recipe"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and estimate it from a probe")
    parser.add_argument("--fresh", action="store_true", help="delete what an earlier run left in RUN")
    parser.add_argument("--json", action="store_true", help="print the manifest instead of the yield table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.pipeline.recipe import load
    from corpusmill.report.page import reported

    recipe = load(arguments.recipe, arguments.set)
    inputs = [Path(path) for path in arguments.input]
    if arguments.dry_run:
        from corpusmill.pipeline.engines.local import cores
        from corpusmill.pipeline.estimate import estimate

        print(estimate(recipe, inputs, Path(arguments.out), arguments.workers or cores()))
        return EXIT_DONE

    from corpusmill.cli.common import print_finished

    runner = runner_of(arguments)
    finished = reported(runner.run(recipe, inputs, Path(arguments.out), arguments.limit, arguments.fresh))
    print_finished(finished, arguments.json)
    if finished.fault_fraction > recipe.max_fault_fraction:
        found, allowed = f"{finished.fault_fraction:.2%}", f"{recipe.max_fault_fraction:.2%}"
        print(
            f"corpusmill: done, but {found} of the records are faulty (allowed: {allowed}): see the report",
            file=sys.stderr,
        )
        return EXIT_FAULTS
    return EXIT_DONE
