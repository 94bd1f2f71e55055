"""`corpusmill dedupe RUN --method substring`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corpusmill.cli.common import size
from corpusmill.cli.dedupe_plan import Planned, carry_out
from corpusmill.errors import EXIT_DONE

if TYPE_CHECKING:
    from corpusmill.store.folder import RunFolder


def add_substring_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("substring", "passages that occur more than once, as spans; --keep first or all")
    group.add_argument("--min-tokens", type=int, metavar="N", help="of a passage: words and punctuation; default 50")
    group.add_argument("--snap", help="spans end at the borders of a word (default), or take whole lines only: line")
    group.add_argument(
        "--by", help="windows (default): in the whole corpus; suffix_array: in each group of shards by itself"
    )
    group.add_argument("--group-bytes", type=size, metavar="SIZE", help="suffix_array: text of a group; default 128MiB")


def run_substring(arguments: argparse.Namespace) -> int:
    from corpusmill.dedupe.substrings.parameters import SubstringParameters
    from corpusmill.pipeline.dedupe.resources import Resources
    from corpusmill.pipeline.dedupe.substring.search import SubstringSearch, prepare_substring
    from corpusmill.pipeline.engines.local import cores
    from corpusmill.pipeline.runner import Runner
    from corpusmill.report.substring import substring_text

    usual = SubstringParameters()
    parameters = SubstringParameters(
        usual.min_tokens if arguments.min_tokens is None else arguments.min_tokens,
        arguments.keep,
        arguments.snap or usual.snap,
        arguments.by or usual.by,
        usual.group_bytes if arguments.group_bytes is None else arguments.group_bytes,
    )
    name = arguments.name or "substring"
    resources = Resources(arguments.memory, arguments.workers or cores())

    def prepared(folder: RunFolder) -> SubstringSearch:
        return prepare_substring(folder, name, parameters, resources)

    def planned(folder: RunFolder, search: SubstringSearch) -> Planned:
        will_take = search.estimate()
        return Planned(will_take.as_json(), will_take.as_text(), [])

    manifest = carry_out(arguments, name, prepared, planned, Runner.substring)
    if manifest is not None:
        print(substring_text(manifest["duplicates"][name]))
    return EXIT_DONE
