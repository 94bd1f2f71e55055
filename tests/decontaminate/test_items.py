"""Evaluation files: every shape, compression and kind, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from corpusmill.decontaminate.items import Item, read_items
from corpusmill.decontaminate.shapes import Shape, shapes, without_labels
from corpusmill.errors import InputRefused

SHAPES: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"query": "Q", "choices": ["a", "b"], "gold": 1}, "Q", "b"),
    ({"context_options": ["Anna", "Ben"], "continuation": "left.", "gold": 0}, "Anna", "left."),
    ({"question": "Q", "choices": ["a", "b"], "answer": 0, "type": "x"}, "Q", "a"),
    ({"question": "Q", "choices": ["a", "b"], "answer": "B"}, "Q", "b"),
    ({"ctx": "C", "endings": ["e", "f"], "label": "1"}, "C", "f"),
    ({"context": "C", "continuation": "d", "category": "x"}, "C", "d"),
    ({"context": "C", "chain_of_thought": "so", "answer": "1"}, "C", "so"),
    ({"context": "C", "answer": "d", "aliases": ["e"]}, "C", "d"),
    ({"body": "B", "question": "Q", "answer": "9", "formula": "f"}, "B Q", "9"),
    ({"passage": "P", "question": "Q", "label": 1}, "P Q", None),
    ({"context": "C", "question": "Q", "answers": {"text": ["a", "b"]}}, "C Q", "a"),
    ({"question": "Q", "answer": "d"}, "Q", "d"),
    ({"question": "Q", "answer": ["d", "e"]}, "Q", "d"),
    ({"problem": "P", "solution": "s"}, "P", "s"),
    ({"prompt": "P", "canonical_solution": "s", "test": "t"}, "P", "s"),
    ({"goal": "G", "sol1": "s", "sol2": "t"}, "G", "s"),
    ({"premise": "P", "hypothesis": "H"}, "P H", None),
    ({"sentence_good": "S", "sentence_bad": "T"}, None, "S"),
    ({"text": "T"}, None, "T"),
]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


@pytest.mark.parametrize(("value", "query", "label"), SHAPES)
def test_shapes(value: dict[str, Any], query: str | None, label: str | None, tmp_path: Path):
    assert read_items("b", [write(tmp_path / "b.jsonl", lines(value))]) == [Item("b", "0", query, label)]


def test_every_shape_is_reached():
    assert len({(shape.query, shape.label) for shape in shapes()}) == len(shapes())


@pytest.mark.shared
def test_evaluation_sets_at_hand(shared: Path):
    paths = sorted((shared / "data" / "eval").glob("*.xz"))
    assert len(paths) > 20
    for path in paths:
        items = read_items("b", [path])
        assert len({item.identity for item in items}) == len(items)
        assert all(item.query or item.label for item in items)


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    ".xz": lzma.compress,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    "": lambda content: content,
}


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_compressions(suffix: str, tmp_path: Path):
    path = write(tmp_path / f"b.jsonl{suffix}", COMPRESSIONS[suffix](b"\xef\xbb\xbf" + lines({"text": "T"}) + b"\n \n"))
    assert read_items("b", [path]) == [Item("b", "0", None, "T")]
    if suffix:
        with pytest.raises(InputRefused, match=rf"b.jsonl{suffix} is damaged"):
            read_items("b", [write(path, path.read_bytes()[:-3] if suffix != ".zst" else b"none")])


def test_kinds_of_files(tmp_path: Path):
    expected = [Item("b", "0", "Q", "d"), Item("b", "1", "R", "e")]
    rows = [{"question": "Q", "answer": "d"}, {"question": "R", "answer": "e"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "b.parquet")
    paths = [
        write(tmp_path / "b.jsonl", lines(*rows)),
        write(tmp_path / "b.json", json.dumps(rows, indent=1).encode()),
        write(tmp_path / "c.json", json.dumps({"version": 1, "data": rows}).encode()),
        tmp_path / "b.parquet",
    ]
    assert all(read_items("b", [path]) == expected for path in paths)
    text = write(tmp_path / "b.txt", b"One line\n\nanother\n")
    assert read_items("b", [text]) == [Item("b", "0", None, "One line"), Item("b", "1", None, "another")]


def test_names_of_items(tmp_path: Path):
    path = write(tmp_path / "b.jsonl", lines({"task_id": "HumanEval/1", "text": "T"}, {"text": "U", "id": "x"}))
    assert [item.identity for item in read_items("b", [path])] == ["HumanEval/1", "x"]
    assert [item.identity for item in read_items("b", [path, path])] == ["HumanEval/1", "x", "HumanEval/1 (2)", "x (2)"]


def test_named_fields(tmp_path: Path):
    path = write(tmp_path / "b.jsonl", lines({"q": {"stem": "Why"}, "more": "now?", "options": ["a", "b"], "key": "B"}))
    assert read_items("b", [path], Shape("q.stem+more", "options[key]")) == [Item("b", "0", "Why now?", "b")]
    with pytest.raises(
        InputRefused, match="line 1: wanted the fields that --query and --label name; found the fields q"
    ):
        read_items("b", [path], Shape("stem"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("b.jsonl", b"", "b.jsonl has no items"),
        ("b.jsonl", b"\n\n", "b.jsonl has no items"),
        ("b.json", b"[]", "b.json has no items"),
        ("b.txt", b" \n", "b.txt has no items"),
        ("b.jsonl", lines({"text": "T"}) + b'{"text": \n', "b.jsonl, line 2: found no JSON"),
        ("b.jsonl", lines({"text": "T"}) + b'{"text": "\xff"}\n', "b.jsonl, line 2: found no JSON"),
        ("b.jsonl", lines({"text": "T"}, 3), "b.jsonl, line 2: found int, wanted an object or a text"),
        ("b.jsonl", lines({"words": "T"}), "line 1: wanted question and answer: say --query and --label; found the"),
        ("b.jsonl", lines({}, {}), "found the fields none"),
        ("b.jsonl", lines({"query": "Q", "choices": ["a"], "gold": 4}, 1), "line 2: found int"),
        ("b.txt", b"fine\nnot \xff\n", "b.txt, line 2: byte 9 is not UTF-8"),
        ("b.parquet", b"PAR1none", "cannot be read as Parquet"),
    ],
)
def test_what_is_refused(name: str, content: bytes, said: str, tmp_path: Path):
    with pytest.raises(InputRefused) as refused:
        read_items("b", [write(tmp_path / name, content)])
    assert said in str(refused.value)


def test_no_file(tmp_path: Path):
    with pytest.raises(InputRefused, match="is no file; wanted an evaluation set, as NAME=FILE"):
        read_items("b", [tmp_path / "none"])


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Question: Why?\nAnswer:", "Why?"),
        ("Why?", "Why?"),
        ("Context: One.\nQuestion: Why?", "One.\nQuestion: Why?"),
        ("Answer:", ""),
        ("Questionable: yes", "Questionable: yes"),
        ("", ""),
    ],
)
def test_labels_of_prompts(text: str, bare: str):
    assert without_labels(text) == bare
