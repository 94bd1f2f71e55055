"""DSIR importance: the reference's values, nulls, warnings, damaged tables."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.artifacts import NO_FOLDER, Artifacts
from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.kernels.hashes.reference_hashing import bucket_counts
from corpusmill.kernels.hashes.siphash import hash_key
from corpusmill.signals.registry import SIGNALS
from tests.rpv2_vectors import VENDORED, Vectors, differing, vectors

NAMES = [
    f"rps_doc_{target}_importance{suffix}"
    for target in ("books", "openwebtext", "wikipedia")
    for suffix in ("", "_length_correction")
]


def measured(name: str, batch: TextBatch) -> list[float | None]:
    return SIGNALS[name].function(batch).to_pylist()


def write_tables(folder: Path, language: str, corpora: dict[str, tuple[object, object]]) -> Artifacts:
    """Counts and mean words of each corpus; None leaves the file out."""
    (folder / "dsir" / language).mkdir(parents=True)
    for corpus, (counts, mean) in corpora.items():
        if counts is not None:
            np.save(folder / "dsir" / language / f"{corpus}.{language}.10000.counts.npy", counts)
        if mean is not None:
            np.save(folder / "dsir" / language / f"{corpus}.{language}.lambda.npy", mean)
    return Artifacts(folder)


def table(seed: int) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, 50, 10_000, np.int64)


def test_all_six_are_registered():
    assert [name for name in SIGNALS if "importance" in name] == NAMES
    assert {SIGNALS[name].dtype for name in NAMES} == {pa.float64()}


def test_definition(tmp_path: Path):
    wikipedia, ccnet = table(1), table(2)
    artifacts = write_tables(tmp_path, "fr", {"wikipedia": (wikipedia, 9.0), "ccnet": (ccnet, 12.5)})
    text = "L'été, l'été: 日本 😀 l'été!"
    batch = TextBatch(pa.array([text, "", "\n", None]), "fr", artifacts)
    words = ["L", "'", "été", ",", "l", "'", "été", ":", "日本", "😀", "l", "'", "été", "!"]
    features = bucket_counts(words, 10_000, *(int(k) for k in hash_key(42)))
    ratio = np.log(wikipedia / wikipedia.sum() + 1e-8) - np.log(ccnet / ccnet.sum() + 1e-8)
    score = math.fsum(features * ratio)
    assert measured("rps_doc_wikipedia_importance", batch) == [round(score, 8), None, 0.0, None]

    def poisson(count: int, mean: float) -> float:
        return math.log(mean**count * math.exp(-mean) / math.factorial(count) + 1e-8)

    corrected = [score + poisson(len(text), 9.0) - poisson(len(text), 12.5), poisson(1, 9.0) - poisson(1, 12.5)]
    found = measured("rps_doc_wikipedia_importance_length_correction", batch)
    assert found == pytest.approx([round(corrected[0], 8), None, round(corrected[1], 8), None], abs=2e-8)


@pytest.mark.parametrize(
    ("present", "numbers"),
    [
        ({"wikipedia", "ccnet", "books"}, {"rps_doc_wikipedia_importance", "rps_doc_books_importance"}),
        ({"wikipedia", "books"}, set()),
        ({"ccnet"}, set()),
        (set(), set()),
    ],
)
def test_missing_tables_give_nulls_and_one_warning_each(tmp_path: Path, present: set[str], numbers: set[str]):
    corpora = ["ccnet", "books", "openwebtext", "wikipedia"]
    chosen = {corpus: (table(i) if corpus in present else None, 10.0) for i, corpus in enumerate(corpora)}
    artifacts = write_tables(tmp_path, "en", chosen)
    for text in ("some words", "others"):
        batch = TextBatch(pa.array([text]), "en", artifacts)
        found = {name for name in NAMES if measured(name, batch) != [None]}
        assert found == numbers | {f"{name}_length_correction" for name in numbers}
    absent = [f"dsir/en/{corpus}.en.10000.counts.npy" for corpus in corpora if corpus not in present]
    assert [warning.split()[0] for warning in artifacts.warnings] == absent


def test_a_missing_mean_length_costs_the_correction_alone(tmp_path: Path):
    artifacts = write_tables(tmp_path, "de", {"wikipedia": (table(1), None), "ccnet": (table(2), 5.0)})
    batch = TextBatch(pa.array(["ein Text"]), "de", artifacts)
    assert measured("rps_doc_wikipedia_importance", batch) != [None]
    assert measured("rps_doc_wikipedia_importance_length_correction", batch) == [None]
    assert [warning.split()[0] for warning in artifacts.warnings] == ["dsir/de/wikipedia.de.lambda.npy"]


def test_books_and_openwebtext_are_english_alone(tmp_path: Path):
    corpora = {corpus: (table(1), 5.0) for corpus in ("books", "openwebtext", "wikipedia", "ccnet")}
    artifacts = write_tables(tmp_path, "it", corpora)
    batch = TextBatch(pa.array(["un testo"]), "it", artifacts)
    found = [name for name in NAMES if measured(name, batch) != [None]]
    assert found == [name for name in NAMES if "wikipedia" in name]
    assert artifacts.warnings == []


def test_no_artifacts_folder():
    artifacts = Artifacts()
    assert measured(NAMES[0], TextBatch(pa.array(["some words"]), "en", artifacts)) == [None]
    assert artifacts.warnings == [NO_FOLDER]


class Dangerous:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"not an array at all",
        pickle.dumps(Dangerous()),
        np.zeros(10_000, np.int64),
        np.full(10_000, -1),
        np.full(10_000, np.nan),
        np.ones(9_999),
        np.ones((10_000, 1)),
        np.array(["x"] * 10_000),
        np.array([Dangerous()] * 10_000),
    ],
    ids=lambda content: type(content).__name__,
)
def test_damaged_tables_are_refused(tmp_path: Path, content: object):
    artifacts = write_tables(tmp_path, "es", {"wikipedia": (table(1), 5.0), "ccnet": (table(1), 5.0)})
    path = tmp_path / "dsir" / "es" / "ccnet.es.10000.counts.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content, allow_pickle=True)
    with pytest.raises(ModelRefused, match=r"ccnet\.es\.10000\.counts\.npy"):
        measured("rps_doc_wikipedia_importance", TextBatch(pa.array(["un texto"]), "es", artifacts))


def check_conformance(case: Vectors) -> None:
    for name in NAMES:
        assert differing(case.signals, name, measured(name, case.batch), 1e-6) == []


def test_handmade_documents_score_as_in_the_reference():
    for case in vectors(VENDORED):
        check_conformance(case)


@pytest.mark.shared
def test_all_documents_score_as_in_the_reference(shared: Path):
    for case in vectors(shared / "conformance" / "rpv2"):
        check_conformance(case)
