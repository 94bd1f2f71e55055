"""Languages of documents and of their lines, against fastText's own answers."""

from __future__ import annotations

import json
import lzma
import pickle
import random
from collections import Counter
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import ModelRefused, RecipeError
from corpusmill.language.by_line import ByLineParameters, LanguagesByLine
from corpusmill.language.codes import agree, common
from corpusmill.language.identify import LanguageParameters
from corpusmill.schema import LANGUAGES
from tests.language.languages_model import SENTENCES, train_languages
from tests.models.fasttext.files import Recipe, model

BUNDLED = LanguageParameters().model_path()
ENGLISH = "The committee will meet again on Thursday to discuss the new budget."
GERMAN = "Der Ausschuss trifft sich am Donnerstag wieder, um den Haushalt zu besprechen."
RUSSIAN = "Комитет снова соберётся в четверг, чтобы обсудить новый бюджет."
KOREAN = "위원회는 목요일에 다시 모여 새 예산을 논의할 것이다."
NONSENSE = "x1 7zz 0q 9 #4 k8 22 ] 1w"


@pytest.fixture(scope="module")
def by_line() -> LanguagesByLine:
    return LanguagesByLine(BUNDLED, ByLineParameters())


@pytest.fixture(scope="module")
def glotlid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_languages(tmp_path_factory.mktemp("model") / "glotlid.bin")


def languages_of(by_line: LanguagesByLine, text: str | None, own: str | None = "en") -> tuple:
    """Languages of the lines with their characters, and agreement."""
    columns = by_line.identify(pa.array([text], pa.large_string()), pa.array([own], pa.string())).columns
    groups = [(group["language"], group["chars"]) for group in columns["line_languages"][0].as_py()]
    assert columns["line_language"][0].as_py() == (groups[0][0] if groups else None)
    return groups, columns["line_agreement"][0].as_py()


@pytest.mark.parametrize(
    ("text", "groups", "agreement"),
    [
        (ENGLISH, [("en", 68)], 1.0),
        (f"{ENGLISH}\n{GERMAN}", [("de", 78), ("en", 68)], 68 / 146),
        (f"{ENGLISH}\n{GERMAN}\n{ENGLISH}\n", [("en", 136), ("de", 78)], 136 / 214),
        (f"{GERMAN}\n{RUSSIAN}\n{KOREAN}", [("de", 78), ("ru", 63), ("ko", 30)], 0.0),
        (f"{ENGLISH}\n{NONSENSE}", [("en", 68), ("und", 25)], 68 / 93),
        (f"{ENGLISH}\r\n{GERMAN}\r\n", [("de", 78), ("en", 68)], 68 / 146),
        (f"\n\n \t{ENGLISH} \r\0\n\u3000\n", [("en", 68)], 1.0),
        ("a short line\n" * 50, [], None),
        ("only nineteen chars", [], None),
        ("", [], None),
        (None, [], None),
        (" " * 100, [], None),
        ("\0" * 100 + "\n" + "\u2003" * 100, [], None),
        ("\n\r\n\n" * 10, [], None),
        ("\u200b" * 30, [("und", 30)], 0.0),
    ],
    ids=range(15),
)
def test_lines(by_line, text, groups, agreement):
    assert languages_of(by_line, text) == (groups, agreement)


@pytest.mark.parametrize("separator", ["\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_nothing_but_a_line_feed_ends_a_line(by_line, separator):
    groups, _ = languages_of(by_line, f"{ENGLISH}{separator}{GERMAN}")
    assert sum(chars for _, chars in groups) == 147 and len(groups) == 1


def test_ties_go_by_name(by_line):
    russian, english = RUSSIAN[:60], ENGLISH[:60]
    for text in (f"{russian}\n{english}", f"{english}\n{russian}"):
        assert languages_of(by_line, text) == ([("en", 60), ("ru", 60)], 0.5)


def test_lines_of_the_least_length_count():
    text = "This is an English sentence."
    assert len(text) == 28
    for least, groups in ((28, [("en", 28)]), (29, [])):
        assert languages_of(LanguagesByLine(BUNDLED, ByLineParameters(least)), text)[0] == groups


def test_a_document_without_a_language_has_none_to_agree_with(by_line):
    for own in ("und", None):
        assert languages_of(by_line, f"{ENGLISH}\n{NONSENSE}", own)[1] == 0.0
    found = by_line.identify(pa.array([ENGLISH, NONSENSE]), pa.array(["und", "und"]))
    assert (found.same.tolist(), found.undetermined.tolist()) == ([False, False], [False, True])


def test_the_threshold_is_of_documents_and_lines():
    sure = LanguagesByLine(BUNDLED, ByLineParameters(threshold=1.0))
    any_ = LanguagesByLine(BUNDLED, ByLineParameters(threshold=0.0))
    half = f"{ENGLISH[:30]} {GERMAN[:30]}"
    assert languages_of(sure, half)[0] == [("und", 61)]
    assert languages_of(any_, NONSENSE)[0][0][0] != "und"
    columns = [each.identify(pa.array([half]), pa.array(["en"])).columns for each in (sure, any_)]
    assert columns[0]["language"].to_pylist() == ["und"] != columns[1]["language"].to_pylist()
    assert columns[0]["language_score"].equals(columns[1]["language_score"])


def plain(predict, prefix: str, text: str, own: str, least: int) -> tuple:
    """A row of the table, line by line in Python, by the fasttext package."""

    def language(piece: str) -> tuple[str, float]:
        if not piece.strip("\0 \t\n\v\f\r"):
            return "und", 0.0
        ((probability, label),) = predict(piece.replace("\n", "") + "\n", 1, 0.0, "strict")
        score = round(min(1.0, probability), 2)
        return (label.removeprefix("__label__") if score >= 0.5 else "und"), score

    counted: Counter[str] = Counter()
    for line in text.split("\n"):
        while line != (line := line.strip().strip("\0")):
            pass
        if len(line) >= least:
            counted[language(line)[0]] += len(line)
    groups = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    agreed = sum(chars for name, chars in groups if agree(own, name))
    agreement = agreed / counted.total() if groups else None
    return *language(text), groups, groups[0][0] if groups else None, agreement


PIECES = [
    ENGLISH,
    GERMAN,
    RUSSIAN,
    KOREAN,
    NONSENSE,
    "委员会 将于 星期四 再次 开会 讨论 新的 预算。",
    "short",
    "</s>",
    "__label__de",
]
PIECES += ["", " ", "\0", "\n", "\r\n", "\n\n", "\r", "\u2028", "\x85", "\u3000", "\u200b", "\ufffd", "\U0010ffff", "é"]


@pytest.mark.parametrize("kind", ["lid.176", "glotlid"])
def test_as_fasttext_line_by_line(by_line, glotlid, kind):
    path = BUNDLED if kind == "lid.176" else glotlid
    predict = fasttext.load_model(str(path)).f.predict
    tested = LanguagesByLine(path, ByLineParameters(15))
    documents = st.tuples(
        st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=12).map("".join),
        st.sampled_from(["en", "de", "zh", "und"]),
    )

    @settings(max_examples=150, derandomize=True, deadline=None, database=None)
    @given(st.lists(documents, max_size=6))
    def check(rows):
        texts, own = [text for text, _ in rows], [language for _, language in rows]
        found = tested.identify(pa.array(texts, pa.large_string()), pa.array(own, pa.string()))
        columns = {name: column.to_pylist() for name, column in found.columns.items()}
        groups = [[(group["language"], group["chars"]) for group in row] for row in columns.pop("line_languages")]
        language, score, line_language, agreement = columns.values()
        measured = list(zip(language, score, groups, line_language, agreement, strict=True))
        expected = [plain(predict, kind, text, code, 15) for text, code in rows]
        assert measured == expected
        assert found.same.tolist() == [agree(code, row[0]) for code, row in zip(own, expected, strict=True)]
        assert found.undetermined.tolist() == [row[0] == "und" for row in expected]
        whole = [-1 if row[4] is None else int(100 * row[4] + 1e-9) for row in expected]
        assert found.percent.tolist() == whole

    check()


def test_batches_change_nothing(by_line):
    drawn = random.Random(0)
    texts = ["".join(drawn.choices(PIECES, k=drawn.randrange(12))) for _ in range(60)]
    own = drawn.choices(["en", "de", "ru", "und", None], k=60)
    whole = rows_of(by_line, texts, own)
    for size in (1, 7, 59):
        parts = [rows_of(by_line, texts[i : i + size], own[i : i + size]) for i in range(0, 60, size)]
        assert pa.Table.from_batches(parts).combine_chunks() == pa.Table.from_batches([whole])
    sliced = by_line.identify(pa.array(["x", *texts]).slice(1), pa.array(["en", *own]).slice(1)).columns
    assert pa.record_batch(sliced) == whole


def rows_of(by_line: LanguagesByLine, texts: list, own: list) -> pa.RecordBatch:
    columns = by_line.identify(pa.array(texts, pa.large_string()), pa.array(own, pa.string())).columns
    assert list(columns) == LANGUAGES.names[1:]
    assert [column.type for column in columns.values()] == LANGUAGES.types[1:]
    return pa.record_batch(columns)


@pytest.mark.parametrize(
    ("own", "label"), [("en", "eng_Latn"), ("de", "deu_Latn"), ("ru", "rus_Cyrl"), ("zh", "cmn_Hani")]
)
def test_a_model_of_three_letter_codes_and_scripts(glotlid, own, label):
    by_line = LanguagesByLine(glotlid, ByLineParameters())
    groups, agreement = languages_of(by_line, SENTENCES[label], own)
    assert ([name for name, _ in groups], agreement) == ([label], 1.0)
    found = by_line.identify(pa.array([SENTENCES[label]]), pa.array([own]))
    assert found.columns["language"].to_pylist() == [label]
    assert found.same.all()
    assert languages_of(by_line, SENTENCES[label], "fr")[1] == 0.0


def test_a_model_whose_labels_say_undetermined(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(model(Recipe(labels={b"__label__und": 3, b"__label__und_Latn": 2, b"bare": 1}, scale=3.0)))
    by_line = LanguagesByLine(path, ByLineParameters(3))
    assert by_line.names == ["bare", "und", "und_Latn"]
    found = by_line.identify(pa.array(["the cat", "sat", "Haus", "кот", "猫", "the"] * 3), pa.array(["und"] * 18))
    assert not found.same.any()
    names = found.columns["language"].to_pylist()
    assert len(set(names)) > 1
    assert found.undetermined.tolist() == [name != "bare" for name in names]


def test_no_documents(by_line):
    assert rows_of(by_line, [], []).num_rows == 0


@pytest.mark.parametrize(
    "settings", [{"min_line_chars": 0}, {"threshold": -0.1}, {"threshold": 1.01}, {"threshold": np.nan}]
)
def test_parameters_that_are_none(settings):
    (name,) = settings
    with pytest.raises(RecipeError, match=f"{name} .*wanted"):
        LanguagesByLine(BUNDLED, ByLineParameters(**settings))


def test_files_that_are_no_model(tmp_path):
    content = BUNDLED.read_bytes()
    for name, data in {"pickle": pickle.dumps([1]), "cut": content[:-1], "none": b"", "text": b"model"}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelRefused, match=name):
            LanguagesByLine(tmp_path / name, ByLineParameters())
    with pytest.raises(ModelRefused, match="does not exist"):
        LanguagesByLine(tmp_path / "absent", ByLineParameters())


@pytest.mark.shared
def test_declarations_of_human_rights(shared, tmp_path):
    """A model of forty languages, trained on one half of the lines, on the other."""
    with lzma.open(shared / "data/text/udhr2_4k_per_language.json.xz", "rt", encoding="utf-8") as file:
        texts = json.load(file)
    names = [name for name in texts if len(name) == 3 and name.isalpha() and common(name) == name][:40]
    halves = [{f"{name}_Zyyy": "\n".join(texts[name].split("\n")[start::2]) for name in names} for start in (0, 1)]
    by_line = LanguagesByLine(train_languages(tmp_path / "model.bin", halves[0], epoch=100), ByLineParameters())
    found = by_line.identify(pa.array(list(halves[1].values())), pa.array(names))
    assert found.same.mean() > 0.9
    assert np.mean(found.columns["line_agreement"].to_numpy()) > 0.8
