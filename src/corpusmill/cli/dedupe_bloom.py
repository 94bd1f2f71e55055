"""`corpusmill dedupe RUN --method bloom --over digest|document|paragraph|ngram`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from corpusmill.cli.dedupe_plan import Planned, carry_out
from corpusmill.errors import EXIT_DONE

if TYPE_CHECKING:
    from corpusmill.store.folder import RunFolder


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("bloom", "what an earlier document had, in one pass with a filter of fixed size")
    group.add_argument("--over", help="digest (default; RedPajama-V2), document (by --key), paragraph or ngram (DCLM)")
    group.add_argument(
        "--capacity", type=int, metavar="N", help="different keys it is made for; default: the number of documents"
    )
    group.add_argument(
        "--error-rate",
        type=float,
        metavar="P",
        help="of new keys taken for known when it holds N; default 0.000001 for documents, 0.01 for parts of them",
    )
    group.add_argument("--filter", type=Path, metavar="FILE", help="go on with a saved filter, RUN1/filters/NAME.bloom")
    group.add_argument(
        "--every-file", action="store_true", help="over digests: compare also the damaged files that RedPajama-V2 skips"
    )
    group.add_argument("--allow-overfull", action="store_true", help="mark even where most of it is by mistake")


def run_bloom(arguments: argparse.Namespace) -> int:
    from corpusmill.pipeline.dedupe.bloom.mark import MarkSeen, prepare_bloom
    from corpusmill.pipeline.dedupe.bloom.search import BloomSearch
    from corpusmill.pipeline.runner import Runner
    from corpusmill.report.bloom import bloom_text

    over = arguments.over or "digest"
    name = arguments.name or f"bloom_{over}"
    search = BloomSearch(
        over,
        arguments.key,
        arguments.capacity,
        arguments.error_rate,
        arguments.filter,
        arguments.allow_overfull,
        arguments.memory,
        arguments.every_file,
    )

    def prepared(folder: RunFolder) -> MarkSeen:
        return prepare_bloom(folder, name, search)

    def planned(folder: RunFolder, task: MarkSeen) -> Planned:
        made = task.filter
        will_take = {"capacity": made.capacity, "error_rate": made.error_rate, "memory_bytes": made.shape.bytes}
        size = f"{made.shape.bytes:,} bytes of memory, and as many on disk"
        return Planned(will_take, f"a filter for {made.capacity:,} keys at {made.error_rate:g} takes {size}", [])

    manifest = carry_out(arguments, name, prepared, planned, Runner.bloom)
    if manifest is not None:
        print(bloom_text(manifest["duplicates"][name]))
    return EXIT_DONE
