"""fastText classifier scores: the reference's values, nulls, warnings, damaged models."""

from __future__ import annotations

import shutil
from pathlib import Path

import fasttext
import pyarrow as pa
import pytest

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.signals.classifiers import LANGUAGES, load_classifier
from corpusmill.signals.registry import SIGNALS
from tests.rpv2_vectors import VENDORED, Vectors, differing, vectors

NAMES = ["rps_doc_ml_palm_score", "rps_doc_ml_wikipedia_score", "rps_doc_ml_wikiref_score"]
MODELS = VENDORED / "artifacts" / "classifiers"


def measured(name: str, batch: TextBatch) -> list[float | None]:
    return SIGNALS[name].function(batch).to_pylist()


def test_all_three_are_registered():
    assert [name for name in SIGNALS if "_ml_" in name] == NAMES


@pytest.mark.parametrize("name", ["palm", "wikiref"])
def test_scores_are_those_of_fasttext(name: str):
    """To the last digit, on documents of every handmade kind and language."""
    predict = fasttext.load_model(str(MODELS / "en" / f"{name}.model.bin")).predict
    texts = [text for case in vectors(VENDORED) for text in case.batch.texts.to_pylist()] + [
        " \n",
        "\u3000a\u2028b\x85",
    ]
    expected = []
    for text in texts:
        (label,), (probability,) = predict(" ".join(text.splitlines()).strip())
        expected.append(round(1.0 - probability if label == "__label__cc" else probability, 8) if text else None)
    assert measured(f"rps_doc_ml_{name}_score", TextBatch(pa.array(texts), "en", Artifacts(MODELS.parent))) == expected


def test_empty_texts_are_null_and_white_space_has_a_score():
    found = measured(
        "rps_doc_ml_palm_score", TextBatch(pa.array(["", None, " \n", "\0"]), "en", Artifacts(MODELS.parent))
    )
    assert [value is None for value in found] == [True, True, False, False]


@pytest.mark.parametrize("name", ["palm", "wikiref", "wikipedia"])
@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it", "ja", "und"])
def test_a_missing_model_warns_only_where_the_reference_has_one(tmp_path: Path, name: str, language: str):
    artifacts = Artifacts(tmp_path)
    batch = TextBatch(pa.array(["a text", "another"]), language, artifacts)
    assert measured(f"rps_doc_ml_{name}_score", batch) == [None, None]
    expected = [f"classifiers/{language}/{name}.model.bin"] if language in LANGUAGES[name] else []
    assert [warning.split()[0] for warning in artifacts.warnings] == expected


def test_a_damaged_model_is_refused(tmp_path: Path):
    (tmp_path / "classifiers" / "en").mkdir(parents=True)
    path = tmp_path / "classifiers" / "en" / "palm.model.bin"
    path.write_bytes((793712314).to_bytes(4, "little") + bytes(range(256)) * 100)
    with pytest.raises(ModelRefused, match=r"palm\.model\.bin"):
        measured("rps_doc_ml_palm_score", TextBatch(pa.array(["a text"]), "en", Artifacts(tmp_path)))


def test_a_classifier_without_the_crawl_label_is_refused(tmp_path: Path):
    path = tmp_path / "other.bin"
    path.write_bytes((MODELS / "en" / "palm.model.bin").read_bytes().replace(b"__label__cc\0", b"__label__xx\0"))
    with pytest.raises(ModelRefused, match="__label__cc"):
        load_classifier(path)


def test_models_are_loaded_once_and_again_when_they_change(tmp_path: Path):
    path = tmp_path / "palm.model.bin"
    shutil.copyfile(MODELS / "en" / "palm.model.bin", path)
    first = load_classifier(path)
    assert load_classifier(path) is first
    shutil.copyfile(MODELS / "en" / "wikiref.model.bin", path)
    assert load_classifier(path) is not first


def check_conformance(case: Vectors) -> None:
    for name in NAMES:
        model = name.removeprefix("rps_doc_ml_").removesuffix("_score")
        if case.batch.artifacts.path("classifiers", case.key.language, f"{model}.model.bin"):  # en and de are vendored
            assert differing(case.signals, name, measured(name, case.batch), 0) == []


def test_handmade_documents_score_as_in_the_reference():
    for case in vectors(VENDORED):
        check_conformance(case)


@pytest.mark.shared
def test_all_documents_score_as_in_the_reference(shared: Path):
    for case in vectors(shared / "conformance" / "rpv2"):
        for name in NAMES:
            assert differing(case.signals, name, measured(name, case.batch), 0) == []
