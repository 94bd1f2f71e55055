"""`corpusmill dedupe RUN --method exact|minhash --name NAME`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, runner_of
from corpusmill.errors import EXIT_DONE

_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("dedupe", help="clusters of duplicates, and a column for rules; removes nothing")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--method", required=True, help="exact, or minhash: near duplicates by stored signatures")
    parser.add_argument(
        "--key", default="text", help="exact: what is equal: text (default), normalized_text, payload_digest, url"
    )
    parser.add_argument(
        "--similarity", type=float, default=0.8, metavar="J", help="minhash: 1.0, 0.9, 0.8 (default) or 0.7"
    )
    parser.add_argument("--keep", default="first", metavar="POLICY", help="first (default), newest or longest")
    parser.add_argument("--name", required=True, help="what it is called; rules name NAME_duplicate")
    parser.add_argument(
        "--memory", type=memory, default=memory("1GiB"), metavar="SIZE", help="to find clusters in; default 1GiB"
    )
    add_engine(parser)
    parser.set_defaults(run=run)


def memory(text: str) -> int:
    """Bytes of a size as 2GiB, 512MiB or a number."""
    match = re.fullmatch(r"(\d+)\s*(|KiB|MiB|GiB)", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; wanted a number of bytes, or as 512MiB, 2GiB")
    return int(match[1]) * _UNITS[match[2]]


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.api import reported
    from corpusmill.pipeline.dedupe.cluster import DedupeParameters
    from corpusmill.report.duplicates import duplicates_text

    parameters = DedupeParameters(
        arguments.method, arguments.key, arguments.similarity, arguments.keep, arguments.memory
    )
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        done = runner.dedupe(folder, arguments.name, parameters)
        finished = reported(runner.finish(folder, done))
    print(duplicates_text(finished.manifest, arguments.name))
    return EXIT_DONE
