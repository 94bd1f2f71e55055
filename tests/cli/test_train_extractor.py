"""corpusmill train extractor: from an archive and known texts to a model that a recipe names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.files import sha256_of

pytest.importorskip(
    "lightgbm", reason="training needs LightGBM: pip install 'corpusmill[training]'", exc_type=ImportError
)

SENTENCES = [
    "The river rose again in the night, and by morning the lower fields were under water.",
    "Nobody had expected the bridge to hold, but it did, and the mail came through on time.",
    "She counted the lanterns twice, found one missing, and said nothing about it to the others.",
]


def page(site: int, number: int) -> tuple[str, str]:
    """HTML and main text."""
    text = [f"{sentence} Part {site}, line {number} of the story." for sentence in SENTENCES]
    menu = "".join(f"<li><a href=/{item}>{item}</a></li>" for item in ("Home", "News", "Contact us", "Archive"))
    body = "".join(f"<p>{line}</p>" for line in text)
    html = (
        f"<title>Page {number}</title><nav class=menu><ul>{menu}</ul></nav><main class=story>{body}</main>"
        "<footer class=foot><p>Copyright, all rights reserved</p></footer>"
    )
    return html, "\n".join(text)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    records, truth = [], []
    for site in range(12):
        for number in range(3):
            html, text = page(site, number)
            url = f"http://www.site{site}.example.org/{number}" if site % 2 else f"http://site{site}.de/{number}"
            block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}".encode()
            name = f"<urn:uuid:{site}-{number}>"
            fields = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: {name}\r\nWARC-Target-URI: {url}\r\n"
            fields += f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
            records.append(fields.encode() + block + b"\r\n\r\n")
            truth.append({"record_id": name, "text": text} if number else {"url": url, "text": text})
    (folder / "pages.warc").write_bytes(b"".join(records))
    lines = [json.dumps(row) for row in truth]
    (folder / "truth.jsonl").write_text("\n".join(lines))
    (folder / "reversed.jsonl").write_text("\n".join([*reversed(lines), '{"url": "http://nowhere/", "text": "x"}']))
    return folder


def train(folder: Path, out: Path, truth: str = "truth.jsonl", *more: str) -> int:
    pages, known = folder / "pages.warc", folder / truth
    return main(
        ["train", "extractor", "--pages", str(pages), "--truth", str(known), "--out", str(out), "--trees", "8", *more]
    )


def test_a_model_that_a_recipe_names(labelled, tmp_path, capsys):
    assert train(labelled, tmp_path / "model") == 0
    out = capsys.readouterr().out
    assert "pages  36 of 7 sites" in out
    card = json.loads((tmp_path / "model/model.json").read_text())
    assert card["kind"] == "extractor"
    assert set(card["training_text"]) == {"pages.warc", "truth.jsonl"}
    assert card["files"]["extractor.npz"] == sha256_of(tmp_path / "model/extractor.npz")
    assert card["files"]["extractor.npz"] in out

    assert train(labelled, tmp_path / "again", "reversed.jsonl") == 0
    assert "1 known texts have no page, as http://nowhere/" in capsys.readouterr().err
    assert (tmp_path / "again/extractor.npz").read_bytes() == (tmp_path / "model/extractor.npz").read_bytes()

    settings = ["extract.extractor=learned", f"extract.model={tmp_path}/model"]
    finished = corpusmill.run("keep-all", [labelled / "pages.warc"], tmp_path / "run", workers=1, settings=settings)
    assert finished.manifest["models"]["extractor"]["training_text"] == card["training_text"]
    assert json.loads((tmp_path / "run/models/extractor.json").read_text()) == card
    identity = json.loads((tmp_path / "run/identity.json").read_text())
    assert identity["models"]["extractor"] == card["files"]["extractor.npz"]
    texts = corpusmill.open(tmp_path / "run").sql("select raw_content from documents").fetchall()
    assert len(texts) == 36
    assert all("The river rose again" in text for (text,) in texts)

    table = corpusmill.extract_texts(labelled / "pages.warc", extractor="learned", model=tmp_path / "model")
    assert sorted(table["text"].to_pylist()) == sorted(text for (text,) in texts)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"url": "http://a/"}', r'line 1: wanted \{"record_id"'),
        ("not json\n[1]\n5", r"(?s)line 1: wanted.*line 2: wanted.*line 3: wanted"),
        ('{"url": "u", "text": "a"}\n{"url": "u", "text": "b"}', "line 2: u has another text than in"),
        ("\n", "has no line"),
        ('{"url": "http://elsewhere/", "text": "a"}', "no page of the archives has a known text"),
    ],
)
def test_truths_that_are_none_are_refused(labelled, tmp_path, capsys, lines, message):
    (labelled / "wrong.jsonl").write_text(lines)
    assert train(labelled, tmp_path / "model", "wrong.jsonl") == 2
    import re

    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "model").exists()


def test_other_refusals(labelled, tmp_path, capsys):
    assert train(labelled, tmp_path / "model", "truth.jsonl", "--profile", "articles") == 2
    assert 'Did you mean "article"?' in capsys.readouterr().err
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/notes.txt").write_text("mine")
    assert train(labelled, tmp_path / "taken") == 2
    assert "exists and is no model" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["missing", "damaged", "changed"])
def test_a_model_that_is_not_whole_is_refused_before_any_work(labelled, tmp_path, capsys, kind):
    path = tmp_path / "model.npz"
    if kind == "damaged":
        path.write_bytes(b"PK\x03\x04 no archive")
    if kind == "changed":
        assert train(labelled, tmp_path / "model") == 0
        path = tmp_path / "model"
        content = (path / "extractor.npz").read_bytes()
        (path / "extractor.npz").write_bytes(content[:-1] + b"x")
    run = ["run", "keep-all", "--input", str(labelled / "pages.warc"), "--out", str(tmp_path / "run")]
    assert main([*run, "--set", "extract.extractor=learned", "--set", f"extract.model={path}"]) == 2
    assert str(path) in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
