"""`corpusmill extract PAGES.warc.gz --extractor NAME --out TEXTS.jsonl`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("extract", help="the text of every page of an archive, one JSON line a page")
    parser.add_argument("pages", metavar="PAGES", type=Path)
    parser.add_argument("--extractor", default="resiliparse", help="resiliparse, resiliparse-all, trafilatura")
    parser.add_argument("--out", required=True, metavar="TEXTS.jsonl", type=Path)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import numpy as np
    import orjson
    import pyarrow as pa

    from corpusmill.extract.extractor import Extractor
    from corpusmill.extract.parameters import ExtractParameters
    from corpusmill.files import whole_file
    from corpusmill.read.pages import ReadParameters, read_pages
    from corpusmill.read.probe import probe

    read = ReadParameters()
    probe(arguments.pages, read)
    written = lost = 0
    parameters = dataclasses.replace(ExtractParameters(), extractor=arguments.extractor)
    with Extractor(parameters) as extractor, whole_file(arguments.out) as out:
        for pages, _ in read_pages(arguments.pages, read):
            html = pages.take(pa.array(np.flatnonzero(~pages["is_text"].to_numpy(zero_copy_only=False))))
            extracted = extractor.extract(html)
            lost += len(extracted.losses)
            for row, text in zip(extracted.rows.to_pylist(), extracted.texts.to_pylist(), strict=True):
                record_id, url = html["record_id"][row].as_py(), html["url"][row].as_py()
                out.write(orjson.dumps({"record_id": record_id, "url": url, "text": text}) + b"\n")
                written += 1
    print(f"{written:,} texts; {lost:,} pages without text", file=sys.stderr)
    return EXIT_DONE
