"""`corpusmill dedupe RUN --method substring`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from corpusmill.cli.common import runner_of
from corpusmill.errors import EXIT_DONE


def add_substring_options(parser: argparse.ArgumentParser, size: Callable[[str], int]) -> None:
    group = parser.add_argument_group("substring", "passages that occur more than once, as spans; --keep first or all")
    group.add_argument("--min-tokens", type=int, metavar="N", help="of a passage: words and punctuation; default 50")
    group.add_argument("--snap", help="spans end at the borders of a word (default), or take whole lines only: line")
    group.add_argument(
        "--by", help="windows (default): in the whole corpus; suffix_array: in each group of shards by itself"
    )
    group.add_argument("--group-bytes", type=size, metavar="SIZE", help="suffix_array: text of a group; default 128MiB")


def run_substring(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.api import reported
    from corpusmill.dedupe.substrings.parameters import SubstringParameters
    from corpusmill.pipeline.dedupe.resources import Resources
    from corpusmill.pipeline.dedupe.substring.search import prepare_substring
    from corpusmill.pipeline.engines.local import cores
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
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        search = prepare_substring(folder, name, parameters, resources)
        will_take = search.estimate()
        if arguments.dry_run:
            print(orjson.dumps(will_take.as_json(), option=orjson.OPT_INDENT_2).decode())
            return EXIT_DONE
        print(f"{name}: {will_take.as_text()}", file=sys.stderr)
        finished = reported(runner.finish(folder, runner.substring(folder, search)))
    print(substring_text(finished.manifest["duplicates"][name]))
    return EXIT_DONE
