"""The index as a file, what it refuses, and that batches and order change nothing."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.decontaminate.arrays import MAGIC, open_arrays, write_arrays
from corpusmill.decontaminate.coverage import item_shares
from corpusmill.decontaminate.index import ARRAYS, ContaminantIndex
from corpusmill.decontaminate.items import Item
from corpusmill.decontaminate.settle import settled
from corpusmill.decontaminate.styles import Style, style_named, styles
from corpusmill.errors import InputRefused, ModelRefused, RecipeError, RunRefused
from corpusmill.kernels.words.reference_folded_words import letters_and_digits
from corpusmill.models.card import CARD

WORDS = [f"w{number}" for number in range(8)]
FAST = [name for name in styles() if name != "datatrove"]


def made(folder: Path, style: str = "corpusmill", count: int = 20) -> ContaminantIndex:
    drawn = random.Random(1)
    items = [
        Item("ab"[number % 2 * (number > 9)], str(number), None, " ".join(drawn.choices(WORDS, k=drawn.randint(4, 30))))
        for number in range(count)
    ]
    items.sort(key=lambda item: item.benchmark)
    return ContaminantIndex.build(folder, items, style_named(style), {"a": "0"})


def documents(index: ContaminantIndex) -> list[str | None]:
    drawn = random.Random(2)
    texts: list[str | None] = [None, "", "\0", "unrelated"]
    for text in index.texts.to_pylist():
        noise = [" ".join(drawn.choices(WORDS, k=drawn.randint(0, 30))) for _ in range(2)]
        texts.append(f"{noise[0]}\n{text}\n{noise[1]}")
    return texts


@pytest.mark.parametrize("style", FAST)
def test_batches_and_order_change_nothing(style: str, tmp_path: Path):
    index = made(tmp_path / "index", style)
    texts = documents(index)
    whole = index.find(pa.array(texts, pa.string()))
    assert sum(whole["hits"].to_pylist()) > 0
    order = list(range(len(texts)))
    random.Random(3).shuffle(order)
    assert index.find(pa.array([texts[i] for i in order])).to_pylist() == whole.take(order).to_pylist()
    parts = [index.find(pa.array([text], pa.large_string())) for text in texts]
    assert pa.concat_tables(parts).to_pylist() == whole.to_pylist()
    sliced = pa.array(["before", *texts, "behind"]).slice(1, len(texts))
    assert index.find(sliced).to_pylist() == whole.to_pylist()
    assert index.find(pa.array([], pa.string())).num_rows == 0


def test_the_same_items_give_the_same_bytes(tmp_path: Path):
    made(tmp_path / "one")
    made(tmp_path / "two")
    assert [(tmp_path / "one" / name).read_bytes() for name in (CARD, ARRAYS)] == [
        (tmp_path / "two" / name).read_bytes() for name in (CARD, ARRAYS)
    ]
    made(tmp_path / "one", count=4)  # in its place
    assert len(ContaminantIndex.open(tmp_path / "one").identities) == 4


def expected_hits(texts: list[str], items: list[str], style: Style) -> list[tuple[int, int, float]]:
    """Hits, items and the largest share of each text, by words in plain Python."""
    found = []
    spelled = [[word for word, _, _ in letters_and_digits(item)] for item in items]
    for text in texts:
        words = [word for word, _, _ in letters_and_digits(text)]
        places: set[tuple[int, tuple[str, ...]]] = set()
        shares = []
        for item in spelled:
            covered: set[int] = set()
            for at, start in itertools.product(range(len(item)), range(len(words))):
                run = tuple(item[at : at + style.size])
                if len(run) == style.size and tuple(words[start : start + style.size]) == run:
                    places.add((start, run))
                    first = next(i for i in range(len(item)) if tuple(item[i : i + style.size]) == run)
                    covered |= set(range(first, first + style.size))
            shares.append(len(covered) / len(item) if item else 0.0)
        found.append((len(places), sum(share > 0 for share in shares), max(shares, default=0.0)))
    return found


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    items=st.lists(st.lists(st.sampled_from("abc"), min_size=3, max_size=9), min_size=1, max_size=4),
    texts=st.lists(st.lists(st.sampled_from("abcd"), max_size=14), max_size=4),
)
def test_against_plain_python(items: list[list[str]], texts: list[list[str]], tmp_path_factory: pytest.TempPathFactory):
    style = style_named("corpusmill", ["size=3", "least_whole=3", "least_letters=0", "least_whole_chars=0"])
    spelled, joined = [" ".join(item) for item in items], [" ".join(text) for text in texts]
    named = [Item("b", str(number), None, text) for number, text in enumerate(spelled)]
    index = ContaminantIndex.build(tmp_path_factory.getbasetemp() / "plain", named, style, {})
    rows = index.find(pa.array(joined, pa.string())).to_pylist()
    found = [(row["hits"], row["items"], pytest.approx(row["share"])) for row in rows]
    assert found == expected_hits(joined, spelled, style)
    for text, row in zip(joined, rows, strict=True):
        for span in row["spans"]:
            assert text[span["start"] : span["end"]] in " ".join(text.split())


def test_common_grams_are_ignored(tmp_path: Path):
    item = " ".join(f"x{number}" for number in range(20))
    index = ContaminantIndex.build(tmp_path / "index", [Item("b", "0", None, item)], style_named("gpt3"), {})
    found = index.search(pa.array([item, "none"]))
    assert settled(index, found, None).table["hits"].to_pylist() == [8, 0]
    ignored = np.zeros(index.gram_count, np.bool_)
    ignored[found.grams[:3]] = True
    assert settled(index, found, ignored).table["hits"].to_pylist() == [5, 0]


def test_shares_of_items(tmp_path: Path):
    items = [Item("b", str(n), None, " ".join(f"{n}x{number}" for number in range(20))) for n in range(2)]
    index = ContaminantIndex.build(tmp_path / "index", items, style_named("palm"), {})
    half = " ".join(items[0].label.split()[:14])  # type: ignore[union-attr]
    result = settled(index, index.search(pa.array([half])), None)
    seen = np.zeros(index.gram_count, np.bool_)
    seen[result.grams] = True
    of_grams, of_units = item_shares(index, seen)
    assert (of_grams.tolist(), of_units.tolist()) == ([7 / 13, 0], [14 / 20, 0])
    assert result.table["share"].to_pylist() == [7 / 13]  # PaLM's is of n-grams


@pytest.mark.parametrize("style", FAST)
def test_hostile_texts(style: str, tmp_path: Path):
    index = made(tmp_path / "index", style)
    item = str(index.texts[5].as_py())
    texts = [
        "\0" * 1000,
        "w" * 10_000_000,
        "\n" * 100_000,
        "\u0301" * 10_000,
        f"{item}\n" * 2000,
        "w1 " * 100_000,
        "　",
    ]
    rows = index.find(pa.array(texts)).to_pylist()
    assert [row["hits"] > 0 for row in rows][:4] == [False] * 4
    assert all(
        0 <= span["start"] < span["end"] <= len(t) for t, row in zip(texts, rows, strict=True) for span in row["spans"]
    )


def test_hostile_items(tmp_path: Path):
    texts = ["", "x", "\0\0\0", "\u202e" * 30, "w" * 10_000_000, "<script>alert(1)</script> " * 13]
    items = [Item("b", str(number), None, text) for number, text in enumerate(texts)]
    index = ContaminantIndex.build(tmp_path / "index", items, style_named("corpusmill"), {})
    assert index.card.parameters["benchmarks"] == [{"name": "b", "items": 6, "uncheckable": 5}]
    with pytest.raises(InputRefused, match="all 5 items are shorter than style corpusmill can look for"):
        ContaminantIndex.build(tmp_path / "none", items[:5], style_named("corpusmill"), {})
    with pytest.raises(InputRefused, match="there are no items"):
        ContaminantIndex.build(tmp_path / "none", [], style_named("corpusmill"), {})


def test_what_is_no_index(tmp_path: Path):
    with pytest.raises(ModelRefused, match=r"is no index: it has no model.json  \(corpusmill contaminants build makes"):
        ContaminantIndex.open(tmp_path)
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(RunRefused, match="exists and is no model"):
        made(tmp_path)
    index = made(tmp_path / "index")
    card, content = (index.path / CARD).read_bytes(), (index.path / ARRAYS).read_bytes()

    def refused(said: str) -> None:
        with pytest.raises(ModelRefused, match=said):
            ContaminantIndex.open(index.path)

    (index.path / ARRAYS).write_bytes(content[:-1])
    refused("its sha256 differs")
    (index.path / ARRAYS).unlink()
    refused("is missing")
    (index.path / ARRAYS).write_bytes(content)
    described = json.loads(card)
    (index.path / CARD).write_text(json.dumps({**described, "kind": "ngram-lm"}))
    refused("found a model of kind 'ngram-lm'")
    (index.path / CARD).write_text(json.dumps({**described, "format": 2}))
    refused("format 2; wanted 'contaminants', 1")
    described["parameters"]["style"]["colour"] = "red"
    (index.path / CARD).write_text(json.dumps(described))
    refused("is damaged or of another version.*make it again: corpusmill contaminants build")
    (index.path / CARD).write_text("{")
    refused("is damaged")


def test_arrays_in_a_file(tmp_path: Path):
    arrays = {"a": np.arange(5, dtype=np.int32), "none": np.empty(0, np.uint64), "b": np.arange(100, dtype=np.uint64)}
    path = tmp_path / "arrays"
    write_arrays(path, arrays)
    found = open_arrays(path)
    assert {name: (array.dtype, array.tolist()) for name, array in found.items()} == {
        name: (array.dtype, array.tolist()) for name, array in arrays.items()
    }
    with pytest.raises(ValueError, match="read-only"):
        found["a"][0] = 1
    path.write_bytes(path.read_bytes()[:-80])
    with pytest.raises(ValueError, match="it ends before array b"):
        open_arrays(path)
    path.write_bytes(MAGIC.replace(b"1", b"2") + b"[]\n")
    with pytest.raises(ValueError, match="it does not begin with"):
        open_arrays(path)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("gpt", [], 'there is no style "gpt". Did you mean "gpt3"?'),
        ("gpt3", ["sice=3"], '--set sice=3: no such option. Did you mean "size"?'),
        ("gpt3", ["size=many"], "--set size=many: wanted a value as size=13"),
        ("gpt3", ["size=0"], "style gpt3: size 0: wanted 1 to 100"),
        ("gpt3", ["units=letters"], 'style gpt3: units "letters" are unknown. Did you mean "letters_and_digits"?'),
        ("dolma-paragraph", ["size=2"], "paragraphs are looked for one by one"),
        ("datatrove-fast", ["least_whole=3"], "least_whole: items match as a whole only by the units"),
        ("gpt3", ["cut_chars=-1"], "cut_chars -1: wanted 0 or more"),
        ("near", ["least_share=2"], "least_share above 0, at most 1"),
        ("palm", ["share_of=all"], 'share_of "all" is unknown'),
    ],
)
def test_styles_that_are_none(name: str, given: list[str], said: str):
    with pytest.raises(RecipeError) as refused:
        style_named(name, given)
    assert said in str(refused.value)


def test_every_style_is_one():
    assert [style.mistakes() for style in styles().values()] == [[] for _ in styles()]
    assert style_named("datatrove", ["query_grams=true", "size=13"]).query_grams
    assert style_named("near", ["least_share=1"]).least_share == 1
