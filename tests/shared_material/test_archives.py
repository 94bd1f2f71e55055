"""Real and hostile archives from beside the checkout, through the command itself."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.crawl_truth import charset_table, fates_of, junk_table, truth_of

import corpusmill
from corpusmill.store import manifest
from corpusmill.store.check import check

pytestmark = pytest.mark.shared

# Kinds that must not become documents, and the reasons that are right for them.
REFUSED = {
    "http-error": {"dropped: http_status"},
    "redirect": {"dropped: http_status"},
    "robots-txt": {"dropped: media_type"},
    "ai-txt": {"dropped: media_type"},
    "json": {"dropped: media_type"},
    "pdf": {"dropped: media_type", "dropped: binary"},
    "png": {"dropped: media_type", "dropped: binary"},
    "min-js": {"dropped: media_type"},
}


def conserved(described: dict) -> bool:
    lost = sum(described["dropped"].values()) + sum(described["quarantined"].values())
    return described["read"] == described["kept"] + lost


def test_bad_inputs_behave(shared: Path):
    script = [sys.executable, shared / "bad_inputs/run_bad_inputs.py", shared / "bad_inputs", "keep-all"]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(script, capture_output=True, text=True, env={"PATH": path})
    assert done.returncode == 0, done.stdout + done.stderr


def test_real_archives_run_without_a_traceback_and_conserve(shared: Path, tmp_path: Path):
    archives = sorted(p for p in (shared / "data/real-warc").iterdir() if p.is_file())
    finished = corpusmill.run("keep-all", archives, tmp_path / "run", workers=2)
    assert len(finished.manifest["inputs"]) == len(archives)
    assert conserved(finished.manifest)
    assert finished.manifest["kept"] > 150
    assert check(tmp_path / "run") == []


def test_every_response_of_the_crawl_is_accounted_for(shared: Path, tmp_path: Path):
    crawl = shared / "data/crawl-bench"
    finished = corpusmill.run("keep-all", [crawl], tmp_path / "run", workers=2)
    described = manifest.read(tmp_path / "run")
    assert finished.manifest == described
    assert conserved(described)
    # One page is cut inside a tag before its first word: damaged, and counted as that.
    assert described["quarantined"] == {"html_unclosed": 1}
    truth, fates = truth_of(crawl), fates_of(tmp_path / "run")
    assert [record_id for record_id in truth if len(fates.get(record_id, [])) != 1] == []
    junk = junk_table(truth, fates)
    assert {kind: set(junk[kind]) - allowed for kind, allowed in REFUSED.items() if set(junk[kind]) - allowed} == {}
    charsets = charset_table(tmp_path / "run", crawl, truth)
    outcomes = sum(charsets.values(), Counter())
    assert outcomes.total() == 397
    assert set(outcomes) <= {"right", "no text in it"}, charsets
