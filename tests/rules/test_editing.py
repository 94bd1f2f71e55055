"""Edits applied: what stays of a text, what is stored of that, and which rules a document fails."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.edits import reference_edits as plain
from corpusmill.rules.edit import Edit, LineRule
from corpusmill.rules.editing import apply
from corpusmill.rules.replace.spans import replay
from corpusmill.rules.rule import Rule
from corpusmill.schema import FAILED, REPLACEMENTS
from corpusmill.segment.sentences import sentence_counts
from corpusmill.signals.registry import measure
from tests.kernels.texts import needs_unicode_14, texts

POLICY = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"]
C4 = Edit(
    "c4",
    "c4",
    (
        LineRule("long_word", "c4_lines_longest_word_chars", max=12),
        LineRule("no_mark", "c4_lines_ends_with_mark - c4_lines_ends_with_ellipsis", min=1),
        LineRule("few_words", "c4_lines_word_count_without_citations", min=2),
        LineRule("lorem", "c4_lines_lorem_ipsum", max=0, drop="document"),
        LineRule("javascript", "c4_lines_javascript", max=0),
        LineRule("brace", "c4_lines_curly_bracket", max=0, drop="document"),
        LineRule("policy", "c4_lines_policy", max=0),
    ),
    (Rule("few_sentences", "sum(c4_lines_sentences_fast)", min=2),),
    if_empty="nothing",
)
Failure = tuple[str, float | None, float | None]


def edited(edit: Edit, given_texts: list[str]) -> tuple[list[str], list[list[Failure]]]:
    assert edit.mistakes() == []
    batch = TextBatch(pa.array(given_texts, pa.string()))
    found = apply(edit, batch)
    assert (found.replacements.type, found.failed.type) == (REPLACEMENTS, FAILED)
    assert replay(batch.texts, found.replacements).equals(found.texts)
    unchanged = found.texts.cast(pa.string()).to_numpy(zero_copy_only=False) == np.array(given_texts, object)
    assert found.replacements.is_null().to_pylist() == unchanged.tolist()
    return found.texts.to_pylist(), [
        [tuple(each.values()) for each in each_failed] for each_failed in found.failed.to_pylist()
    ]


TABLE: list[tuple[str, str, list[Failure]]] = [
    ("One two. Three four.", "One two. Three four.", []),
    ("  One two.\r\n\r\nThree four.  ", "One two.\nThree four.", []),
    ("One two.\nMenu\nThree four!", "One two.\nThree four!", []),
    ("It is so [1] here.\nAnd so [edit] on[2].", "It is so  here.\nAnd so  on.", []),
    ("One two. [1]\nThree four. Five six.", "Three four. Five six.", []),  # white space is left at the end
    ("We use JavaScript.\nOne two. Three four.", "One two. Three four.", []),
    ("See java[1]script.\nOne two. Three four.", "One two. Three four.", []),
    ("Read the Terms of Use.\nA b. C d.", "A b. C d.", []),
    ("abcdefghijklm too long.\nA b. C d.", "A b. C d.", []),
    ("One two...\nA b. C d.", "A b. C d.", []),
    ("{ brace\nA b. C d.", "A b. C d.", []),  # a line that is left out before cannot drop the document
    ("A b {.\nLorem ipsum dolor.", "", [("brace", 1, 0), ("lorem", 1, 0), ("few_sentences", 0, 2), ("nothing", 0, 1)]),
    ("Lorem ipsum {.\nA b {. C d.\nA b. C d.", "A b. C d.", [("lorem", 1, 0), ("brace", 1, 0)]),
    ("One two.", "One two.", [("few_sentences", 1, 2)]),
    ("Menu", "", [("few_sentences", 0, 2), ("nothing", 0, 1)]),
    ("", "", [("few_sentences", 0, 2), ("nothing", 0, 1)]),
]


@pytest.mark.parametrize(("text", "after", "failed"), TABLE)
def test_c4(text: str, after: str, failed: list[Failure]):
    assert edited(C4, [text]) == ([after], [failed])


def test_a_batch_is_edited_as_its_texts_are_alone():
    given_texts = [text for text, _, _ in TABLE]
    assert edited(C4, given_texts) == ([after for _, after, _ in TABLE], [failed for _, _, failed in TABLE])


def by_hand(text: str) -> tuple[str, list[str]]:
    """C4's loop over lines, and the names of the rules that the document fails."""
    kept, dropped = [], []
    for line in plain.c4_pieces(text):
        bare = plain.without_citations(line)
        if any(len(word) > 12 for word in line.split()):
            continue
        if not bare.endswith((".", "?", "!", '"')) or bare.endswith("..."):
            continue
        if len(bare.split()) < 2:
            continue
        if plain.contains(bare, ["lorem ipsum"]):
            dropped.append("lorem")
        elif plain.contains(bare, ["javascript"]):
            continue
        elif "{" in bare:
            dropped.append("brace")
        elif not plain.contains(bare, POLICY):
            kept.append(bare)
    sentences = int(sentence_counts(pa.array(kept, pa.large_string()), "fast").sum())
    after = "\n".join(kept).strip()
    return after, [*dict.fromkeys(dropped), *["few_sentences"] * (sentences < 2), *["nothing"] * (not after)]


PARTS = [
    *("Word two. ", "Lorem ipsum ", "{", "javascript ", "Use cookies ", "[1]", "[edit]", "...", "!", '"', "?", "'"),
    *(" ", "\n", "\n", "\r\n", "\u2028", "\u3000", "extraordinarily", "é ", "A. B. C. "),
]
lines = st.lists(st.sampled_from(PARTS), max_size=25).map("".join)


@needs_unicode_14
@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.lists(st.one_of(lines, texts), max_size=4))
def test_c4_of_any_texts(given_texts: list[str]):
    after, failed = edited(C4, given_texts)
    assert [(a, [name for name, _, _ in each]) for a, each in zip(after, failed, strict=True)] == [
        by_hand(text) for text in given_texts
    ]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["a", "bb ", " ", "\n", "é", "\u2003"]), max_size=20).map("".join), max_size=4)
)
def test_what_stays_of_lines_is_joined_by_newlines(given_texts: list[str]):
    rule = LineRule("words", "dclm_lines_word_count", min=1, max=2)
    kept = [[1 <= len(line.split()) <= 2 for line in text.split("\n")] for text in given_texts]
    for split, strip in (("dclm", True), ("dclm_unstripped", False)):
        after, _ = edited(Edit("e", split, (rule,)), given_texts)
        assert after == [
            plain.join_kept(text.split("\n"), stays, "\n", strip=strip)
            for text, stays in zip(given_texts, kept, strict=True)
        ]


def test_sentences_as_pieces():
    rules = tuple(
        dataclasses.replace(rule, value=rule.value.replace("c4_lines", "c4_sentences_fast")) for rule in C4.line
    )
    edit = Edit("s", "c4_sentences_fast", rules, (Rule("few", "count(c4_sentences_fast_start)", min=2),))
    after, failed = edited(edit, ["One two.  Three\nfour! no mark", "One two. Use cookies, or not. Javascript is on."])
    assert after == ["One two. Three\nfour!", "One two."]
    assert failed == [[], [("few", 1, 2)]]


def test_missing_values_fail_unless_they_may_pass():
    rule = LineRule("words", "dclm_lines_word_count", min=2)
    assert edited(Edit("e", "dclm", (rule,)), ["a b\n\nc"])[0] == ["a b"]
    passing = dataclasses.replace(rule, pass_missing=True)
    assert edited(Edit("e", "dclm", (passing,)), ["a b\n\nc\n\nd e"])[0] == ["a b\n\n\nd e"]


def test_a_missing_value_that_drops_a_document_has_no_threshold():
    rule = LineRule("words", "dclm_lines_word_count", min=1, drop="document")
    assert edited(Edit("e", "dclm", (rule,)), ["a\n\nb"]) == (["a\nb"], [[("words", None, None)]])


def test_without_rules_lines_are_stripped_and_empty_ones_stay():
    assert edited(Edit("e", "c4"), [" a \r\n\r\n b[1] \n", " \n "]) == (["a\n\nb", ""], [[], []])


def test_replacements_one_after_another():
    edit = Edit("e", replace=("citations", "urls", "newlines"), if_empty="nothing")
    after, failed = edited(edit, ["a[1]\n\n\n[2]\nb", "[1]", "[1]www.a.com", "x"])
    assert after == ["a\n\nb", "", "", "x"]
    assert [[name for name, _, _ in each] for each in failed] == [[], ["nothing"], ["nothing"], []]


def test_stored_signals_stand_in_for_the_text():
    given_texts = pa.array(["One two. Three four.\nMenu", "", "A b. C d.\r\nE f."])
    names = C4.columns
    columns = dict(zip(names, measure(TextBatch(given_texts), names).columns, strict=True))
    measured = apply(C4, TextBatch(given_texts))
    from_store = apply(C4, TextBatch(given_texts), columns)
    assert measured == from_store
    sliced = apply(C4, TextBatch(given_texts.slice(1)), {name: lists.slice(1) for name, lists in columns.items()})
    assert sliced.texts.to_pylist() == measured.texts.to_pylist()[1:]
    # other thresholds over the same signals
    one_word = dataclasses.replace(C4.line[2], min=1.0)
    lax = dataclasses.replace(C4, line=(C4.line[0], one_word))
    assert apply(lax, TextBatch(given_texts), columns).texts[0].as_py() == "One two. Three four.\nMenu"


def test_the_store_decides_not_the_text():
    texts_, names = pa.array(["One two. Three four.\nA b. C d."]), C4.columns
    columns = dict(zip(names, measure(TextBatch(texts_), names).columns, strict=True))
    columns["c4_lines_javascript"] = pa.array([[0, 1]], pa.list_(pa.int8()))
    assert apply(C4, TextBatch(texts_), columns).texts.to_pylist() == ["One two. Three four."]


def test_signals_of_other_texts_are_refused():
    batch = TextBatch(pa.array(["a\nb"]))
    columns = {"c4_lines_javascript": pa.array([[0]], pa.list_(pa.int8()))}
    with pytest.raises(ValueError, match="c4_lines_javascript has other pieces than c4_lines_start"):
        apply(C4, batch, columns)


@pytest.mark.parametrize("edit", [C4, Edit("r", replace=("urls", "newlines"), if_empty="nothing")])
def test_no_documents(edit: Edit):
    found = apply(edit, TextBatch(pa.array([], pa.string())))
    assert (len(found.texts), len(found.replacements), len(found.failed)) == (0, 0, 0)


def test_null_texts_are_empty():
    found = apply(C4, TextBatch(pa.array([None, "A b. C d."])))
    assert found.texts.to_pylist() == ["", "A b. C d."]
    assert found.replacements.to_pylist() == [None, None]
