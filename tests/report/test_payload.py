"""What the page is given: a sample by hash, exact blame, codes that give the stored verdicts, bounded texts."""

from __future__ import annotations

import base64
import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.keys import id_int
from corpusmill.report.payload import texts
from corpusmill.report.payload.build import payload
from corpusmill.report.payload.chosen import choose
from corpusmill.report.payload.pack import as_script, packed
from corpusmill.report.payload.texts import differing_lines
from corpusmill.report.queries import Tables


def of(run, most=50_000, **changes):
    described = json.loads((run / "manifest.json").read_text()) | changes
    with Tables(run) as tables:
        return payload(run, described, tables, most)


@pytest.fixture(scope="module")
def whole(run_folder):
    return of(run_folder)


@settings(derandomize=True)
@given(
    value=st.recursive(
        st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_value_comes_back_and_ends_no_element(value):
    written = as_script(value)
    assert not set("<>&\u2028\u2029\u202e\x00") & set(written)
    assert json.loads(written) == value


def test_what_is_no_number_is_null():
    assert as_script([float("nan"), float("inf")]) == "[null,null]"


def test_numbers_are_little_endian():
    assert np.frombuffer(base64.b64decode(packed(np.array([1, 2, 1 << 20], ">u4"))), "<u4").tolist() == [1, 2, 1 << 20]


def test_a_sample_has_the_least_hashes(run_folder):
    ids = [
        doc_id
        for path in sorted((run_folder / "quality_signals").rglob("*.parquet"))
        for doc_id in pq.read_table(path)["doc_id"].to_pylist()
    ]
    found = of(run_folder, 50)["documents"]
    key, line = (np.frombuffer(base64.b64decode(found[name]), "<u4") for name in ("key", "line"))
    shown = {f"{found['paths'][k]}.json.gz/{n}" for k, n in zip(key, line, strict=True)}
    assert shown == set(sorted(ids, key=id_int)[:50])
    assert (found["sampled"], found["total"]) == (50, 600)


def test_blame_is_of_the_full_run_whatever_the_sample(run_folder, whole):
    (selection,) = of(run_folder, 10)["selections"]
    (exact,) = whole["selections"]
    stored = json.loads((run_folder / "manifest.json").read_text())["selections"]["gopher"]
    for found in (selection, exact):
        assert {rule["name"]: rule["drops"] for rule in found["rules"]} == stored["rules"]
        assert found["kept"] == stored["kept"] == sum(counts[1] for counts in found["groups"].values())
        assert sum(counts[0] for counts in found["groups"].values()) == 600
    assert selection["overlap"] == exact["overlap"]


def test_rules_with_limits_have_handles_where_they_stand(whole):
    names = [dimension["name"] for dimension in whole["dimensions"]]
    (selection,) = whole["selections"]
    for rule in selection["rules"]:
        dimension = whole["dimensions"][rule["dimension"]]
        assert names[rule["dimension"]] == rule["value"] and "fixed" not in rule
        if rule["min"] is not None:
            assert dimension["least"][rule["low"] - 1] == rule["min"]
        if rule["max"] is not None:
            assert dimension["most"][rule["high"]] == rule["max"]


@pytest.mark.parametrize("definitions", [[], [{"name": "min_words", "value": "rps_doc_word_count", "min": 51}]])
def test_a_rule_whose_limits_do_not_give_its_verdicts_has_no_handle(run_folder, definitions):
    described = json.loads((run_folder / "manifest.json").read_text())["selections"]
    described["gopher"]["definitions"] = {"rules": definitions, "order": ["min_words", "max_symbols"]}
    (selection,) = of(run_folder, selections=described)["selections"]
    assert all("fixed" in rule and "dimension" not in rule for rule in selection["rules"])


def test_the_same_run_elsewhere_gives_the_same_bytes(run_folder, whole, tmp_path):
    shutil.copytree(run_folder, tmp_path / "moved")
    assert as_script(of(tmp_path / "moved")) == as_script(whole)


def test_texts_stay_within_their_budget(run_folder, monkeypatch):
    monkeypatch.setattr(texts, "BUDGET_BYTES", 5_000)
    found = of(run_folder)["documents"]["texts"]
    assert 1 < len(found) < 100 and sum(len(text.encode()) for _, text, _ in found) < 5_000
    assert all(len(text) <= texts.TEXT_CHARS <= 20_000 for _, text, _ in found)


def test_a_long_text_is_cut_and_its_length_told(whole):
    assert any((text, chars) == ("x" * texts.TEXT_CHARS, 20_000) for _, text, chars in whole["documents"]["texts"])


def test_clusters_show_what_differs(whole):
    (found,) = whole["duplicates"]
    (cluster,) = found["largest"]
    assert cluster["size"] == 7 and cluster["members"][0]["stays"]
    assert found["sizes"] == [(7, 1)] and len(found["pairs"]) == 6


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ("a\nb\nc", "a\nB\nc", ([("-", "b"), ("+", "B")], 0)),
        ("a", "a", ([], 0)),
        ("", "x\n" * 40, ([("+", "x")] * 14, 26)),
    ],
)
def test_differing_lines(here, there, expected):
    assert differing_lines(here, there) == expected


def test_a_run_without_signals_has_no_documents(tmp_path):
    assert choose(tmp_path).documents == 0
