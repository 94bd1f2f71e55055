"""`corpusmill prove RUN --selections A,B --reference en=FILE`: which selection teaches a small model more."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, positive, runner_of, tokens
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("prove", help="train small models on selections: which is better, and is it noise?")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument(
        "--selections", required=True, metavar="A,B", help="two or more; `all` is every document as it is stored"
    )
    parser.add_argument(
        "--reference",
        action="append",
        default=[],
        metavar="LANG=FILE",
        help="held-back text of a language: one document a line, or JSON lines; its languages are those trained on",
    )
    parser.add_argument("--proxy", default="ngram", help="ngram (default; seconds), or transformer (needs torch)")
    parser.add_argument("--size", metavar="S", help="of the transformer: tiny, small, medium, large")
    parser.add_argument("--order", type=positive, default=4, metavar="N", help="longest n-gram (default 4)")
    parser.add_argument(
        "--tokens",
        type=tokens,
        metavar="N",
        help="of each model; default: half of the smallest selection",
    )
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="models of each selection; default 3")
    parser.add_argument(
        "--epochs", type=positive, default=1, metavar="N", help="times that a document may be seen; default 1"
    )
    parser.add_argument(
        "--eval",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="zero-shot set, as of BLiMP, LAMBADA, ARC, PIQA",
    )
    parser.add_argument("--eval-items", type=positive, metavar="N", help="at most so many of each set, drawn by hash")
    parser.add_argument("--tokenizer", type=Path, metavar="FILE", help="default: one is trained on the run")
    parser.add_argument("--vocabulary-size", type=positive, default=4096, metavar="N", help="of that one; default 4096")
    parser.add_argument("--name", help="of the proof; default: the proxy's")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.pipeline.prove.add import Proof
    from corpusmill.prove.parameters import NgramProxyParameters, ProofParameters
    from corpusmill.prove.reference import given
    from corpusmill.prove.transformer.parameters import TransformerParameters
    from corpusmill.report.page import reported
    from corpusmill.report.proof import proof_text

    parameters = ProofParameters(
        tuple(name.strip() for name in arguments.selections.split(",")),
        arguments.proxy,
        arguments.tokens,
        arguments.seeds,
        arguments.epochs,
        arguments.vocabulary_size,
        NgramProxyParameters(arguments.order),
        TransformerParameters(arguments.size),
    )
    proof = Proof(
        arguments.name or arguments.proxy,
        parameters,
        given(arguments.reference, "--reference"),
        given(arguments.eval, "--eval"),
        arguments.tokenizer,
        arguments.eval_items,
    )
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        finished = reported(runner.finish(folder, runner.prove(folder, proof)))
    found = finished.manifest["proofs"][proof.name]
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() if arguments.json else proof_text(found))
    return EXIT_DONE
