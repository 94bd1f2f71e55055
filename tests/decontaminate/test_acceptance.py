"""What a decontamination has to do: the last paragraph of its specification, style by style."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.decontaminate.cut import cuts_of, in_pieces, pieces_between
from corpusmill.decontaminate.index import ContaminantIndex
from corpusmill.decontaminate.items import Item
from corpusmill.decontaminate.styles import style_named
from corpusmill.dedupe.bloom.filter import BloomFilter
from corpusmill.dedupe.bloom.parameters import BloomParameters

QUESTION = "A farmer keeps nineteen geese and sells seven of them on market day; how many are left in the yard?"
ANSWER = "Twelve geese are left in the yard."
ITEM = Item("farm", "0", QUESTION, ANSWER)
PAGE = "This page is about something else entirely and goes on for a while without a point. "
NGRAMS = ("corpusmill", "gpt3", "palm", "datatrove-fast", "near")
GPT3 = style_named("gpt3")


def index_of(folder: Path, style: str, *items: Item, settings: tuple[str, ...] = ()) -> ContaminantIndex:
    return ContaminantIndex.build(folder / "index", items or [ITEM], style_named(style, settings), {})


def hits(index: ContaminantIndex, *texts: str) -> list[int]:
    found: list[int] = index.find(pa.array(texts))["hits"].to_pylist()
    return found


VARIANTS = {
    "verbatim": f"{QUESTION} {ANSWER}",
    "upper case": f"{QUESTION} {ANSWER}".upper(),
    "line breaks": f"{QUESTION} {ANSWER}".replace(" ", "\n  "),
    "no punctuation": re.sub(r"[^\w\s]", "", f"{QUESTION} {ANSWER}").lower(),
    "more punctuation": f"{QUESTION} {ANSWER}".replace("geese", "“geese”,").replace("yard", "(yard)"),
    "in a page": f"{PAGE * 5}\n\n{QUESTION}\n{ANSWER}\n\n{PAGE * 5}",
    "across a paragraph break": f"{QUESTION[:60]}\n\n{QUESTION[60:]}\n\n{ANSWER}",
}


@pytest.mark.parametrize("style", NGRAMS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_pasted_items_are_found(style: str, variant: str, tmp_path: Path):
    index = index_of(tmp_path, style)
    (row,) = index.find(pa.array([VARIANTS[variant]])).to_pylist()
    assert row["hits"] > 0
    assert row["share"] > 0.5
    assert {(span["benchmark"], span["item"]) for span in row["spans"]} == {("farm", "0")}
    assert hits(index, PAGE * 20, "") == [0, 0]


@pytest.mark.parametrize("style", ["corpusmill", "near"])
def test_forms_of_unicode(style: str, tmp_path: Path):
    item = Item("b", "0", None, "Où était la forêt que le garçon très âgé a traversée hier à minuit passé près de là?")
    assert item.label is not None
    forms = [
        item.label.replace("é", "e\u0301"),
        item.label.replace("ç", "c\u0327").upper(),
        item.label.replace("o", "ｏ"),
    ]
    forms.append(item.label.replace(" ", "\u00a0").replace("forêt", "fo\u00adrêt"))
    assert all(hits(index_of(tmp_path, style, item), *forms))


def test_scripts_without_spaces(tmp_path: Path):
    item = Item("b", "0", "小明有十九隻鵝，他在市集日賣掉了其中的七隻，院子裡還剩下多少隻鵝？", "十二隻")
    spaced = "\n".join("小明有十九隻鵝他在市集日賣掉了其中的七隻院子裡還剩下多少隻鵝十二隻")
    assert all(hits(index_of(tmp_path, "corpusmill", item), str(item.query), spaced))


def test_twelve_of_thirteen_words(tmp_path: Path):
    words = ["one", "small", "step", "for", "a", "man", "and", "one", "giant", "leap", "for", "all", "mankind"]
    assert len(words) == 13
    item = Item("b", "0", None, " ".join(words))
    for style in ("corpusmill", "gpt3"):
        index = index_of(tmp_path, style, item)
        changed = [" ".join([*words[:i], "other", *words[i + 1 :]]) for i in range(13)]
        assert hits(index, " ".join(words), " ".join(words[:12]), " ".join(words[1:]), *changed) == [1] + [0] * 15


def test_a_paragraph_break_hides_an_item_from_paragraphs(tmp_path: Path):
    line = f"{QUESTION} {ANSWER}"
    index = index_of(tmp_path, "dolma-paragraph", Item("b", "0", None, line))
    broken = line.replace("market", "market\n")
    assert hits(index, f"{PAGE}\n{line}\n{PAGE}", line, line.upper(), f" {line}", broken) == [1, 1, 0, 0, 0]
    assert hits(index_of(tmp_path, "corpusmill", Item("b", "0", None, line)), broken)[0] > 0


def test_paragraphs_of_twelve_words_and_whole_documents(tmp_path: Path):
    twelve = "one two three four five six seven eight nine ten eleven twelve"
    two_lines = f"{twelve}\n{twelve} again"
    index = index_of(tmp_path, "dolma-paragraph", Item("b", "0", None, two_lines), Item("b", "1", None, ITEM.query))
    (whole,) = index.find(pa.array([two_lines])).to_pylist()
    assert (whole["hits"], whole["share"]) == (2, 1.0)  # the line of thirteen words, and all
    assert hits(index, twelve, f"{two_lines}\nand more", f"x\n{QUESTION}") == [0, 1, 1]


@pytest.mark.parametrize(
    ("style", "checked"), [("corpusmill", True), ("near", True), ("gpt3", False), ("datatrove-fast", False)]
)
def test_short_items_are_whole_or_uncheckable(style: str, checked: bool, tmp_path: Path):
    short = Item("b", "short", None, "The grey cat chased eleven mice.")
    index = index_of(tmp_path, style, ITEM, short)
    counted = {each["name"]: each["uncheckable"] for each in index.card.parameters["benchmarks"]}
    assert counted == {"farm": 0, "b": 0 if checked else 1}
    found = index.find(
        pa.array(["So THE grey, cat\nchased eleven mice - and", "the grey cat chased eleven"])
    ).to_pylist()
    assert [row["hits"] for row in found] == [int(checked), 0]
    if checked:
        assert [(span["item"], span["share"]) for span in found[0]["spans"]] == [("short", 1.0)]


def test_items_of_a_word_or_two_are_uncheckable(tmp_path: Path):
    index = index_of(tmp_path, "corpusmill", ITEM, Item("b", "1", None, "Paris"), Item("b", "2", None, "It is so"))
    assert [each["uncheckable"] for each in index.card.parameters["benchmarks"]] == [0, 2]
    assert hits(index, "Paris, it is so", "It is so") == [0, 0]


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("Question: How many of the seventy birds flew?\nAnswer:", "Sixty"),
        ("Passage: The birds on the wire sang.\nWhat did they do at dawn?", "They sang."),
    ],
)
def test_prompts_are_found_without_their_labels(query: str, label: str, tmp_path: Path):
    index = index_of(tmp_path, "corpusmill", Item("b", "0", query, label))
    bare = query.split(": ", 1)[1].removesuffix("\nAnswer:")
    assert all(hits(index, query, f"{query} {label}", bare, f"{bare} {label}"))


def test_counting_is_no_leak(tmp_path: Path):
    item = Item("b", "0", None, f"{QUESTION} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15")
    for style, found in (("corpusmill", 0), ("gpt3", 3)):
        assert hits(index_of(tmp_path, style, item), " ".join(map(str, range(1, 20)))) == [found]
    cyrillic = Item(
        "b", "0", None, "Сколько гусей осталось во дворе у фермера после того как он продал семь из девятнадцати"
    )
    assert hits(index_of(tmp_path, "corpusmill", cyrillic), str(cyrillic.label).upper()) == [3]


def test_a_question_that_leads_into_its_answer(tmp_path: Path):
    for style in ("corpusmill", "gpt3", "palm", "datatrove-fast"):
        index = index_of(tmp_path, style)
        border = " ".join([*QUESTION.split()[-7:], *ANSWER.split()[:6]])
        assert hits(index, border)[0] > 0


@pytest.mark.parametrize(
    ("matches", "chars", "cuts"),
    [
        ([(0, 90)], 1000, [(0, 290)]),  # at the start
        ([(910, 1000)], 1000, [(710, 1000)]),  # at the end
        ([(500, 590)], 1000, [(300, 790)]),  # 300 before and 210 behind
        ([(399, 480)], 1000, [(0, 680)]),  # 199 before it go
        ([(400, 480)], 1000, [(200, 680)]),
        ([(300, 390), (989, 1000)], 1500, [(0, 1200)]),  # between them 199
        ([(10, 90)], 300, [(0, 300)]),  # nothing left
        ([(10, 90), (50, 120)], 2000, [(0, 320)]),  # overlapping
        ([], 100, []),
    ],
)
def test_cuts(matches: list[tuple[int, int]], chars: int, cuts: list[tuple[int, int]]):
    assert cuts_of(matches, chars, GPT3) == cuts


def test_more_than_ten_pieces():
    def cuts(count: int) -> list[tuple[int, int]]:
        return cuts_of([(800 * i + 450, 800 * i + 550) for i in range(count)], 800 * count + 250, GPT3)

    assert len(pieces_between(cuts(9), 7450)) == 10
    assert cuts(10) == [(0, 8250)]


def test_a_document_falls_into_pieces(tmp_path: Path):
    leak = f"{QUESTION} {ANSWER}"
    text = f"{PAGE * 6}{leak} {PAGE * 7}"
    found = index_of(tmp_path, "gpt3").find(pa.array([text, leak, PAGE]))
    pieces, rows, numbers = in_pieces(pa.array([text, leak, PAGE]), found["cuts"].combine_chunks())
    start, end = found["spans"][0].as_py()[0]["start"], found["spans"][0].as_py()[-1]["end"]
    assert text[start:end] == leak.rstrip(".")
    assert pieces.to_pylist() == [text[: start - 200], text[end + 200 :], PAGE]
    assert (rows.to_pylist(), numbers.to_pylist()) == ([0, 0, 2], [0, 1, 0])
    assert found["pieces"].to_pylist() == [2, 0, 1]
    assert found["left_chars"].to_pylist() == [len(pieces[0].as_py()) + len(pieces[1].as_py()), 0, len(PAGE)]


def paragraphs(count: int, seed: int) -> pa.Array:
    drawn = np.random.default_rng(seed).integers(97, 123, (count, 40), np.uint8)
    drawn[:, 4::5] = ord(" ")
    buffers = [None, pa.py_buffer(np.arange(0, 40 * count + 1, 40, np.int64)), pa.py_buffer(drawn.reshape(-1))]
    return pa.Array.from_buffers(pa.large_string(), count, buffers)


def test_no_false_paragraph_in_a_million(tmp_path: Path):
    known = [f"{text} and then some more of five words" for text in paragraphs(500, 1).to_pylist()]
    items = [Item("b", str(number), None, text) for number, text in enumerate(known)]
    index = index_of(tmp_path, "dolma-paragraph", *items)
    lines = paragraphs(1_000_000, 2).to_pylist()
    texts = pa.array(["\n".join(lines[at : at + 5000]) for at in range(0, len(lines), 5000)])
    assert sum(index.find(texts)["hits"].to_pylist()) == 0
    assert sum(hits(index, *known)) == 500


def test_dolmas_bloom_filter_keeps_its_rate():
    """The filter of the first version, one false paragraph in 100,000; a million are looked up."""
    from corpusmill.kernels.hashes.xxhash64 import xxhash64_spans

    def keys(texts: pa.Array) -> np.ndarray:
        data = np.frombuffer(texts.buffers()[2], np.uint8)
        starts = np.arange(0, len(data), 40)
        out = np.empty(len(starts), np.uint64)
        xxhash64_spans(data, starts, starts + 40, out)
        return np.stack([out, out * np.uint64(0x9E3779B97F4A7C15)], axis=1)

    bloom = BloomFilter(BloomParameters(100_000, 1e-5), "paragraphs")
    known = keys(paragraphs(100_000, 3))
    bloom.add(known)
    assert bloom.contains(known).all()
    assert bloom.contains(keys(paragraphs(1_000_000, 4))).sum() <= 10 + 4 * 10**0.5  # 10 are expected


def test_near_copies(tmp_path: Path):
    words = f"{QUESTION} {ANSWER} {PAGE}".split()
    item = Item("b", "0", None, " ".join(words))
    drawn = random.Random(3)
    index = index_of(tmp_path, "near", item)

    def changed(count: int) -> str:
        left = list(words)
        for place in drawn.sample(range(len(left)), count):
            left[place] = "changed"
        return " ".join(left)

    assert all(hits(index, *(changed(2) for _ in range(20))))
    assert not any(hits(index, *(changed(12) for _ in range(20))))
    scattered = f" {PAGE * 30} ".join(" ".join(words[at : at + 6]) for at in range(0, len(words), 6))
    assert hits(index, scattered) == [0]  # all of it, nowhere together
