"""`corpusmill blame` counts over the stored verdicts of the full run."""

from __future__ import annotations

import json

import pytest

from corpusmill.errors import RunRefused
from corpusmill.report.blame import blame_json, blame_of, blame_text
from corpusmill.store.opened import open_run


def test_blame_is_what_the_verdicts_say(run_folder):
    stored = json.loads((run_folder / "manifest.json").read_text())["selections"]["gopher"]
    found = blame_json(blame_of(open_run(run_folder), None, 0.5))
    assert (found["selection"], found["documents"], found["kept"]) == ("gopher", 600, stored["kept"])
    assert dict(zip(found["rules"], found["drops"], strict=True)) == stored["rules"]
    both = found["overlap"][0][1]
    assert [d - a for d, a in zip(found["drops"], found["alone"], strict=True)] == [both, both]
    assert 600 - found["kept"] == sum(found["drops"]) - both


def test_groups_that_lose_too_much_are_named(run_folder):
    opened = open_run(run_folder)
    assert {alarm.group for alarm in blame_of(opened, "gopher", 0.0).alarms["languages"]} == {"de", "en"}
    assert not any(blame_of(opened, "gopher", 1.0).alarms.values())
    text = blame_text(blame_of(opened, "gopher", 0.01))
    assert "min_words" in text and "languages that lose most" in text and "\u202e" not in text


def test_an_unknown_selection_is_refused(run_folder):
    with pytest.raises(RunRefused, match="gopher"):
        blame_of(open_run(run_folder), "gophr", 0.5)
