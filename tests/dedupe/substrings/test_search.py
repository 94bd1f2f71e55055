"""Repeated passages against the plain oracle: which tokens are covered, where spans begin and end, what is left."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.dedupe.shuffle import ShuffleFile
from corpusmill.dedupe.substrings import search
from corpusmill.dedupe.substrings.copies import copies
from corpusmill.dedupe.substrings.cut import cut_texts, without_spans
from corpusmill.dedupe.substrings.parameters import SubstringParameters, plan_windows
from corpusmill.dedupe.substrings.search import Marked, repeated_spans, window_writer
from corpusmill.dedupe.substrings.windows import tokens_of, window_rows
from corpusmill.kernels.duplicates import reference_substrings as plain
from tests.kernels.texts import texts as hard_texts

Pairs = list[tuple[int, int]]
P = " ".join(f"w{i}" for i in range(60))  # sixty different tokens


def words(first: int, count: int) -> str:
    return " ".join(P.split()[first : first + count])


def found(texts: list[str | None], **parameters: int | str) -> list[list[str]]:
    spans = repeated_spans(pa.array(texts, pa.string()), SubstringParameters(**parameters))
    return [[(text or "")[s:e] for s, e in mine] for text, mine in zip(texts, spans, strict=True)]


def plain_spans(texts: list[str], min_tokens: int, keep: str, snap: str) -> list[Pairs]:
    places = [plain.tokens(text) for text in texts]
    cut = [[text[s:e] for s, e in mine] for text, mine in zip(texts, places, strict=True)]
    covered = plain.copies(cut, min_tokens, keep == "all")
    return [
        _by_word(mine, flags) if snap == "word" else _by_line(text, mine, flags)
        for text, mine, flags in zip(texts, places, covered, strict=True)
    ]


def _by_word(places: Pairs, covered: list[bool]) -> Pairs:
    runs = itertools.groupby(zip(places, covered, strict=True), key=lambda pair: pair[1])
    chosen = [[place for place, _ in run] for flag, run in runs if flag]
    return [(run[0][0], run[-1][1]) for run in chosen]


def _by_line(text: str, places: Pairs, covered: list[bool]) -> Pairs:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    bounds = [0, *itertools.accumulate(map(len, lines))]
    gone: list[bool | None] = []  # None: a line without a token
    for start, end in itertools.pairwise(bounds):
        flags = [flag for (s, _), flag in zip(places, covered, strict=True) if start <= s < end]
        gone.append(all(flags) if flags else None)
    for i, flag in enumerate(gone):
        if flag is None:  # as its neighbours that have tokens, if they agree
            before = next((f for f in reversed(gone[:i]) if f is not None), False)
            after = next((f for f in gone[i + 1 :] if f is not None), False)
            gone[i] = before and after
    runs = itertools.groupby(range(len(gone)), key=lambda i: gone[i])
    chosen = [list(run) for flag, run in runs if flag]
    return [(bounds[run[0]], bounds[run[-1] + 1]) for run in chosen]


@pytest.mark.parametrize(
    ("texts", "first", "every"),
    [
        ([], [], []),
        (["", None, " \n"], [[], [], []], [[], [], []]),
        ([words(0, 49), words(0, 49)], [[], []], [[], []]),
        ([words(0, 50), words(0, 50)], [[], [words(0, 50)]], [[words(0, 50)]] * 2),
        ([words(0, 60), f"A {words(5, 50)} b."], [[], [words(5, 50)]], [[words(5, 50)]] * 2),
        ([words(0, 60), f"A {words(5, 49)} b."], [[], []], [[], []]),
        ([f"{words(0, 55)}\n\nand {words(0, 55)}"], [[words(0, 55)]], [[words(0, 55)] * 2]),  # in one text
        ([words(0, 55), words(0, 55).replace(" ", "\n ")], [[], [words(0, 55).replace(" ", "\n ")]], None),
        ([words(0, 55), words(0, 55).upper()], [[], []], [[], []]),  # case counts
        ([words(0, 25), words(25, 25), words(0, 50)], [[], [], []], [[], [], []]),  # nothing reaches over a text's end
        (["-" * 80, "- " * 20 + "-" * 80], [[], []], [[], []]),  # a line of hyphens is one token
        # Overlapping copies of one text: what is left of n like tokens are the first fifty.
        (["a " * 99], [[]], [["a " * 98 + "a"]]),
        (["a " * 100], [["a " * 49 + "a"]], [["a " * 99 + "a"]]),
        (["a " * 75, "a " * 60], [[], ["a " * 59 + "a"]], [["a " * 74 + "a"], ["a " * 59 + "a"]]),
        (["ab cd " * 60], [["ab cd " * 34 + "ab cd"]], [["ab cd " * 59 + "ab cd"]]),
    ],
)
def test_passages_of_fifty_tokens(texts: list[str | None], first: list[list[str]], every: list[list[str]] | None):
    assert found(texts) == first
    if every is not None:
        assert found(texts, keep="all") == every


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("a b c", "a b c", ["a b c"]),
        ("a b c", "x\na b c\ny", ["a b c\n"]),
        ("a b c", "x a b c\ny", []),  # the line is not whole
        ("a b c d e f", "x a b\nc d\ne f y\n", ["c d\n"]),
        ("a b c d e f", "a b c\n\n  \r\n d e f \n\nz", ["a b c\n\n  \r\n d e f \n"]),  # blank lines between
        ("a b c d", "\n\na b c d", ["a b c d"]),  # not those before
        ("a b c, a b d", "a b c\na b d\n", ["a b c\na b d\n"]),  # two passages side by side
        ("a b c d", "a b\nc d", ["a b\nc d"]),
        ("a b c, d", "a b\nc d", ["a b\n"]),  # the comma is a token
    ],
)
def test_snapped_to_lines(text: str, other: str, expected: list[str]):
    assert found([text, other], min_tokens=3, snap="line")[1] == expected
    assert [other[s:e] for s, e in plain_spans([text, other], 3, "first", "line")[1]] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("中文很好。我爱中文很好。", ["中文很好。"]),  # letters of scripts without spaces are tokens
        ("naïve cafe\u0301, oui. Non: naïve cafe\u0301, oui.", ["naïve cafe\u0301, oui."]),
        ("🙂 x 𝐀 b c 🙂 x 𝐀 b c", ["🙂 x 𝐀 b c"]),
        ("हिन्दी में लिखा है। हिन्दी में लिखा है।", ["हिन्दी में लिखा है।"]),  # marks stay with their letters
        ("a\u00a0b\u2003c d e\ta\r\nb c d e", ["a\r\nb c d e"]),  # white space is not compared
    ],
)
def test_any_script(text: str, expected: list[str]):
    assert found([text], min_tokens=5) == [expected]


ALPHABETS = ("ab", "aab\n", "abc.,\n", "..-a ", "aé中\u0308 \n", "ab\u00a0\r\n")
few_words = st.sampled_from(ALPHABETS).flatmap(
    lambda letters: st.lists(
        st.lists(st.sampled_from(letters), max_size=30).map(" ".join) | st.text(st.sampled_from(letters), max_size=30),
        max_size=5,
    )
)


@settings(derandomize=True, max_examples=250, deadline=None)
@given(few_words, st.integers(1, 5), st.sampled_from(["first", "all"]), st.sampled_from(["word", "line"]))
def test_spans_are_those_of_the_oracle(texts: list[str], min_tokens: int, keep: str, snap: str):
    expected = plain_spans(texts, min_tokens, keep, snap)
    parameters = SubstringParameters(min_tokens, keep, snap)
    assert repeated_spans(pa.array(texts, pa.string()), parameters, 16 << 20) == expected


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(hard_texts, max_size=3), st.integers(1, 3))
def test_hard_texts(texts: list[str], min_tokens: int):
    texts = [*texts, *texts]
    found_spans = repeated_spans(pa.array(texts, pa.string()), SubstringParameters(min_tokens), 16 << 20)
    assert found_spans == plain_spans(texts, min_tokens, "first", "word")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(hard_texts, max_size=4))
def test_tokens_are_those_of_the_oracle(texts: list[str]):
    batch = TextBatch(pa.array(texts, pa.string()))
    found = tokens_of(batch)
    content = batch.data.tobytes()
    spans = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    pieces = [content[start:end].decode() for start, end in spans]
    expected = [[text[start:end] for start, end in plain.tokens(text)] for text in texts]
    assert pieces == list(itertools.chain.from_iterable(expected))
    assert np.diff(found.firsts).tolist() == list(map(len, expected))
    assert len(set(found.hashes.tolist())) == len(set(pieces))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(few_words, st.integers(1, 4))
def test_what_is_left_holds_every_token_and_no_passage_twice(texts: list[str], min_tokens: int):
    spans = repeated_spans(pa.array(texts, pa.string()), SubstringParameters(min_tokens))
    kept: list[list[str]] = []  # runs of tokens that stay
    for text, mine in zip(texts, spans, strict=True):
        bounds = [0, *itertools.chain.from_iterable(mine), len(text)]
        kept += [_tokens(text, s, e) for s, e in zip(bounds[::2], bounds[1::2], strict=True)]
    every = {token for text in texts for token in _tokens(text, 0, len(text))}
    assert {token for run in kept for token in run} == every
    assert not any(itertools.chain.from_iterable(plain.copies(kept, min_tokens, every=False)))


def _tokens(text: str, start: int, end: int) -> list[str]:
    return [text[s:e] for s, e in plain.tokens(text) if start <= s and e <= end]


@pytest.mark.parametrize("batch_texts", [1, 2, 1000])
@pytest.mark.parametrize("memory_bytes", [16 << 20, 1 << 30])
def test_batches_and_memory_change_nothing(monkeypatch: pytest.MonkeyPatch, batch_texts: int, memory_bytes: int):
    random = np.random.RandomState(1)
    texts = [" ".join(random.choice(["a", "b"], random.randint(0, 200)).tolist()) for _ in range(30)]
    expected = plain_spans(texts, 12, "first", "word")
    assert sum(map(len, expected)) > 10
    monkeypatch.setattr(search, "BATCH_TEXTS", batch_texts)
    assert repeated_spans(pa.array(texts), SubstringParameters(12), memory_bytes) == expected


@pytest.mark.parametrize("keep", ["first", "all"])
def test_a_partition_in_several_sweeps_and_a_table_that_grows(tmp_path: Path, keep: str):
    random = np.random.RandomState(2)
    texts = pa.array([" ".join(random.choice(list("abcdefg"), 300).tolist()) for _ in range(40)])
    tokens = tokens_of(TextBatch(texts))
    with window_writer(tmp_path / "rows", plan_windows(texts.nbytes, 16 << 20)) as writer:
        writer.append(window_rows(tokens, 4, 7))
    files = [ShuffleFile(tmp_path / "rows")]

    def positions(table_bytes: int) -> list[int]:
        found = [some[:, 0].tolist() for some in copies(files, 0, 4, keep, table_bytes)]
        return sorted(itertools.chain.from_iterable(found))

    expected = positions(1 << 30)
    assert len(expected) == len(set(expected)) > 1000
    assert positions(5000) == expected  # about a hundred sweeps of few keys: some have more than others


def test_more_texts_than_were_numbered():
    marked = Marked(3, 0)
    with pytest.raises(ValueError, match="wanted texts of 3 tokens, found 4"):
        marked.spans(TextBatch(pa.array(["a b c d"])), SubstringParameters())


def test_sums_of_spans():
    batch = TextBatch(pa.array(["é b c x", "", "é b c\nü"]))
    tokens = tokens_of(batch)
    marked = Marked(len(tokens.hashes), 0)
    marked.mark([np.array([[4]], np.uint64)])
    spans = marked.spans(batch, SubstringParameters(3))
    assert (spans.repeated.tolist(), spans.total.tolist(), spans.left.tolist()) == ([0, 0, 5], [7, 0, 7], [4, 0, 1])
    assert spans.fractions.tolist() == [0, 0, 5 / 7]


@pytest.mark.parametrize(
    ("parameters", "mistake"),
    [
        (SubstringParameters(0), "min_tokens 0: wanted"),
        (SubstringParameters(keep="newest"), "keep 'newest' is unknown; wanted one of first, all"),
        (SubstringParameters(snap="char"), "snap 'char' is unknown; wanted one of word, line"),
    ],
)
def test_mistakes(parameters: SubstringParameters, mistake: str):
    assert [found.startswith(mistake) for found in parameters.mistakes()] == [True]


@pytest.mark.parametrize("text_bytes", [0, 1, 1 << 20, 1 << 30, 1 << 45])
@pytest.mark.parametrize("memory_bytes", [16 << 20, 1 << 30, 64 << 30])
def test_a_plan_stays_within_memory(text_bytes: int, memory_bytes: int):
    planned = plan_windows(text_bytes, memory_bytes)
    assert planned.peak_bytes <= memory_bytes
    assert planned.partitions >= 1


def test_texts_without_spans():
    assert without_spans("abc", []) == "abc"
    assert without_spans("äbc", [(0, 1), (2, 3)]) == "b"
    spans = pa.array([[{"start": 0, "end": 2}], [], None, []])
    texts = pa.array(["🙂éx", "b", "c", None], pa.large_string())
    assert cut_texts(texts, spans).to_pylist() == ["x", "b", "c", None]
    assert cut_texts(texts, spans).type == pa.large_string()
    assert cut_texts(texts[1:], spans[1:]) is not None
