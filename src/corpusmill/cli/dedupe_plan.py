"""What all methods of `corpusmill dedupe` share: the plan is said, then carried out, unless it was a dry run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from corpusmill.cli.common import runner_of

if TYPE_CHECKING:
    from corpusmill.pipeline.runner import Runner
    from corpusmill.store.folder import RunFolder

Search = TypeVar("Search")


class Planned(NamedTuple):
    """What a search will take."""

    as_json: dict[str, Any]
    as_text: str
    warnings: list[str]


def carry_out(
    arguments: argparse.Namespace,
    name: str,
    prepared: Callable[[RunFolder], Search],
    planned: Callable[[RunFolder, Search], Planned],
    perform: Callable[[Runner, RunFolder, Search], bool],
) -> dict[str, Any] | None:
    """The manifest afterwards; None after a dry run, whose plan is on stdout."""
    import orjson

    from corpusmill.report.page import reported

    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        search = prepared(folder)
        plan = planned(folder, search)
        if arguments.dry_run:
            print(orjson.dumps(plan.as_json, option=orjson.OPT_INDENT_2).decode())
            return None
        print(f"{name}: {plan.as_text}", file=sys.stderr)
        for warning in plan.warnings:
            print(f"corpusmill: {warning}", file=sys.stderr)
        return reported(runner.finish(folder, perform(runner, folder, search))).manifest
