"""`corpusmill pack TOKENS --length 2048 --out DIR`, and without --out what the methods would cost."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, positive, refuse_out, runner_of
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("pack", help="documents of a token folder into rows of one length, with what that costs")
    parser.add_argument("folder", metavar="TOKENS", type=Path)
    parser.add_argument(
        "--length", required=True, type=positive, nargs="+", metavar="N", help="tokens of a row; several to compare"
    )
    parser.add_argument(
        "--method", default="best-fit", help="best-fit (default), concatenate-and-chop, histogram; with --out"
    )
    parser.add_argument("--separator", type=int, metavar="ID", help="a token after each document; default: none")
    parser.add_argument("--out", metavar="DIR", type=Path, help="write the packing here; default: compare the methods")
    parser.add_argument("--rows", action="store_true", help="write the packed rows too, as .npy of [rows, length]")
    parser.add_argument("--pad", type=int, metavar="ID", help="fills the rows; default: the tokenizer's own, or 0")
    parser.add_argument(
        "--window", type=positive, metavar="N", help="pack at least so many documents together; default: 1,048,576"
    )
    parser.add_argument("--plot", metavar="FILE", type=Path, help="write the comparison as .html or .svg")
    parser.add_argument("--fresh", action="store_true", help="start anew, deleting what is in DIR")
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.errors import Refused, printable
    from corpusmill.pipeline.pack import PackParameters, accounting_of, compared
    from corpusmill.report.packing import costs_table, lengths_table, plot
    from corpusmill.tokenize.folder import TokenFolder
    from corpusmill.tokenize.packing.lengths import histogram_of
    from corpusmill.tokenize.packing.windows import WINDOW_DOCUMENTS, lengths_of

    if arguments.plot is not None:
        refuse_out(arguments.plot)
    tokens = TokenFolder.open(arguments.folder.resolve())
    pad = arguments.pad if arguments.pad is not None else (tokens.tokenizer and tokens.tokenizer.pad_id) or 0
    window = arguments.window or WINDOW_DOCUMENTS
    of_length = {
        length: PackParameters(length, arguments.method, arguments.separator, arguments.rows, pad, window)
        for length in sorted(set(arguments.length))
    }
    if arguments.out is not None:
        if len(of_length) > 1:
            raise Refused("--out takes one --length: a folder holds rows of one length")
        (length, parameters), *_ = of_length.items()
        finished = runner_of(arguments).pack_to(tokens, parameters, arguments.out, arguments.fresh)
        print(costs_table({length: {arguments.method: accounting_of(finished.manifest)}}))
        print(f"\npacks: {printable(str(arguments.out))}")
        return EXIT_DONE
    lengths = histogram_of(lengths_of(tokens.shards))
    costs = {length: compared(tokens, parameters) for length, parameters in of_length.items()}
    print(f"{lengths_table(lengths)}\n\n{costs_table(costs)}")
    if arguments.plot is not None:
        plot(arguments.plot, lengths, costs)
        print(f"\nplot: {printable(str(arguments.plot))}")
    return EXIT_DONE
