"""Hostile pages: no write out of bounds, linear time by the bytes that are written and the elements looked at."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.extract.blocks.text import seen, texts_of
from corpusmill.extract.writing.markdown import markdown_texts
from corpusmill.extract.writing.metadata import metadata_of
from corpusmill.extract.writing.plain import plain_texts
from tests.conftest import REPOSITORY
from tests.extract.writing.pages import PIECES, check, parsed


def with_bounds_checks(request: pytest.FixtureRequest, rounds: int) -> int:
    environment = os.environ | {
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(request.config.cache.mkdir("kernels-with-bounds-checks")),
    }
    command = [sys.executable, "-m", "tests.extract.writing.pages", str(rounds)]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return int(done.stdout)


@pytest.mark.slow
def test_no_write_is_out_of_bounds(request):
    assert with_bounds_checks(request, 2000) == 40_000


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), max_size=4))
def test_any_pieces(pages):
    check([page.encode() for page in pages], random.Random(1))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=4))
def test_random_bytes(pages):
    check(pages, random.Random(2))


HOSTILE = {
    "lists": lambda n: "<ul><li>" * n + "x",
    "lists with text": lambda n: "<ul><li>x" * n,
    "numbered lists": lambda n: "<ol start=999999999999><li>x" * n,
    "quotes": lambda n: "<blockquote>x" * n,
    "quoted lines of code": lambda n: "<blockquote>" * 600 + "<pre>" + "x\n" * n,
    "unterminated pre": lambda n: "<pre>" + "\n" * n + "x",
    "backticks": lambda n: "<code>" + "`" * n + "</code><pre>" + "`" * n,
    "cells": lambda n: "<table>" + "<tr><td>x<td>y" * n,
    "wide cells": lambda n: "<table>" + "<tr><td colspan=1000000000>x<td rowspan=1000000000>y" * n,
    "captions": lambda n: "<table>" + "<tr><td>x<td>y<caption>z" * n,
    "tables in code": lambda n: "<pre>" + "<table><tr><td>x</table>y" * n,
    "a long tag around code": lambda n: "<div " + "a=b " * n + ">" + "<pre>x</pre>" * n,
    "a long tag around items": lambda n: "<ol " + "a=b " * n + ">" + "<li>x" * n,
    "tables": lambda n: "<table><tr><td>x" * n,
    "formulas": lambda n: "<img class=math alt='x^2'>" * n,
    "scripts": lambda n: "<span class=MathJax>x</span><script type=math/tex>y</script>" * n,
    "fractions": lambda n: "<math>" + "<mfrac><mi>x</mi>" * n,
    "roots": lambda n: "<math>" + "<mroot><mi>x</mi><mn>2</mn></mroot>" * n,
    "open formulas": lambda n: "\\(" * n + "\\[" * n,
    "dollars": lambda n: "$$ " * n,
    "ampersands": lambda n: "&amp;a" * n,
    "brackets": lambda n: "[" * n + "]" * n,
    "headings": lambda n: "<h2>x</h2>" * n,
    "open headings": lambda n: "<h2><div>x</div>" * n,
    "spans of katex": lambda n: "<span class=katex>x" * n,
    "attributes": lambda n: "<pre " + "a=b " * n + ">x</pre>" + "<table><tr><td " + "a=b " * n + ">x<td>y<tr><td>z",
    "authors": lambda n: "<p class=author>x" * n,
    "metas": lambda n: "<meta name=author content='http://'>" * n,
}


@pytest.mark.parametrize("family", HOSTILE)
def test_large_hostile_pages(family):
    """All of them are written, and no output is more than a bounded multiple of the page."""
    page = HOSTILE[family](200_000 if family in ("lists", "lists with text") else 40_000)
    found = parsed(page)
    chosen = seen(found)
    for write in (plain_texts, markdown_texts):
        text = write(found, chosen)[0].as_py()
        assert len(text) <= 60 * len(page)
        assert text or not texts_of(found, chosen)[0].as_py()
    assert len(metadata_of(found, pa.array([page], pa.large_string())).titles) == 1
