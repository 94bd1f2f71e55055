"""`corpusmill extract PAGES.warc.gz --extractor NAME --out TEXTS.jsonl`, or `--compare A,B --report FILE.html`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpusmill.cli.common import MAX_FAULT_FRACTION, Verbs, positive, refuse_out
from corpusmill.errors import EXIT_DONE, EXIT_FAULTS, RecipeError

_EXAMPLES = """\
examples:
  corpusmill extract crawl.warc.gz --out texts.jsonl
  corpusmill extract crawl.warc.gz --extractor learned --markup markdown --out texts.jsonl
  corpusmill extract crawl.warc.gz --compare learned,resiliparse --report extraction.html
"""


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "extract",
        help="the text of every page of an archive, or a page that shows what two extractors make of a sample",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pages", metavar="PAGES", type=Path, help="WARC, WET, ARC, JSON lines or Parquet")
    parser.add_argument("--extractor", metavar="NAME", help=f"{', '.join(_extractors())} (default {_default()})")
    parser.add_argument(
        "--profile", metavar="NAME", help="of learned: article (main text, the default), whole-page (comments too)"
    )
    parser.add_argument("--markup", metavar="NAME", help="of learned: text (default), markdown")
    parser.add_argument("--model", metavar="MODEL", help="of learned: made by corpusmill train extractor")
    parser.add_argument("--out", metavar="TEXTS.jsonl", type=Path, help="one JSON line a page with text")
    parser.add_argument("--compare", metavar="A,B", help="two extractors, side by side in --report")
    parser.add_argument("--report", metavar="FILE.html", type=Path, help="with --compare: where the page is written")
    parser.add_argument(
        "--sample", metavar="N", type=positive, help="with --compare: pages, by hash of their record ids (default 50)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    _refuse_mixed(arguments)
    return _compare(arguments) if arguments.compare else _extract(arguments)


def _refuse_mixed(arguments: argparse.Namespace) -> None:
    """RecipeError with every option that does not go with the others."""
    mistakes = []
    if arguments.compare:
        mistakes += [
            f"--{name} does not go with --compare" for name in ("extractor", "out") if getattr(arguments, name)
        ]
        if arguments.report is None:
            mistakes.append("--compare needs --report FILE.html")
    else:
        mistakes += [f"--{name} needs --compare A,B" for name in ("report", "sample") if getattr(arguments, name)]
        if arguments.out is None:
            mistakes.append("wanted --out TEXTS.jsonl, or --compare A,B --report FILE.html")
    if mistakes:
        raise RecipeError(mistakes)


def _extract(arguments: argparse.Namespace) -> int:
    import orjson

    from corpusmill.extract.parameters import ExtractParameters
    from corpusmill.files import whole_file
    from corpusmill.pipeline.extract_texts import texts_of_archive
    from corpusmill.read.pages import ReadParameters
    from corpusmill.read.probe import probe

    refuse_out(arguments.out, arguments.pages)
    given = {name: getattr(arguments, name) for name in ("extractor", "profile", "markup", "model")}
    parameters = ExtractParameters(**{name: value for name, value in given.items() if value is not None})
    parameters.kind()  # it and the next refuse before the file is begun
    probe(arguments.pages, ReadParameters())
    written = lost = unread = 0
    with whole_file(arguments.out) as out:
        for found in texts_of_archive(arguments.pages, parameters):
            lost += len(found.losses)
            unread += found.unread
            written += found.texts.num_rows
            for row in found.texts.to_pylist():
                out.write(orjson.dumps(row) + b"\n")
    faults = f"; {unread:,} records that cannot be read: corpusmill run says why" if unread else ""
    print(f"{written:,} texts; {lost:,} pages without text{faults}", file=sys.stderr)
    return EXIT_FAULTS if unread > MAX_FAULT_FRACTION * (written + lost + unread) else EXIT_DONE


def _compare(arguments: argparse.Namespace) -> int:
    from corpusmill.extract.parameters import LEARNED, ExtractParameters
    from corpusmill.report.extraction import write_extraction_check

    names = [name.strip() for name in arguments.compare.split(",")]
    if len(names) != 2:
        raise RecipeError([f"--compare {arguments.compare}: wanted two extractors, as learned,resiliparse"])
    ours = {name: getattr(arguments, name) for name in ("profile", "markup", "model")}
    if LEARNED not in names and any(ours.values()):
        raise RecipeError(["--profile, --markup and --model are for the extractor learned, which is not compared"])
    a, b = (ExtractParameters(name, **ours) if name == LEARNED else ExtractParameters(name) for name in names)
    checked = write_extraction_check(arguments.report, arguments.pages, a, b, arguments.sample or 50)
    print(checked)
    print(f"report: {arguments.report}", file=sys.stderr)
    return EXIT_DONE


def _extractors() -> list[str]:
    from corpusmill.extract.parameters import EXTRACTORS

    return list(EXTRACTORS)


def _default() -> str:
    from corpusmill.extract.parameters import ExtractParameters

    return ExtractParameters.extractor
