"""Word and URL lists: bundled, from the artifacts folder, missing, broken."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.signals import lists
from corpusmill.signals.registry import measure
from tests.signals.vectors import VENDORED


def one(name: str, text: str, language: str, artifacts: Artifacts, domain: str | None = None) -> object:
    columns = {"source_domain": pa.array([domain], pa.string())}
    return measure(TextBatch(pa.array([text]), language, artifacts, columns), [name])[name].to_pylist()[0]


def test_bundled_lists_are_those_of_the_vectors() -> None:
    bundled = Path(lists.__file__).parent / "data"
    for path in ["stop_words.json", *(f"bad_words/{language}.txt" for language in lists.BAD_WORD_LANGUAGES)]:
        assert (bundled / path).read_bytes() == (VENDORED / "artifacts" / path).read_bytes()


def test_a_language_without_stop_words_is_null_with_one_warning() -> None:
    artifacts = Artifacts()
    for _ in range(2):
        assert one("rps_doc_stop_word_fraction", "text", "pl", artifacts) is None
    assert len(artifacts.warnings) == 1
    assert "'pl'" in artifacts.warnings[0]


def test_a_language_without_bad_words_counts_none() -> None:
    artifacts = Artifacts()
    assert one("rps_doc_ldnoobw_words", "asshole", "pl", artifacts) == 0.0
    assert artifacts.warnings == []


def test_lists_of_the_folder_come_first(tmp_path: Path) -> None:
    (tmp_path / "bad_words").mkdir()
    (tmp_path / "bad_words" / "pl.txt").write_text("zły pies\n pies \n\n", encoding="utf-8")
    (tmp_path / "stop_words.json").write_text(json.dumps({"pl": ["i"]}), encoding="utf-8")
    artifacts = Artifacts(tmp_path)
    assert one("rps_doc_ldnoobw_words", "zły pies pies", "pl", artifacts) == 3.0
    assert one("rps_doc_stop_word_fraction", "a i o", "pl", artifacts) == 0.33333333


@pytest.mark.parametrize("content", ["{", "[1]", ""])
def test_a_broken_list_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "stop_words.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelRefused, match=r"stop_words\.json"):
        one("rps_doc_stop_word_fraction", "text", "en", Artifacts(tmp_path))


def test_without_url_lists_null_and_a_warning() -> None:
    artifacts = Artifacts()
    assert one("rps_doc_ut1_blacklist", "text", "en", artifacts, "adult-only.example") is None
    assert len(artifacts.warnings) == 1


def test_url_categories_from_the_index() -> None:
    artifacts = Artifacts(VENDORED / "artifacts")
    found = [one("rps_doc_ut1_blacklist", "", "en", artifacts, d) for d in ("adult-only.example", "none.example", None)]
    assert found == [23, None, None]


def test_url_categories_from_folders_are_those_of_the_index(tmp_path: Path) -> None:
    folder = VENDORED / "artifacts" / "bad_urls"
    (tmp_path / "bad_urls").mkdir()
    (tmp_path / "bad_urls" / "blacklists").symlink_to(folder / "blacklists")
    index = json.loads((folder / "domain_to_category_id.json").read_text(encoding="utf-8"))
    assert lists.ut1_domains(Artifacts(tmp_path)) == index


def test_directory_links_are_followed(tmp_path: Path) -> None:
    blacklists = tmp_path / "bad_urls" / "blacklists"
    (blacklists / "adult").mkdir(parents=True)
    (blacklists / "adult" / "domains").write_text("a.example\n", encoding="utf-8")
    (blacklists / "porn").symlink_to("adult")
    assert lists.ut1_domains(Artifacts(tmp_path)) == {"a.example": 23}


def test_hosts_match_exactly() -> None:
    artifacts = Artifacts(VENDORED / "artifacts")
    hosts = ["www.adult-only.example", "adult-only.example:80", "Adult-Only.example"]
    assert [one("rps_doc_ut1_blacklist", "", "en", artifacts, host) for host in hosts] == [None] * 3
