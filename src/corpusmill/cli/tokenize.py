"""`corpusmill tokenize RUN --selection S --tokenizer FILE --out DIR`, or of files of texts as they are."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpusmill.cli.common import MAX_FAULT_FRACTION, Verbs, add_engine, execution_of
from corpusmill.errors import EXIT_DONE, EXIT_FAULTS, Refused

EXAMPLES = """\
examples:
  corpusmill tokenize run --selection gopher --tokenizer t5/tokenizer.json --out tokens
  corpusmill tokenize c4-train.*.json.gz --tokenizer spiece.model --out tokens
  corpusmill tokenize run --selection all --tokenizer cl100k_base.tiktoken --eos --out tokens
"""


def token_id(text: str) -> int:
    """An argument that is a token id."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no token id; wanted a whole number from 0")
    return int(text)


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "tokenize",
        help="a selection, or files of texts, to ragged token arrays (.data.npy and .len.npy)",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "inputs",
        metavar="RUN|FILE",
        type=Path,
        nargs="+",
        help="a finished run; or JSON lines, Parquet, folders of them",
    )
    parser.add_argument("--selection", metavar="S", help="of the run; all: every document")
    parser.add_argument(
        "--tokenizer",
        required=True,
        metavar="FILE",
        type=Path,
        help="SentencePiece .model, tokenizer.json, ranks (.tiktoken)",
    )
    parser.add_argument(
        "--pattern", metavar="P", help="how a file of ranks cuts texts: gpt2, cl100k, o200k or a regular expression"
    )
    for name, where in (("bos", "before"), ("eos", "after")):
        parser.add_argument(
            f"--{name}",
            nargs="?",
            type=token_id,
            const=-1,
            metavar="ID",
            help=f"add the tokenizer's own, or this id, {where} every document; default: nothing is added, as for T5",
        )
    parser.add_argument(
        "--names", metavar="NAME", help="call a selection's shards NAME.00000-of-00008, as c4-train, not by their keys"
    )
    parser.add_argument("--out", required=True, metavar="DIR", type=Path)
    parser.add_argument("--fresh", action="store_true", help="start anew, deleting what is in DIR")
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.pipeline.encoding import Encoding
    from corpusmill.pipeline.tokenizing import plan_texts
    from corpusmill.store import layout

    runs = [path for path in arguments.inputs if (path / layout.IDENTITY).exists()]
    if arguments.selection is None and runs:
        raise Refused(f"{runs[0]} is a run: say what of it with --selection NAME, or --selection all")
    if arguments.selection is not None and len(arguments.inputs) > 1:
        raise Refused("--selection is of one run: give no other input")
    if arguments.names is not None and arguments.selection is None:
        raise Refused("--names is for the shards of a selection: those of files are called as the files are")
    encoding, facts = Encoding.of(arguments.tokenizer, arguments.pattern, arguments.bos, arguments.eos)
    if arguments.selection is not None:
        from corpusmill.pipeline.tokenize_selection import plan_selection

        plan = plan_selection(arguments.inputs[0], arguments.selection, encoding, facts, arguments.names)
    else:
        plan = plan_texts(arguments.inputs, encoding, facts)
    finished = execution_of(arguments).fill(arguments.out, plan.identity, plan.fill, arguments.fresh)
    counted = finished.manifest["tokens"]
    documents, tokens, unencodable = (sum(c[name] for c in counted) for name in ("documents", "tokens", "unencodable"))
    print(f"{documents:,} documents, {tokens:,} tokens in {arguments.out}")
    return _faults(finished.manifest["quarantined"], unencodable, finished.fault_fraction)


def _faults(quarantined: dict[str, int], unencodable: int, fraction: float) -> int:
    if unencodable:
        print(
            f"corpusmill: {unencodable:,} documents have no tokens: the tokenizer cannot encode them", file=sys.stderr
        )
    if quarantined:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in quarantined.items())
        print(f"corpusmill: quarantined, see quarantine/: {reasons}", file=sys.stderr)
    if fraction > MAX_FAULT_FRACTION:
        print(f"corpusmill: done, but {fraction:.2%} of the lines are faulty", file=sys.stderr)
        return EXIT_FAULTS
    return EXIT_DONE
