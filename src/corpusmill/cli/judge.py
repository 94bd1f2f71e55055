"""`corpusmill judge DOCS.jsonl[.gz] --recipe NAME --out VERDICTS.jsonl`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs, refuse_out
from corpusmill.errors import EXIT_DONE, EXIT_FAULTS, Refused

BATCH_DOCUMENTS = 1024


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("judge", help="a recipe's verdict on every line of a file of texts, with all reasons")
    parser.add_argument("documents", metavar="DOCS.jsonl", type=Path, help='lines with "text", and "id", "language"…')
    parser.add_argument("--recipe", required=True, help="whose rules and edits: a path, or a bundled recipe")
    parser.add_argument("--out", required=True, metavar="VERDICTS.jsonl", type=Path)
    parser.add_argument("--language", default="en", metavar="CODE", help="of lines that name none; default: en")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as rule.word_count.min=100")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from corpusmill.artifacts import Artifacts
    from corpusmill.errors import printable
    from corpusmill.files import whole_file
    from corpusmill.pipeline.judge import Judge, documents_of, judged_in_order
    from corpusmill.pipeline.judge_lines import read_documents, verdict_line
    from corpusmill.pipeline.recipe import load

    refuse_out(arguments.out, arguments.documents)
    if not arguments.language.strip():
        raise Refused("--language is empty; wanted a code, as en")
    recipe = load(arguments.recipe, arguments.set)
    folder = recipe.signals.artifacts
    judge = Judge(recipe, Artifacts(None if folder is None else Path(folder)))
    undecided = {rule.name for rule in recipe.rule if rule.undecided}
    kept = judged = lost = 0
    with whole_file(arguments.out) as out:
        for batch in read_documents(arguments.documents, arguments.language, BATCH_DOCUMENTS):
            for fault in batch.faults:
                print(f"corpusmill: {arguments.documents}: {printable(fault)}", file=sys.stderr)
            lost += len(batch.faults)
            documents = documents_of(batch.doc_ids, batch.texts, batch.languages, batch.urls)
            verdicts, texts = judged_in_order(judge, documents)
            for verdict, before, after in zip(verdicts.to_pylist(), batch.texts, texts.to_pylist(), strict=True):
                out.write(verdict_line(verdict, before, after, undecided))
                kept += verdict["keep"]
            judged += documents.num_rows
    for warning in judge.artifacts.warnings:
        print(f"corpusmill: {printable(warning)}", file=sys.stderr)
    print(f"{judged:,} documents: {kept:,} kept, {judged - kept:,} dropped; {lost:,} lines unreadable", file=sys.stderr)
    return EXIT_FAULTS if lost > recipe.max_fault_fraction * max(judged + lost, 1) else EXIT_DONE
