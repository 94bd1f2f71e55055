"""`corpusmill tokenize RUN --selection S --tokenizer FILE --out DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, runner_of
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("tokenize", help="a selection to ragged token arrays (.data.npy and .len.npy)")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--selection", required=True, metavar="S")
    parser.add_argument(
        "--tokenizer", required=True, metavar="FILE", type=Path, help="SentencePiece .model, tokenizer.json"
    )
    parser.add_argument("--out", required=True, metavar="DIR", type=Path)
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:

    runner = runner_of(arguments)
    documents, tokens = runner.tokenize_to(arguments.folder, arguments.selection, arguments.tokenizer, arguments.out)
    print(f"{documents:,} documents, {tokens:,} tokens in {arguments.out}")
    return EXIT_DONE
