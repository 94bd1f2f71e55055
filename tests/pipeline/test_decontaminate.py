"""Contaminants over a whole run: what `find` says of texts at hand, whatever the batches and kills; policies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.decontaminate.index import ContaminantIndex
from corpusmill.keys import Key
from corpusmill.pipeline.tokens import kept_pieces, kept_texts
from corpusmill.report.page import write_report
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder
from corpusmill.tokenize.folder import TokenFolder
from corpusmill.tokenize.train import train_sentencepiece

pytestmark = pytest.mark.usefixtures("tasks_here")

SETTINGS = ["language.threshold=0", "snapshot=2024-22"]
QUESTION = "A farmer keeps nineteen geese and sells seven of them on market day; how many are left in the yard?"
COMMON = "Choose the one best answer to each of the following questions and mark it with a pencil on the sheet."
FILL = "This page number {} is about something else entirely and goes on for quite a while without a point. "
FILES, PAGES = 3, 12


def pages() -> list[str]:
    """Every fifth page has the question, every second the common line."""
    found = []
    for page in range(FILES * PAGES):
        fill = FILL.format(page)
        question = f"{QUESTION.upper()}\n" if page % 5 == 0 else ""
        common = f"{COMMON}\n" if page % 2 else ""
        found.append(f"{fill * (page % 4 + 1)}\n{common}{fill * 5}\n{question}{fill * 6}")
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contaminants")
    texts = pages()
    for number in range(FILES):
        lines = (json.dumps({"text": text}) + "\n" for text in texts[number * PAGES : (number + 1) * PAGES])
        (folder / f"{number}.jsonl").write_text("".join(lines))
    items = [{"question": QUESTION, "answer": "Twelve."}, {"question": COMMON, "answer": "B"}]
    (folder / "farm.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    (folder / "clean.jsonl").write_text(json.dumps({"text": "nothing of this " * 10}) + "\n")
    sets = [f"farm={folder / 'farm.jsonl'}", f"clean={folder / 'clean.jsonl'}"]
    for style in ("corpusmill", "gpt3"):
        assert main(["contaminants", "build", *sets, "--style", style, "--out", str(folder / style)]) == 0
    corpusmill.run("keep-all", sorted(folder.glob("[0-9].jsonl")), folder / "run", settings=SETTINGS, workers=1)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "run", tmp_path / "run"))


def decontaminate(run: Path, index: Path, name: str = "c") -> int:
    return main(["decontaminate", str(run), "--index", str(index), "--name", name])


def rows(run: Path, name: str = "c") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = corpusmill.open(run).contaminants(name).to_table().to_pylist()
    return found


def texts(run: Path) -> dict[str, str]:
    table = corpusmill.open(run).documents.to_table(columns=["doc_id", "raw_content"])
    return dict(zip(*(table[name].to_pylist() for name in ("doc_id", "raw_content")), strict=True))


def everything(run: Path) -> dict[str, bytes]:
    return {path: (run / path).read_bytes() for path in [*corpusmill.open(run).manifest["outputs"], layout.MANIFEST]}


def test_tables_are_what_find_says(run: Path, made: Path, capsys: pytest.CaptureFixture[str]):
    assert decontaminate(run, made / "corpusmill") == 0
    said = capsys.readouterr().out
    of = texts(run)
    found = ContaminantIndex.open(made / "corpusmill").find(pa.array(list(of.values()))).to_pylist()
    assert rows(run) == [{"doc_id": doc_id, **row} for doc_id, row in zip(of, found, strict=True)]
    for column in ("hits", "items", "share", "pieces", "left_chars"):
        scores = corpusmill.open(run).scores(f"c_{column}").to_table()["score"].to_pylist()
        assert scores == [row[column] for row in found]
    counts = corpusmill.open(run).manifest["contaminants"]["c"]
    assert (counts["documents"], counts["hit"]) == (36, 8 + 14)
    assert counts["benchmarks"][0] == {
        "name": "farm",
        "items": 2,
        "uncheckable": 0,
        "partly": 2,
        "fully": 0,
        "palm": 2,
        "documents": 22,
        "clean": 0,
        "between": 0,
        "dirty": 2,
    }
    assert counts["benchmarks"][1]["documents"] == 0
    assert "c: 22 of 36 documents have something in common with an evaluation item (61.1 %)" in said
    assert "nothing of clean" in said
    for row, text in zip(found, of.values(), strict=True):
        for span in row["spans"]:
            assert text[span["start"] : span["end"]].lower() in (QUESTION[:-1].lower(), COMMON[:-1].lower())


def test_what_stands_in_many_documents_is_ignored(run: Path, made: Path):
    assert decontaminate(run, made / "gpt3") == 0
    assert {span["item"] for row in rows(run) for span in row["spans"]} == {"0"}  # 18 documents have the other
    assert corpusmill.open(run).manifest["contaminants"]["c"]["hit"] == 8
    finished = corpusmill.find_contaminants(run, made / "gpt3", name="d", workers=1)
    assert finished.manifest["contaminants"]["d"]["hit"] == 8
    assert [row | {"doc_id": ""} for row in rows(run, "d")] == [row | {"doc_id": ""} for row in rows(run)]
    assert corpusmill.open(run).sql("select count(*) from contaminants_d where hits > 0").fetchall() == [(8,)]
    assert corpusmill.open(run).manifest["contaminants"]["c"]["benchmarks"][0]["partly"] == 1


def test_batches_change_nothing(run: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert decontaminate(run, made / "gpt3") == 0
    monkeypatch.setattr("corpusmill.pipeline.decontaminate.BATCH_TEXTS", 5)
    other = Path(shutil.copytree(made / "run", tmp_path / "other"))
    moved = Path(shutil.copytree(made / "gpt3", tmp_path / "moved"))
    assert decontaminate(other, moved) == 0
    assert everything(run) == everything(other)


def test_a_kill_between_any_two_tasks(run: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert decontaminate(run, made / "gpt3") == 0
    expected = everything(run)
    record = RunFolder.record
    left = 0

    def counted(folder: RunFolder, entry: Any) -> None:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        record(folder, entry)

    tasks = 1
    while True:
        killed = Path(shutil.copytree(made / "run", tmp_path / f"killed-{tasks}"))
        left = tasks
        monkeypatch.setattr(RunFolder, "record", counted)
        code = decontaminate(killed, made / "gpt3")
        monkeypatch.setattr(RunFolder, "record", record)
        if code == 0:
            break
        assert code == 130
        assert decontaminate(killed, made / "gpt3") == 0
        assert everything(killed) == expected
        assert not (killed / "work").exists()
        tasks += 2
    assert tasks > 8  # a card, hits and tables of each input, common grams, a summary


def test_again_and_by_another_index(run: Path, made: Path, capsys: pytest.CaptureFixture[str]):
    assert decontaminate(run, made / "corpusmill") == 0
    before = everything(run)
    assert decontaminate(run, made / "corpusmill") == 0
    assert everything(run) == before
    assert decontaminate(run, made / "gpt3") == 2
    assert "has contaminants 'c' of another index; choose another --name" in capsys.readouterr().err
    assert everything(run) == before
    assert decontaminate(run, made / "gpt3", "d") == 0
    assert main(["check", str(run)]) == 0


@pytest.mark.parametrize(
    ("index", "name", "said"),
    [
        ("none", "c", "is no index: it has no model.json  (corpusmill contaminants build makes one)"),
        ("corpusmill", "C!", "name 'C!' is no name"),
    ],
)
def test_mistakes(run: Path, made: Path, index: str, name: str, said: str, capsys: pytest.CaptureFixture[str]):
    assert decontaminate(run, made / index, name) == 2
    assert said in capsys.readouterr().err
    assert main(["check", str(run)]) == 0  # as finished as it was


def select(run: Path, recipe: str, index: Path, name: str, contaminants: str = "contaminants") -> int:
    setting = f"contaminants.{contaminants}.index={json.dumps(str(index))}"
    return main(["select", str(run), "--recipe", recipe, "--set", setting, "--name", name])


def test_policy_drop(run: Path, made: Path):
    assert select(run, "decontaminate", made / "corpusmill", "s") == 0
    kept = dict(
        zip(*corpusmill.open(run).selection("s").to_table(columns=["doc_id", "keep"]).to_pydict().values(), strict=True)
    )
    assert kept == {doc_id: QUESTION.upper() not in text and COMMON not in text for doc_id, text in texts(run).items()}


def test_policy_report(run: Path, made: Path):
    assert select(run, "decontaminate-report", made / "corpusmill", "s") == 0
    assert all(corpusmill.open(run).selection("s").to_table()["keep"].to_pylist())
    assert corpusmill.open(run).manifest["contaminants"]["contaminants"]["hit"] == 22


def test_policy_cut_splits_documents(run: Path, made: Path, tmp_path: Path):
    assert select(run, "decontaminate-gpt3", made / "gpt3", "s", "gpt3_contaminants") == 0
    opened = corpusmill.open(run)
    cut = opened.manifest["selections"]["s"]["cut"]
    assert cut == "contaminants/gpt3_contaminants"
    for key in sorted({Key.of_document(doc_id) for doc_id in texts(run)}):
        expected = []
        for doc_id, text in texts(run).items():
            if Key.of_document(doc_id) != key:
                continue
            if QUESTION.upper() in text:
                at = text.index(QUESTION.upper())
                expected.append((doc_id, 0, text[: at - 200]))
                expected.append((doc_id, 1, text[at + len(QUESTION) - 1 + 200 :]))
            else:
                expected.append((doc_id, 0, text))
        batches = [batch.to_pydict() for batch in kept_pieces(run, "s", key, cut)]
        found = [row for batch in batches for row in zip(*batch.values(), strict=True)]
        assert found == expected
        assert [text for batch in kept_texts(run, "s", key, cut) for text in batch.to_pylist()] == [
            t for _, _, t in found
        ]
    train_sentencepiece(iter(pages()), tmp_path / "t.model", 400)
    out = tmp_path / "tokens"
    arguments = ["--selection", "s", "--tokenizer", str(tmp_path / "t.model"), "--out", str(out), "--workers", "1"]
    assert main(["tokenize", str(run), *arguments]) == 0
    assert TokenFolder.open(out).documents == 36 + 8


def test_a_recipe_that_runs_cuts_and_tokenises_at_once(made: Path, tmp_path: Path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        'name = "cut"\nextends = "decontaminate-gpt3"\n[tokens]\ntrain_vocabulary_size = 400\n'
        f'[[contaminants]]\nname = "gpt3_contaminants"\nindex = {json.dumps(str(made / "gpt3"))}\n'
    )
    finished = corpusmill.run(
        str(recipe), sorted(made.glob("[0-9].jsonl")), tmp_path / "run", settings=SETTINGS, workers=1
    )
    assert sum(each["documents"] for each in finished.manifest["tokens"]) == 44
    again = corpusmill.run(
        str(recipe), sorted(made.glob("[0-9].jsonl")), tmp_path / "run", settings=SETTINGS, workers=1
    )
    assert again.resumed


def test_documents_that_are_nothing_but_an_item_are_dropped(made: Path, tmp_path: Path):
    (tmp_path / "leak.jsonl").write_text(json.dumps({"text": QUESTION}) + "\n")
    corpusmill.run("keep-all", [tmp_path / "leak.jsonl"], tmp_path / "run", settings=SETTINGS, workers=1)
    assert select(tmp_path / "run", "decontaminate-gpt3", made / "gpt3", "s", "gpt3_contaminants") == 0
    (verdict,) = corpusmill.open(tmp_path / "run").selection("s").to_table().to_pylist()
    assert [failed["rule"] for failed in verdict["failed"]] == ["cut_to_nothing"]


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ('[[contaminants]]\nname = "c"\n', "index"),
        ('[[contaminants]]\nname = "c"\nindex = "nowhere"\n', "nowhere is no index"),
        ('[cut]\ncontaminants = "c"\n', "has no contaminants 'c': corpusmill decontaminate RUN --index INDEX"),
        ('[cut]\ncontaminants = "c"\nspans = "d"\n', "cut: wanted spans or contaminants, one of them"),
        ("[cut]\nmin_chars = 3\n", "cut: wanted spans or contaminants, one of them"),
        ('[[rule]]\nname = "r"\nvalue = "c_hits"\nmax = 0\n', 'signal "c_hits" is unknown'),
    ],
)
def test_recipes_that_cannot_be(run: Path, tmp_path: Path, recipe: str, said: str, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "r.toml").write_text(f'name = "r"\n{recipe}')
    assert main(["select", str(run), "--recipe", str(tmp_path / "r.toml")]) == 2
    assert said in capsys.readouterr().err
    assert main(["check", str(run)]) == 0


def test_an_index_of_another_style(run: Path, made: Path, capsys: pytest.CaptureFixture[str]):
    assert select(run, "decontaminate-gpt3", made / "corpusmill", "s", "gpt3_contaminants") == 2
    said = capsys.readouterr().err
    assert "is an index of style corpusmill; wanted gpt3: corpusmill contaminants build NAME=FILE --style gpt3" in said


def test_texts_at_hand_are_not_judged(made: Path):
    with pytest.raises(corpusmill.errors.RecipeError, match=r"\[\[contaminants\]\] are found in a whole run"):
        corpusmill.judge([{"text": QUESTION}], "decontaminate")


def test_why_and_report(run: Path, made: Path, capsys: pytest.CaptureFixture[str]):
    assert decontaminate(run, made / "corpusmill") == 0
    leaked = next(doc_id for doc_id, text in texts(run).items() if QUESTION.upper() in text)
    capsys.readouterr()
    assert main(["why", str(run), leaked]) == 0
    said = capsys.readouterr().out
    assert "contaminants c: 95 % of farm 0, from character" in said
    assert QUESTION.upper()[:80] in said
    assert main(["why", str(run), leaked, "--json"]) == 0
    (life,) = json.loads(capsys.readouterr().out)
    assert [match["text"] for match in life["contaminants"]["c"]] == [QUESTION.upper()[:-1]]
    page = write_report(run).read_text()
    assert 'id="contamination"' in page
    assert f"<mark>{QUESTION.upper()[:-1]}</mark>" in page


def test_matching_text_is_only_text_in_the_report(tmp_path: Path):
    attack = "<script>alert(1)</script> <img src=x onerror=alert(2)> " * 8
    (tmp_path / "page.jsonl").write_text(json.dumps({"text": attack}) + "\n")
    (tmp_path / "set.jsonl").write_text(json.dumps({"text": attack, "id": "<b>7</b>"}) + "\n")
    corpusmill.run("keep-all", [tmp_path / "page.jsonl"], tmp_path / "run", settings=SETTINGS, workers=1)
    built = ["contaminants", "build", f"<i>set</i>={tmp_path / 'set.jsonl'}", "--out", str(tmp_path / "index")]
    assert main(built) == 0
    assert decontaminate(tmp_path / "run", tmp_path / "index") == 0
    page = write_report(tmp_path / "run").read_text()
    assert "<mark>script&gt;alert(1)&lt;" in page
    assert not any(bad in page for bad in ("<img src", "<script>alert", "<b>7", "<i>set"))


def test_contaminants_verb(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    capsys.readouterr()
    assert main(["contaminants", "show", str(made / "gpt3")]) == 0
    said = capsys.readouterr().out
    assert "style gpt3" in said
    assert "farm" in said
    assert main(["contaminants", "show", str(made / "gpt3"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["benchmarks"][0] == {"name": "farm", "items": 2, "uncheckable": 0}
    assert main(["contaminants", "styles"]) == 0
    assert "datatrove" in capsys.readouterr().out
    for arguments, wanted in (
        (["farm"], "'farm': wanted NAME=FILE, as gsm8k=gsm8k_test.jsonl"),
        ([f"farm={made / 'none'}"], "is no file"),
        ([f"farm={made / 'farm.jsonl'}", "--style", "gpt4"], 'there is no style "gpt4". Did you mean "gpt3"?'),
    ):
        assert main(["contaminants", "build", *arguments, "--out", str(tmp_path / "index")]) == 2
        assert wanted in capsys.readouterr().err
    sets = [f"farm={made / 'farm.jsonl'}"]
    fields = ["--query", "answer", "--label", "question", "--set", "size=5"]
    assert main(["contaminants", "build", *sets, *fields, "--out", str(tmp_path / "index")]) == 0
    assert ContaminantIndex.open(tmp_path / "index").texts[0].as_py().startswith("Twelve. A farmer")
    assert np.array_equal(ContaminantIndex.open(tmp_path / "index").item_benchmarks, [0, 0])
