"""Hostile bytes through all of the extractor `learned`: blocks, features, choice, both ways of writing, metadata.

usage: python -m tests.extract.hostile_batches ROUNDS [FOLDER]   (NUMBA_BOUNDSCHECK=1: see test_hostile_batches.py)
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from corpusmill.extract.blocks.parse import ParseParameters, parse
from corpusmill.extract.blocks.text import seen
from corpusmill.extract.in_process import InProcessExtractor
from corpusmill.extract.learned.choose import main_content
from corpusmill.extract.learned.features import PROFILES
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.extract.writing.markdown import markdown_texts
from corpusmill.extract.writing.metadata import metadata_of
from corpusmill.extract.writing.plain import plain_texts
from corpusmill.schema import PAGES, batch_of
from tests.extract.blocks import invariants
from tests.extract.writing import pages as writing

BOUNDS = (None, ParseParameters(max_depth=3, max_tokens=2))


def through_all(pages: list[bytes], extractor: InProcessExtractor) -> None:
    """Assert what must hold of any bytes: a text for each page, UTF-8, and one outcome for each by the extractor."""
    for bounds in BOUNDS:
        batch = pa.array([page.decode("utf-8", "replace") for page in pages], pa.large_string())
        parsed = parse(batch, bounds)
        for profile in PROFILES:
            chosen = main_content(parsed, profile)
            assert not chosen[~seen(parsed)].any()
            for write in (plain_texts, markdown_texts):
                texts = write(parsed, chosen)
                assert len(texts) == len(pages)
                texts.validate(full=True)
        for column in vars(metadata_of(parsed, batch)).values():
            assert len(column) == len(pages)
            column.validate(full=True)
    rows = len(pages)
    given = {"ordinal": list(range(rows)), "offset": [0] * rows, "is_text": [False] * rows, "body": pages}
    extracted = extractor.extract(batch_of(PAGES, given, rows))
    assert sorted([*extracted.rows.to_pylist(), *(loss.ordinal for loss in extracted.losses)]) == list(range(rows))
    assert not [loss for loss in extracted.losses if loss.reason in ("extract_error", "extract_memory")]
    extracted.texts.validate(full=True)
    assert all(extracted.texts.to_pylist())  # a page without text is a loss


def batches(rounds: int, folder: Path | None) -> Iterator[list[bytes]]:
    """Those of the tests of blocks, and pages of tags that writing and metadata look at."""
    yield []
    yield from invariants.hostile_pages(rounds, folder)
    generator = random.Random(22)
    pieces = [*invariants.PIECES, *writing.PIECES]
    for _ in range(rounds):
        yield ["".join(generator.choices(pieces, k=generator.randrange(80))).encode() for _ in range(20)]


def main() -> None:
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    pages = 0
    with InProcessExtractor(ExtractParameters("learned")) as extractor:
        for batch in batches(int(sys.argv[1]), folder):
            through_all(batch, extractor)
            pages += len(batch)
    print(pages)


if __name__ == "__main__":
    main()
