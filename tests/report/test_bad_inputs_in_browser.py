"""Hostile archives, run as any others: their report does nothing in a browser."""

from __future__ import annotations

import pytest

import corpusmill
from tests.report.browser import SCREENS, Watched, browser

HOSTILE = (
    "html_script_payload.warc.gz",
    "html_nested_spans_60k.warc.gz",
    "warc_blank_and_markup_in_uri.warc",
    "jsonl_crlf_and_separators.jsonl",
)


@pytest.mark.shared
def test_the_report_of_hostile_inputs_is_inert(shared, tmp_path):
    inputs = [shared / "bad_inputs" / name for name in HOSTILE]
    run = corpusmill.run("keep-all", inputs, tmp_path / "run", workers=1).root
    corpusmill.open(run)
    with browser() as chromium:
        watched = Watched(chromium, (run / "report.html").as_uri())
        for screen in SCREENS:
            watched.show(screen)
            assert watched.is_untouched(), screen
        watched.show("why")
        documents = watched.page.locator("[data-item]").count()
        for _ in range(documents):
            watched.page.keyboard.press("j")
            assert watched.is_untouched()
        assert documents > 0
        assert watched.complaints == []
        assert watched.outside() == []
