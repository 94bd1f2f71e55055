"""`corpusmill dedupe RUN --method exact|minhash|bloom|substring`."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, runner_of
from corpusmill.cli.dedupe_bloom import add_options, run_bloom
from corpusmill.cli.dedupe_substring import add_substring_options, run_substring
from corpusmill.errors import EXIT_DONE

_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("dedupe", help="clusters of duplicates, and a column for rules; removes nothing")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--method", required=True, help="exact, minhash: near duplicates, bloom, or substring")
    parser.add_argument(
        "--key",
        default="text",
        help="exact, bloom over documents: what is equal: text (default), normalized_text, payload_digest, url",
    )
    parser.add_argument(
        "--scheme",
        metavar="NAME",
        help="minhash: near (default), redpajama2 (default with --similarity), refinedweb, fineweb, fineweb_v1",
    )
    parser.add_argument(
        "--similarity",
        type=float,
        metavar="J",
        help="minhash: RedPajama-V2's clusters of stored signatures at 1.0, 0.9, 0.8 or 0.7; not verified",
    )
    parser.add_argument(
        "--verify",
        type=float,
        metavar="J",
        help="minhash: least exact similarity to the document that stays; 0: not verified; default: of the scheme",
    )
    parser.add_argument("--measure", default="jaccard", help="of similarity: jaccard (default), containment")
    parser.add_argument(
        "--keep",
        default="first",
        metavar="POLICY",
        help="first (default), newest, longest, or highest:COLUMN, a signal or score",
    )
    parser.add_argument(
        "--against",
        metavar="RUN",
        type=Path,
        nargs="+",
        default=[],
        help="earlier runs with duplicates of this name, in their order: only what is new is looked at",
    )
    parser.add_argument("--no-index", action="store_true", help="keep nothing that a later --against would need")
    parser.add_argument("--name", help="what it is called, rules name NAME_duplicate; default: by method")
    parser.add_argument(
        "--memory", type=memory, default=memory("1GiB"), metavar="SIZE", help="of all workers; default 1GiB"
    )
    parser.add_argument(
        "--alarm",
        type=float,
        default=0.5,
        metavar="FRACTION",
        help="point out languages, sources and hosts that lose more than this part of their documents; default 0.5",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what it will take, as JSON, and do nothing")
    add_options(parser)
    add_substring_options(parser, memory)
    add_engine(parser)
    parser.set_defaults(run=run)


def memory(text: str) -> int:
    """Bytes of a size as 2GiB, 512MiB or a number."""
    match = re.fullmatch(r"(\d+)\s*(|KiB|MiB|GiB)", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; wanted a number of bytes, or as 512MiB, 2GiB")
    return int(match[1]) * _UNITS[match[2]]


def run(arguments: argparse.Namespace) -> int:
    if arguments.method == "bloom":
        return run_bloom(arguments)
    if arguments.method == "substring":
        return run_substring(arguments)

    import orjson

    from corpusmill.api import reported
    from corpusmill.pipeline.dedupe.clusters.estimate import estimate
    from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
    from corpusmill.pipeline.dedupe.clusters.search import prepare
    from corpusmill.pipeline.dedupe.resources import Resources
    from corpusmill.pipeline.engines.local import cores
    from corpusmill.report.duplicates import duplicates_text

    scheme = arguments.scheme or ("near" if arguments.similarity is None else "redpajama2")
    parameters = DedupeParameters(
        arguments.method,
        arguments.key,
        scheme,
        arguments.similarity,
        arguments.verify,
        arguments.measure,
        arguments.keep,
    )
    name = arguments.name or parameters.default_name
    resources = Resources(arguments.memory, arguments.workers or cores())
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        index = not arguments.no_index
        search = prepare(folder, name, parameters, resources, arguments.against, index, arguments.alarm)
        will_take = estimate(folder.root, search)
        if arguments.dry_run:
            print(orjson.dumps(will_take.as_json(), option=orjson.OPT_INDENT_2).decode())
            return EXIT_DONE
        print(f"{name}: {will_take.as_text()}", file=sys.stderr)
        if warning := will_take.too_little_disk(folder.root):
            print(f"corpusmill: {warning}", file=sys.stderr)
        done = runner.dedupe(folder, search)
        finished = reported(runner.finish(folder, done))
    print(duplicates_text(finished.manifest, name))
    return EXIT_DONE
