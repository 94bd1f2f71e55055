"""`corpusmill plan-filter RUN --score COLUMN --tokens 1e6,1e7,1e8`: how strict a filter should be."""

from __future__ import annotations

import argparse
from pathlib import Path

from corpusmill.cli.common import Verbs, add_engine, positive, runner_of, tokens
from corpusmill.errors import EXIT_DONE, RecipeError


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("plan-filter", help="how strict a filter by a score should be for so many tokens")
    parser.add_argument("folder", metavar="RUN", type=Path)
    parser.add_argument("--score", required=True, metavar="COLUMN", help="a signal or score, as ccnet_perplexity")
    parser.add_argument("--best", default="high", metavar="END", help="of the score: high (default) or low")
    parser.add_argument("--buckets", type=positive, default=5, metavar="N", help="of equal tokens; default 5")
    parser.add_argument("--tokens", required=True, metavar="N,N", help="to plan for, as 1e6,1e7,1e8")
    parser.add_argument(
        "--reference", action="append", default=[], metavar="LANG=FILE", help="held-back text, as for prove"
    )
    parser.add_argument("--proxy", default="ngram", help="ngram (default), or transformer (needs torch)")
    parser.add_argument("--size", default="tiny", metavar="S", help="of the transformer; default tiny")
    parser.add_argument("--run-tokens", type=tokens, metavar="N", help="of each run; default: half of a bucket")
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="runs of each bucket; default 3")
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="X", help="the corpus is so many times this run; default 1"
    )
    parser.add_argument("--name", help="of the plan; default: plan")
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")
    add_engine(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.errors import printable
    from corpusmill.files import write_whole
    from corpusmill.pipeline.prove.plan_filter import FilterPlan
    from corpusmill.prove.law.runs import RunParameters
    from corpusmill.prove.reference import given
    from corpusmill.prove.transformer.parameters import TransformerParameters
    from corpusmill.report.page import reported
    from corpusmill.report.plan_filter import plan_page, plan_text

    try:
        budgets = tuple(float(text) for text in arguments.tokens.split(","))
    except ValueError:
        raise RecipeError([f"--tokens {arguments.tokens!r}: wanted numbers, as 1e6,1e7,1e8"]) from None
    wanted = FilterPlan(
        arguments.name or "plan",
        arguments.score,
        budgets,
        given(arguments.reference, "--reference"),
        arguments.best,
        arguments.buckets,
        arguments.seeds,
        arguments.run_tokens,
        arguments.scale,
        RunParameters(arguments.proxy, transformer=TransformerParameters(arguments.size)),
    )
    runner = runner_of(arguments)
    with runner.opened(arguments.folder) as folder:
        folder.refuse_unfinished()
        finished = reported(runner.finish(folder, runner.plan_filter(folder, wanted)))
    found = finished.manifest["filter_plans"][wanted.name]
    chart = finished.root / f"{wanted.name}.html"
    write_whole(chart, plan_page(found).encode())
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() if arguments.json else plan_text(found))
    print(f"chart: {printable(str(chart))}")
    return EXIT_DONE
