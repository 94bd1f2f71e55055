"""`corpusmill score-lm --model MODEL --pieces FILE --out SCORES.jsonl`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE
from corpusmill.files import write_whole


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("score-lm", help="log10 probabilities of sentences by a language model")
    parser.add_argument("--model", required=True, type=Path, help="folder of `train lm`, or an ARPA file")
    parser.add_argument(
        "--pieces", required=True, metavar="FILE", type=Path, help="one sentence a line, words separated by spaces"
    )
    parser.add_argument(
        "--out", required=True, metavar="FILE", type=Path, help="one JSON line a sentence; - for stdout"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.models.ngram.files import load
    from corpusmill.models.ngram.train import lines_of

    model = load(arguments.model)
    sentences = lines_of(arguments.pieces)
    scores = model.score(sentences)
    rows = bytearray()
    begin = 0
    for log10, end in zip(scores.log10.tolist(), scores.ends.tolist(), strict=True):
        row = {
            "log10": log10,
            "token_log10": scores.token_log10[begin:end].tolist(),
            "ngram_used": scores.ngram_used[begin:end].tolist(),
            "oov": scores.unknown[begin:end].tolist(),
        }
        rows += orjson.dumps(row) + b"\n"
        begin = end
    if str(arguments.out) == "-":
        sys.stdout.buffer.write(rows)
    else:
        write_whole(arguments.out, bytes(rows))
    return EXIT_DONE
