from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.kernels.characters.tables import unicode_tables
from corpusmill.kernels.matching.automaton import ANYWHERE, FLANKED, count_distinct, count_occurrences, make_automaton
from corpusmill.kernels.matching.reference_automaton import occurrences
from corpusmill.signals.bad_words import ldnoobw
from corpusmill.signals.columns import counted
from corpusmill.signals.registry import measure

LANGUAGES = {"eng": "en", "ita": "it", "fra": "fr", "deu": "de", "spa": "es"}


def _counts(texts: list[str], language: str = "en", name: str = "c4_bad_words", folder: Path | None = None) -> list:
    batch = TextBatch(pa.array(texts, pa.string()), language, Artifacts(folder))
    return measure(batch, [name])[name].to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a class of bass", 0),
        ("ASS", 1),
        ("(ass)", 1),
        ("ass ass", 2),
        ("ass_", 0),
        ("éass", 0),
        ("eat my ass", 2),  # the phrase and the word in it
        ("S&M!", 1),
        ("sexual", 0),  # in the later list only
        ("\N{REVERSED HAND WITH MIDDLE FINGER EXTENDED} x", 1),
    ],
)
def test_words_need_other_characters_on_either_side(text: str, expected: int) -> None:
    assert _counts([text]) == [expected]


def test_languages_without_spaces_match_anywhere_and_have_exceptions() -> None:
    assert _counts(["彼はアナルと", "グロ", "sm"], "ja") == [1, 0, 0]
    assert _counts(["性", "x乳交x"], "zh") == [0, 2]  # 乳 and 乳交
    assert _counts(["乳交"], "en") == [0]


def test_a_language_without_a_list_is_null_and_other_names_are_known() -> None:
    assert _counts(["ass"], "und") == [None]
    assert _counts(["puta ka"], "tl") == [1]


def test_canadian_french_counts_in_c4_alone() -> None:
    assert _counts(["un calice"], "fr") == [1]
    assert _counts(["un calice"], "fr", "datatrove_bad_words") == [0]


def test_english_is_the_list_of_c4() -> None:
    words = ldnoobw("en", merged=True)
    assert len(words) == 377
    assert "viagra" not in words


def test_a_list_of_the_artifacts_folder_comes_first(tmp_path: Path) -> None:
    (tmp_path / "c4_bad_words").mkdir()
    (tmp_path / "c4_bad_words" / "xx.txt").write_text("# made up\n\nFoo bar \n")
    assert _counts(["the FOO BAR!", "foobar"], "xx", folder=tmp_path) == [1, 0]


def test_toxic_words_are_counted_per_thousand_words(tmp_path: Path) -> None:
    (tmp_path / "toxicity").mkdir()
    (tmp_path / "toxicity" / "en.txt").write_text("nasty\nvery nasty\n")
    found = _counts(["this is very nasty", "kind", "!"], "en", "toxic_words_per_1000", tmp_path)
    assert found == [500.0, 0.0, None]


def test_a_missing_toxicity_list_gives_null_and_a_warning(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    batch = TextBatch(pa.array(["a"]), "en", artifacts)
    assert measure(batch, ["toxic_words_per_1000"])["toxic_words_per_1000"].to_pylist() == [None]
    assert artifacts.warnings == ["no toxicity/en.txt: toxic_words_per_1000 is null for this language"]


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the oracle needs Unicode 14.0")
@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.lists(st.text("ab_é 乳-", max_size=30), max_size=4),
    st.lists(st.text("ab_é 乳-", min_size=1, max_size=4), max_size=8),
    st.booleans(),
)
def test_the_automaton_counts_as_its_oracle(texts: list[str], phrases: list[str], flanked: bool) -> None:
    batch = TextBatch(pa.array(texts, pa.string()))
    automaton = make_automaton(phrases)
    flanks = FLANKED if flanked else ANYWHERE
    found = counted(
        count_occurrences, len(texts), batch.data, batch.offsets, automaton, flanks, unicode_tables()
    ).tolist()
    assert found == [occurrences(text, phrases, flanked=flanked) for text in texts]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.text("ab", max_size=20), max_size=4), st.lists(st.text("ab", min_size=1, max_size=4), max_size=8))
def test_distinct_phrases_are_counted_once(texts: list[str], phrases: list[str]) -> None:
    import numpy as np

    batch = TextBatch(pa.array(texts, pa.string()))
    automaton = make_automaton(phrases)
    seen = np.full(len(automaton.lengths), -1, np.int64)
    found = counted(count_distinct, len(texts), batch.data, batch.offsets, automaton, seen).tolist()
    assert found == [sum(phrase in text for phrase in set(phrases)) for text in texts]


def test_a_megabyte_of_one_letter_takes_one_pass() -> None:
    automaton = make_automaton(["a" * size for size in range(1, 20)])
    batch = TextBatch(pa.array(["a" * 1_000_000]))
    found = counted(count_occurrences, 1, batch.data, batch.offsets, automaton, FLANKED, unicode_tables())
    assert found.tolist() == [0]


@pytest.mark.shared
def test_every_document_of_the_vectors_has_its_verdict(shared: Path) -> None:
    folder = shared / "conformance" / "filters"
    documents = _rows(folder / "documents.jsonl.gz")
    golden = {row["id"]: row["c4_badwords"]["keep"] for row in _rows(folder / "datatrove_0.10.1_spacy.jsonl.gz")}
    tfds = {row["id"]: row["badwords_keep"] for row in _rows(folder / "tfds_4.9.10_c4.jsonl.gz")}
    wrong = []
    for code, language in LANGUAGES.items():
        rows = [row for row in documents if row["lang"] == code]
        texts = [row["text"] for row in rows]
        for name, wanted in (("datatrove_bad_words", golden), ("c4_bad_words", tfds)):
            for row, count in zip(rows, _counts(texts, language, name), strict=True):
                if (count == 0) != wanted[row["id"]]:
                    wrong.append((row["id"], name, count))
    assert len(documents) == 610
    assert wrong == []


def test_the_published_pattern_agrees_for_every_language() -> None:
    for language in ("ar", "en", "hi", "ko", "ru"):
        words = ldnoobw(language, merged=False)
        pattern = re.compile(r"(?:\W|^)({})(?:\W|$)".format("|".join(map(re.escape, words))))
        texts = [f"{before}{word}{after}" for word in words for before, after in (("", ""), ("x", ""), (" ", "."))]
        expected = [pattern.search(text.lower()) is not None for text in texts]
        assert [count > 0 for count in _counts(texts, language)] == expected


def _rows(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
