r"""Words, raw words and lines of TextBatch are what plain Python says (kernels/words/reference_views.py)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.words import reference_views as reference
from tests.kernels.texts import CODE_POINTS, needs_unicode_14, texts

NORMALISED = [
    ("", ""),
    (" \n\t ", ""),
    ("Don't  panic!\n", "dont panic"),
    ("e-mail a_b C3PO", "email ab c3po"),
    ("... --- !!!", ""),
    ("a\x00b \x01", "a\x00b \x01"),  # control characters are neither white space nor punctuation
    ("“Quoted” – « 1 »", "“quoted” – « 1 »"),  # only ASCII punctuation is deleted
    ("é", "e\u0301"),
    ("E\u0301", "e\u0301"),
    ("≠ \u037e \u1fef", "=\u0338 ; `"),  # NFD comes last and may bring punctuation back
    ("İstanbul", "i\u0307stanbul"),
    ("ΟΔΟΣ ΟΔΟΣ. ΣΑΣ Σ", "οδος οδος σας σ"),
    ("ΑΣ'Β ΑΣ.Β ΑΣ·Β ΑΣ-", "ασβ ασβ ας·β".replace("ας·β", "ασ·β") + " ας"),  # looks over what is ignorable or deleted
    ("각 가", "\u1100\u1161\u11a8 \u1100\u1161"),
    ("a\u0301\u0323", "a\u0323\u0301"),  # marks in canonical order
    ("a\u0301.\u0323b", "a\u0323\u0301b"),  # also over deleted punctuation
    ("a\u3000b\u00a0c\u2028d\x1ce\u200bf", "a b c d e\u200bf"),
    ("ＡＢ", "ａｂ"),
    ("𐐀", "𐐨"),
    ("Straße ﬁ ǅ", "straße ﬁ ǆ"),
]

RAW = [
    ("", []),
    ("don't stop!!! ok", ["don", "'", "t", "stop", "!!!", "ok"]),
    ("e\u0301x", ["e", "\u0301", "x"]),  # a combining mark is no word character
    ("½ ²x Ⅷ a_b", ["½", "²x", "Ⅷ", "a_b"]),
    ("…“”…x", ["…“”…", "x"]),
    ("a\x00b", ["a", "\x00", "b"]),
    ("你好。再见", ["你好", "。", "再见"]),
    ("👍🏽 ok", ["👍🏽", "ok"]),
]

LINES = [
    ("", []),
    ("a", [(0, 1)]),
    ("a\n", [(0, 2)]),
    ("\n", [(0, 1)]),
    ("\n\na", [(0, 1), (1, 2), (2, 3)]),
    ("é\r\nü\u2028x", [(0, 3), (3, 6)]),
]


def words_of(batch: TextBatch, document: int) -> list[str]:
    words = batch.words
    span = slice(words.offsets[document], words.offsets[document + 1])
    return [bytes(words.data[s:e]).decode() for s, e in zip(words.starts[span], words.ends[span], strict=True)]


def raw_words_of(batch: TextBatch, document: int) -> list[str]:
    raw = batch.raw_words
    span = slice(raw.offsets[document], raw.offsets[document + 1])
    return [bytes(batch.data[s:e]).decode() for s, e in zip(raw.starts[span], raw.ends[span], strict=True)]


def lines_of(batch: TextBatch, document: int) -> list[tuple[int, int]]:
    lines = batch.lines
    span = slice(lines.offsets[document], lines.offsets[document + 1])
    return list(zip(lines.char_starts[span].tolist(), lines.char_ends[span].tolist(), strict=True))


def assert_views(texts: list[str]) -> None:
    """All views of `texts` in one batch are those of plain Python."""
    batch = TextBatch(pa.array(texts, pa.string()))
    words, lines = batch.words, batch.lines
    assert batch.chars.tolist() == list(map(len, texts))
    starts, ends = words.spans
    for document, text in enumerate(texts):
        expected = reference.words(text)
        assert words_of(batch, document) == expected
        assert bytes(words.data[starts[document] : ends[document]]).decode() == reference.normalise(text)
        assert words.lengths[words.offsets[document] : words.offsets[document + 1]].tolist() == list(map(len, expected))
        assert raw_words_of(batch, document) == reference.raw_words(text)
        spans = reference.lines(text)
        assert lines_of(batch, document) == spans
        first, last = lines.offsets[document : document + 2]
        of_lines = np.diff(lines.first_words[first : last + 1])[: len(spans)]
        assert of_lines.tolist() == [len(reference.words(text[start:end])) for start, end in spans]


@pytest.mark.parametrize(("text", "expected"), NORMALISED)
def test_normalised_text(text: str, expected: str) -> None:
    assert " ".join(words_of(TextBatch(pa.array([text])), 0)) == expected


@pytest.mark.parametrize(("text", "expected"), RAW)
def test_raw_words(text: str, expected: list[str]) -> None:
    assert raw_words_of(TextBatch(pa.array([text])), 0) == expected


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_lines(text: str, expected: list[tuple[int, int]]) -> None:
    assert lines_of(TextBatch(pa.array([text])), 0) == expected


@needs_unicode_14
def test_tables_of_expected_values_are_those_of_the_oracle() -> None:
    assert [reference.normalise(text) for text, _ in NORMALISED] == [expected for _, expected in NORMALISED]
    assert [reference.raw_words(text) for text, _ in RAW] == [expected for _, expected in RAW]
    assert [reference.lines(text) for text, _ in LINES] == [expected for _, expected in LINES]


@needs_unicode_14
def test_every_code_point() -> None:
    lines = [f"A{c}Σ{c}b {c}\u0323{c}" for c in CODE_POINTS]
    size = 2000
    assert_views(["\n".join(lines[at : at + size]) for at in range(0, len(lines), size)])


@needs_unicode_14
@given(st.lists(texts, max_size=5))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_views_of_any_text(batch: list[str]) -> None:
    assert_views(batch)


@needs_unicode_14
@pytest.mark.parametrize("shift", range(64))
def test_code_points_at_every_place_of_a_block(shift: int) -> None:
    assert_views(["x" * shift + "é…가\u3000𐐀Σ\u0301\n…", "" if shift % 2 else "y" * shift])


@needs_unicode_14
def test_clusters_of_marks_are_ordered() -> None:
    marks = "\u0301\u0323\u0345\u0334\u05b0\u3099"
    assert_views(["a" + marks * count + "b" for count in (1, 2, 3, 10, 200)])


def test_a_very_long_cluster_of_marks_is_ordered_at_once() -> None:
    """Insertion would take hours; CPython's own normalisation takes minutes."""
    batch = TextBatch(pa.array(["a" + "\u0301\u0323" * 500_000]))
    assert words_of(batch, 0) == ["a" + "\u0323" * 500_000 + "\u0301" * 500_000]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_slices_are_read_in_place(kind: pa.DataType) -> None:
    array = pa.array(["skip", "Ein Wort", None, "zwei…", "skip"], kind)[1:4]
    batch = TextBatch(array)
    assert [words_of(batch, document) for document in range(3)] == [["ein", "wort"], [], ["zwei…"]]
    assert bytes(batch.data).decode() == "Ein Wortzwei…"


def test_without_nulls_nothing_is_copied() -> None:
    array = pa.array(["one", "two"])
    assert TextBatch(array).data.ctypes.data == array.buffers()[2].address


def test_chunks_and_other_string_types_are_joined() -> None:
    batch = TextBatch(pa.chunked_array([["a b"], [], ["c"]], pa.string()))
    assert [words_of(batch, document) for document in range(len(batch))] == [["a", "b"], ["c"]]
    assert len(TextBatch(pa.chunked_array([], pa.string())).words.starts) == 0
    assert words_of(TextBatch(pa.array(["x y"]).dictionary_encode()), 0) == ["x", "y"]


def test_hashes_tell_words_apart_and_equal_words_agree() -> None:
    batch = TextBatch(pa.array(["a b a A", "a\x00 a aaaaaaaa aaaaaaaaa aaaaaaaab"]))
    hashes = batch.words.hashes.tolist()
    assert hashes[0] == hashes[2] == hashes[3] == hashes[5]
    assert len(set(hashes)) == 6
    assert batch.raw_words.hashes[0] == hashes[0]  # the same bytes, wherever they stand
    assert batch.raw_words.hashes[3] != hashes[0]


def test_hash_values_are_fixed() -> None:
    """Stored nowhere yet, but results must not depend on the machine."""
    hashes = TextBatch(pa.array(["a corpusmill internationalisation"])).words.hashes
    assert [f"{value:016x}" for value in hashes] == ["f3a3f95555efb689", "7068f90cd8d2ae42", "a1c3ce74324b38ff"]
