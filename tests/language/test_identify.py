"""CCNet's conventions, odd texts, and model files that must not reach fastText."""

from __future__ import annotations

import json
import lzma
import struct

import fasttext
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from corpusmill.errors import ModelRefused
from corpusmill.language.identify import LanguageIdentifier, LanguageParameters, rounded
from corpusmill.models.fasttext.model import Best

BUNDLED = LanguageParameters().model_path()


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier(LanguageParameters())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The committee will meet again on Thursday to discuss the new budget.", "en"),
        ("Der Ausschuss trifft sich am Donnerstag wieder, um den Haushalt zu besprechen.", "de"),
        ("Комитет снова соберётся в четверг, чтобы обсудить новый бюджет.", "ru"),
        ("委員会は木曜日に再び会合を開き、新しい予算を議論する。", "ja"),
        ("위원회는 목요일에 다시 모여 새 예산을 논의할 것이다.", "ko"),
    ],
)
def test_language(identifier, text, language):
    languages, scores = identifier.identify(pa.array([text]))
    assert languages.to_pylist() == [language]
    assert 0.5 <= scores[0].as_py() <= 1


ODD = [
    "",
    " ",
    "\n\n",
    "\t \r",
    "\0",
    "a\0b",
    "__label__en",
    "__label__",
    "</s>",
    "a" * 240_000,
    "\u2028",
    "w " * 100_000,
]
ODD += ["__label__de das ist ein Haus", "\ufffd" * 50, "\U0010ffff", "1234567890 " * 1000, "\u202e\u200b\ufeff"]


@pytest.mark.parametrize("text", ODD, ids=[repr(text[:12]) for text in ODD])
def test_odd_texts_get_a_score_between_0_and_1(identifier, text):
    languages, scores = identifier.identify(pa.array([text], pa.large_string()))
    score = scores[0].as_py()
    assert 0 <= score <= 1
    assert score == round(score, 2)
    assert (languages[0].as_py() == "und") == (score < 0.5)


def test_blank_and_null_are_undetermined_with_score_0(identifier):
    languages, scores = identifier.identify(pa.array(["", " \n\t", None, "\0"]))
    assert languages.to_pylist() == ["und"] * 4
    assert scores.to_pylist() == [0.0] * 4


@pytest.mark.parametrize(
    ("probability", "label", "tokens", "expected"),
    [
        (0.495001, 1, 1, ("en", 0.5)),
        (0.4949, 1, 1, ("und", 0.49)),
        (0.5, 1, 1, ("en", 0.5)),
        (0.625, 1, 1, ("en", 0.62)),
        (1.00007, 1, 1, ("en", 1.0)),
        (-0.1, 1, 1, ("und", 0.0)),
        (0.9, -1, 1, ("und", 0.0)),
        (0.9, 1, 0, ("und", 0.0)),
        (float("nan"), -1, 1, ("und", 0.0)),
    ],
)
def test_score_is_rounded_before_it_is_compared(monkeypatch, probability, label, tokens, expected):
    identifier = LanguageIdentifier(LanguageParameters())
    best = Best(np.array([label], np.int32), np.array([probability], np.float32), np.array([tokens]))
    monkeypatch.setattr(identifier._model, "best", lambda *_, **__: best)
    monkeypatch.setattr(identifier, "_languages", pa.array(["de", "en", "und"]))
    languages, scores = identifier.identify(pa.array(["text"]))
    assert (languages[0].as_py(), scores[0].as_py()) == expected


def test_rounding_is_that_of_python():
    probabilities = np.concatenate([np.arange(2001) / 2000, np.random.default_rng(0).random(5000)]).astype(np.float32)
    ones = np.ones(len(probabilities), np.int64)
    assert rounded(Best(ones, probabilities, ones)).tolist() == [round(float(p), 2) for p in probabilities]


def test_line_feeds_are_deleted_not_replaced(identifier):
    """Other separators stay: a carriage return parts words, and what follows `</s>` is not read."""
    whole, apart = "internationalement", "inter nationalement"
    for text, same_as in [
        ("inter\nnatio\nnalement\n", whole),
        ("inter\rnationalement", apart),
        (f"{whole} </s> Haus", whole),
    ]:
        assert identifier._model.best(*_buffers(text), join_lines=False)[1] == _probability(same_as)
    assert _probability(whole) != _probability(apart)


def _buffers(text: str) -> tuple[np.ndarray, np.ndarray]:
    data = np.frombuffer(text.encode(), np.uint8)
    return data, np.array([0, len(data)])


def _probability(text: str) -> float:
    return fasttext.load_model(str(BUNDLED)).predict(text)[1][0]


def check_fasttext_agrees(identifier: LanguageIdentifier, texts: pa.Array) -> None:
    """Every language and score is that of CCNet's way with the fasttext package."""
    predict = fasttext.load_model(str(BUNDLED)).f.predict
    expected = []
    for text in texts.to_pylist():
        ((probability, label),) = predict(text.replace("\n", "") + "\n", 1, 0.0, "strict")
        score = round(min(1.0, probability), 2) if text.strip("\0 \t\n\v\f\r") else 0.0
        expected.append((label.removeprefix("__label__") if score >= 0.5 else "und", score))
    languages, scores = identifier.identify(texts)
    assert list(zip(languages.to_pylist(), scores.to_pylist(), strict=True)) == expected


def test_demo_crawl_is_identified_as_by_fasttext(identifier, demo_run):
    files = sorted((demo_run / "documents").rglob("*.parquet"))
    texts = pa.concat_tables([pq.read_table(file, columns=["raw_content"]) for file in files])["raw_content"]
    assert len(texts) > 200
    check_fasttext_agrees(identifier, texts)


@pytest.mark.shared
def test_crawl_is_identified_as_by_fasttext(identifier, shared):
    """Pages of the crawl, each as all its visible text."""
    from corpusmill.extract.by_resiliparse import all_text

    path = shared / "data/crawl-bench/crawl-bench-00004.warc.gz"
    texts = []
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"):
            if len(texts) < 400 and (record.http_content_type or "").lower() == "text/html":
                texts.append(all_text(record.reader.read().decode("utf-8", "replace"))[0])
    assert len(texts) == 400
    check_fasttext_agrees(identifier, pa.array(texts))


def test_batches_change_nothing(identifier):
    texts = ["Guten Morgen zusammen", "Good morning everyone", "", "Bonjour tout le monde", "おはようございます"] * 3
    whole = identifier.identify(pa.array(texts))
    single = [identifier.identify(pa.array([text])) for text in texts]
    assert whole[0].to_pylist() == [languages[0].as_py() for languages, _ in single]
    assert whole[1].to_pylist() == [scores[0].as_py() for _, scores in single]


def test_keep_list():
    assert LanguageIdentifier(LanguageParameters(keep=("de", "en"))).keeps(
        pa.array(["de", "fr", "und"])
    ).to_pylist() == [
        True,
        False,
        False,
    ]
    assert LanguageIdentifier(LanguageParameters()).keeps(pa.array(["de", "und"])).to_pylist() == [True, True]


def test_missing_model_says_how_to_get_one(tmp_path):
    with pytest.raises(ModelRefused, match=r"there is no language model at .*lid\.176\.bin"):
        LanguageIdentifier(LanguageParameters(model=str(tmp_path / "absent.bin")))


def test_threshold_out_of_range():
    with pytest.raises(ModelRefused, match="threshold"):
        LanguageIdentifier(LanguageParameters(threshold=1.5))


def _garbage(size: int) -> bytes:
    return bytes((i * 2654435761 >> 7) & 255 for i in range(size))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"not a model at all",
        struct.pack("<i", 793712314),
        struct.pack("<ii", 793712314, 12) + _garbage(4096),
        struct.pack("<ii", 793712314, 99) + b"\0" * 500,
        struct.pack("<ii", 793712314, 12) + b"\0" * 4096,
        b"\x80\x04\x95",
    ],
    ids=range(8),
)
def test_garbage_is_refused(tmp_path, content):
    path = tmp_path / "model.ftz"
    path.write_bytes(content)
    with pytest.raises(ModelRefused, match="model"):
        LanguageIdentifier(LanguageParameters(model=str(path)))


@pytest.mark.shared
def test_parallel_paragraphs(identifier, shared):
    """Twelve languages, twenty paragraphs each, of Wikipedia."""
    with lzma.open(shared / "data/text/xquad_wikipedia_paragraphs.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found, _ = identifier.identify(pa.array([row["text"] for row in rows]))
    assert len(rows) > 200
    assert found.to_pylist() == [row["lang"] for row in rows]


def test_languages_to_keep_that_no_text_can_be_in_are_named():
    identifier = LanguageIdentifier(LanguageParameters(keep=("en", "und", "eng", "english")))
    first, second = identifier.unknown()
    assert first == "language.keep: the model has no language 'eng', so nothing is kept for it. Did you mean \"en\"?"
    assert second.startswith("language.keep: the model has no language 'english'")
