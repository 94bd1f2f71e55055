"""`corpusmill export-tokens DIR --format megatron|memmap|parquet|mds|wrap --out DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, positive, runner_of
from corpusmill.errors import EXIT_DONE, Refused

EXAMPLES = """\
examples:
  corpusmill export-tokens tokens --format megatron --separator EOS --out megatron
  corpusmill export-tokens tokens --format parquet --length 2048 --separator EOS --out chunks
  corpusmill export-tokens tokens --format mds --length 2048 --separator EOS --out mds
  corpusmill export-tokens tokens --format wrap --length 512 --bos 0 --out wrapped
"""


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "export-tokens",
        help="a token folder in the format of another trainer",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="TOKENS", type=Path)
    parser.add_argument(
        "--format",
        required=True,
        help="megatron (.bin, .idx), memmap (.bin, .bounds.npy), parquet or mds (rows), wrap (ragged pairs)",
    )
    parser.add_argument("--length", type=positive, metavar="L", help="ids of a row; with wrap: of a piece, at most")
    parser.add_argument(
        "--separator", metavar="ID", help="an id after every document; EOS: the tokenizer's own; default: none"
    )
    parser.add_argument("--pad", type=int, metavar="ID", help="fill the last row with this id; default: it is left out")
    parser.add_argument("--bos", type=int, metavar="ID", help="with wrap: an id before every piece, 0 for T5")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path)
    parser.add_argument("--fresh", action="store_true", help="start anew, deleting what is in DIR")
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.pipeline.export_tokens import ExportParameters
    from corpusmill.tokenize.folder import TokenFolder

    tokens = TokenFolder.open(arguments.folder.resolve())
    separator = _separator(arguments.separator, tokens.tokenizer.eos_id if tokens.tokenizer else None)
    parameters = ExportParameters(arguments.format, arguments.length, separator, arguments.pad, arguments.bos)
    finished = runner_of(arguments).export_tokens(tokens, parameters, arguments.out, arguments.fresh)
    counts = finished.manifest["exports"]
    unit = "rows" if counts and "rows" in counts[0] else "documents"
    print(f"{sum(each[unit] for each in counts):,} {unit} in {arguments.out}")
    return EXIT_DONE


def _separator(asked: str | None, eos: int | None) -> int | None:
    if asked is None:
        return None
    if asked.upper() == "EOS":
        if eos is None:
            raise Refused("the folder does not say which id ends a text: give it, as --separator 1")
        return eos
    if not asked.isdecimal():
        raise Refused(f"--separator {asked!r} is no token id; wanted a number, or EOS")
    return int(asked)
