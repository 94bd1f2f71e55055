"""`corpusmill dedupe RUN --method exact|minhash|bloom|substring`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from corpusmill.cli.common import Verbs, add_engine, size
from corpusmill.cli.dedupe_bloom import add_options, run_bloom
from corpusmill.cli.dedupe_plan import Planned, carry_out
from corpusmill.cli.dedupe_substring import add_substring_options, run_substring
from corpusmill.errors import EXIT_DONE

if TYPE_CHECKING:
    from corpusmill.store.folder import RunFolder


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
    parser.add_argument("--among", metavar="S", help="compare only what this selection keeps; default: all documents")
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
        "--memory", type=size, default=size("1GiB"), metavar="SIZE", help="of all workers; default 1GiB"
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
    add_substring_options(parser)
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.method == "bloom":
        return run_bloom(arguments)
    if arguments.method == "substring":
        return run_substring(arguments)

    from corpusmill.pipeline.dedupe.clusters.estimate import estimate
    from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
    from corpusmill.pipeline.dedupe.clusters.search import Search, prepare
    from corpusmill.pipeline.dedupe.resources import Resources
    from corpusmill.pipeline.engines.local import cores
    from corpusmill.pipeline.runner import Runner
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
        arguments.among,
    )
    name = arguments.name or parameters.default_name
    resources = Resources(arguments.memory, arguments.workers or cores())
    index = not arguments.no_index

    def prepared(folder: RunFolder) -> Search:
        return prepare(folder, name, parameters, resources, arguments.against, index, arguments.alarm)

    def planned(folder: RunFolder, search: Search) -> Planned:
        will_take = estimate(folder.root, search)
        warning = will_take.too_little_disk(folder.root)
        return Planned(will_take.as_json(), will_take.as_text(), [warning] if warning else [])

    manifest = carry_out(arguments, name, prepared, planned, Runner.dedupe)
    if manifest is not None:
        print(duplicates_text(manifest, name))
    return EXIT_DONE
