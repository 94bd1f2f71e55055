"""corpusmill extract: texts as JSON lines, and the page that compares two extractors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.extract.parameters import EXTRACTORS
from tests.extract.test_extractor import ARTICLE

HOSTILE = "</script><script>window.__pwned=1</script><img src=x onerror='window.__pwned=1'>"
PAGES = [
    ARTICLE,
    "<html lang=he><p dir=rtl>" + "שלום לכולם, זה טקסט ארוך מספיק כדי להיות תוכן. " * 4 + "</p>",
    "<p>" + HOSTILE.replace("<", "&lt;") + " and a sentence that is long enough to be the content of a page.</p>",
    "<script>nothing to see</script>",
    "<p>" + "日本語の文章です。今日は天気がよいので、公園まで散歩に行きました。" * 3 + "</p>",
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "pages.warc"
    records = []
    for number, html in enumerate(PAGES):
        block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}".encode()
        fields = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        fields += f"WARC-Target-URI: http://example.org/{number}?{'x' * 300}\r\n"
        fields += f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
        records.append(fields.encode() + block + b"\r\n\r\n")
    path.write_bytes(b"".join(records))
    return path


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_texts_of_every_extractor(archive, tmp_path, capsys, extractor):
    if extractor == "trafilatura":
        pytest.importorskip("trafilatura", exc_type=ImportError)
    out = tmp_path / "texts.jsonl"
    assert main(["extract", str(archive), "--extractor", extractor, "--out", str(out)]) == 0
    found = lines(out)
    assert f"{len(found)} texts; {len(PAGES) - len(found)} pages without text" in capsys.readouterr().err
    assert [row["record_id"] for row in found if "several words" in row["text"]] == ["<urn:uuid:0>"]
    assert set(found[0]) == {"record_id", "url", "title", "author", "published", "html_language", "charset", "text"}
    table = corpusmill.extract_texts(archive, extractor=extractor)
    assert table.to_pylist() == found


def test_markup_and_languages_of_the_learned_extractor(archive, tmp_path):
    texts = {}
    for markup in ("text", "markdown"):
        out = tmp_path / f"{markup}.jsonl"
        command = ["extract", str(archive), "--extractor", "learned", "--profile", "whole-page", "--markup", markup]
        assert main([*command, "--out", str(out)]) == 0
        texts[markup] = {row["record_id"]: row for row in lines(out)}
    assert texts["text"]["<urn:uuid:1>"]["html_language"] == "he"
    day = "On day 3 of the journey several words were said about the road."
    assert f"\n\n{day}\n\n" in texts["markdown"]["<urn:uuid:0>"]["text"]
    assert f"\n{day}\n" in texts["text"]["<urn:uuid:0>"]["text"]


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        ([], ["wanted --out TEXTS.jsonl, or --compare A,B"]),
        (["--extractor", "lerned", "--out", "x"], ['Did you mean "learned"?']),
        (["--extractor", "resiliparse", "--markup", "markdown", "--out", "x"], ["extract.markup is for the extractor"]),
        (["--profile", "articel", "--markup", "html", "--extractor", "learned", "--out", "x"], ["articel", "html"]),
        (["--compare", "learned,resiliparse"], ["--compare needs --report"]),
        (["--compare", "learned", "--report", "x"], ["wanted two extractors"]),
        (["--compare", "learned,nonsense", "--report", "x"], ["'nonsense' is unknown"]),
        (["--compare", "a,b", "--out", "x", "--extractor", "y"], ["--extractor does not go", "--out does not go"]),
        (["--compare", "resiliparse,resiliparse-all", "--report", "x", "--profile", "article"], ["is not compared"]),
        (["--sample", "3", "--out", "x"], ["--sample needs --compare"]),
    ],
)
def test_refusals(archive, tmp_path, capsys, monkeypatch, arguments, messages):
    monkeypatch.chdir(tmp_path)
    assert main(["extract", str(archive), *arguments]) == 2
    said = capsys.readouterr().err
    assert all(message in said for message in messages), said
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_none_is_refused(tmp_path, capsys):
    assert main(["extract", str(tmp_path / "absent.warc"), "--out", str(tmp_path / "x")]) == 2
    assert "absent.warc" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_comparison_is_a_page_and_a_table(archive, tmp_path, capsys):
    report = tmp_path / "check.html"
    command = ["extract", str(archive), "--compare", "learned,resiliparse-all", "--report", str(report)]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "5 of 5 pages, by hash of their record ids" in out
    first = report.read_bytes()
    assert main(command) == 0
    assert report.read_bytes() == first
    assert main([*command, "--sample", "2"]) == 0
    assert "2 of 5 pages" in capsys.readouterr().out


def test_texts_that_need_no_extraction_stay_as_they_are(tmp_path, capsys):
    path, out = tmp_path / "a.jsonl", tmp_path / "texts.jsonl"
    path.write_text('{"text": "One.", "id": "a"}\n{"text": "Two.\\n", "url": "http://e.org/"}\n{"text": 3}\n')
    assert main(["extract", str(path), "--out", str(out)]) == 3
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["record_id"], row["url"], row["text"]) for row in found] == [
        ("a", None, "One."),
        (None, "http://e.org/", "Two.\n"),
    ]
    assert "2 texts; 0 pages without text; 1 records that cannot be read" in capsys.readouterr().err
