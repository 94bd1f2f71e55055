from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.registry import REPLACEMENTS
from corpusmill.rules.replace.spans import replay, spliced, stored


def _replaced(name: str, texts: list[str]) -> list[str]:
    batch = TextBatch(pa.array(texts, pa.string()))
    return spliced(batch, REPLACEMENTS[name].function(batch)).to_pylist()


def test_masks_are_taken_in_turn_and_begin_anew_with_each_text() -> None:
    assert _replaced("fineweb_pii", ["a@b.cd, c@d.ef, g@h.ij", "a@b.cd", ""]) == [
        "email@example.com, firstname.lastname@example.org, email@example.com",
        "email@example.com",
        "",
    ]


def test_fineweb_masks_public_addresses_even_inside_numbers() -> None:
    assert _replaced("fineweb_pii", ["x1238.8.8.8y 10.0.0.1 01.2.3.4 8.8.8.8"]) == [
        "x1" + "22.214.171.124" + "y 10.0.0.1 01.2.3.4 126.96.36.199"
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pii_emails", "é email@example.com 8.8.8.8 2a00::1 DE89370400440532013000 4111111111111111 +49 30 1234567"),
        ("pii_ip_addresses", "é a@b.cd 192.0.2.1 2001:db8::1 DE89370400440532013000 4111111111111111 +49 30 1234567"),
        ("pii_ibans", "é a@b.cd 8.8.8.8 2a00::1 XX00 0000 0000 0000 0000 00 4111111111111111 +49 30 1234567"),
        ("pii_cards", "é a@b.cd 8.8.8.8 2a00::1 DE89370400440532013000 0000 0000 0000 0000 +49 30 1234567"),
        ("pii_phones", "é a@b.cd 8.8.8.8 2a00::1 DE89370400440532013000 4111111111111111 +1 202-555-0100"),
        (
            "pii",
            "é email@example.com 192.0.2.1 2001:db8::1 XX00 0000 0000 0000 0000 00 0000 0000 0000 0000 +1 202-555-0100",
        ),
    ],
)
def test_each_kind_has_a_replacement_of_its_own(name: str, expected: str) -> None:
    text = "é a@b.cd 8.8.8.8 2a00::1 DE89370400440532013000 4111111111111111 +49 30 1234567"
    assert _replaced(name, [text]) == [expected]
    assert _replaced(name, [expected]) == [expected]


def test_what_is_stored_makes_the_same_text() -> None:
    texts = pa.array(["ñ a@b.cd ñ +49 30 1234567", "none", None])
    batch = TextBatch(texts)
    replaced = REPLACEMENTS["pii"].function(batch)
    assert replay(texts, stored(batch, replaced)).to_pylist() == spliced(batch, replaced).to_pylist()
    assert stored(batch, replaced)[0].as_py()[0] == {"start": 2, "end": 8, "text": "email@example.com"}


@pytest.mark.shared
def test_every_text_of_the_vectors_is_masked_as_by_datatrove(shared: Path) -> None:
    folder = shared / "conformance" / "filters"
    documents = _rows(folder / "documents.jsonl.gz")
    golden = {row["id"]: row for row in _rows(folder / "datatrove_0.10.1_spacy.jsonl.gz")}
    texts = _replaced("fineweb_pii", [row["text"] for row in documents])
    wrong = []
    for row, text in zip(documents, texts, strict=True):
        wanted = golden[row["id"]]
        digest = hashlib.sha1(text.encode()).hexdigest()
        if digest != wanted["pii_text_sha1"] or (text != row["text"]) != wanted["pii_changed"]:
            wrong.append(row["id"])
    assert len(documents) == 610
    assert wrong == []


def _rows(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
