"""What several verbs share: argument types, and how a finished run is shown."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpusmill.errors import Refused

if TYPE_CHECKING:
    from corpusmill.pipeline.execution import Execution, Finished
    from corpusmill.pipeline.runner import Runner

WARNINGS_SHOWN = 3
MAX_FAULT_FRACTION = 0.01  # of verbs that have no recipe, as in these
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

Verbs = Any  # what argparse calls _SubParsersAction, privately


def size(text: str) -> int:
    """An argument that is a number of bytes, as 2GiB, 512MiB or a bare number."""
    match = re.fullmatch(r"(\d+)\s*(|KiB|MiB|GiB)", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; wanted a number of bytes, or as 512MiB, 2GiB")
    return int(match[1]) * _UNITS[match[2]]


def positive(text: str) -> int:
    """An argument that is a whole number from 1."""
    value = int(text) if text.isdecimal() else 0
    if not 1 <= value < 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is no number; wanted a whole number from 1, under 2^63")
    return value


def tokens(text: str) -> int:
    """An argument that is a number of tokens, as 50000 or 1e6."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 1 <= value < 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of tokens; wanted 1 or more, as 1e6")
    return int(value)


def refuse_out(out: Path, *inputs: Path) -> None:
    """Raises Refused where no file can be written at `out`, or an input would be written over."""
    if not out.parent.is_dir():
        raise Refused(f"{out}: there is no folder {out.parent}; make it, or choose another file")
    if out.is_dir():
        raise Refused(f"{out} is a folder; wanted a file, as {out / 'out.jsonl'}")
    if any(out.exists() and given.exists() and out.samefile(given) for given in inputs):
        raise Refused(f"{out} is an input, which would be written over; choose another file")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """The options that say where tasks run; they change no byte of the result."""
    parser.add_argument("--engine", choices=["local", "ray"], default="local", help="where the tasks run")
    parser.add_argument(
        "--workers", type=positive, metavar="N", help="tasks at once; default: all cores of the machine or cluster"
    )
    parser.add_argument(
        "--ray-address",
        metavar="HOST:PORT",
        help="with --engine ray: the cluster; default: $RAY_ADDRESS, or one of this machine for this command",
    )


def runner_of(arguments: argparse.Namespace) -> Runner:
    """The runner that the options of `add_engine` ask for."""
    from corpusmill.pipeline.engines.choose import choose
    from corpusmill.pipeline.runner import Runner

    return Runner(choose(arguments.engine, arguments.workers, arguments.ray_address))


def execution_of(arguments: argparse.Namespace) -> Execution:
    """The same for verbs that need no other: what the runner imports takes longer than many of them."""
    from corpusmill.pipeline.engines.choose import choose
    from corpusmill.pipeline.execution import Execution

    return Execution(choose(arguments.engine, arguments.workers, arguments.ray_address))


def print_finished(finished: Finished, as_json: bool) -> None:
    """The yield table (or the manifest) on stdout, and where the report is."""
    import orjson

    from corpusmill.errors import printable
    from corpusmill.report.yields import buckets_table, yield_table
    from corpusmill.store import layout

    if as_json:
        print(orjson.dumps(finished.manifest, option=orjson.OPT_INDENT_2).decode())
        return
    print(yield_table(finished.manifest))
    if finished.manifest["languages"]:
        print(f"\n{buckets_table(finished.manifest)}")
    warnings = finished.manifest["warnings"]
    for warning in warnings[:WARNINGS_SHOWN]:
        print(f"corpusmill: {printable(warning)}", file=sys.stderr)
    if len(warnings) > WARNINGS_SHOWN:
        more = len(warnings) - WARNINGS_SHOWN
        print(f"corpusmill: … and {more} warnings more, all in the report and the manifest", file=sys.stderr)
    if finished.resumed:
        print("corpusmill: nothing was left to do", file=sys.stderr)
    print(f"report: {printable(str(finished.root / layout.REPORT))}")
