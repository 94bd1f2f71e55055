from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.matching.identifiers import is_public
from corpusmill.signals.pii import EMAIL, Found, emails, emails_and_any_quads, personal
from corpusmill.signals.registry import measure


def _texts(batch: TextBatch, found: Found) -> list[str]:
    data = batch.data.tobytes()
    return [data[start:end].decode() for start, end in zip(found.starts, found.ends, strict=True)]


def _found(text: str) -> dict[str, list[str]]:
    batch = TextBatch(pa.array([text]))
    names = {0: "email", 1: "ipv4", 2: "ipv6", 4: "iban", 8: "card", 16: "phone"}
    found: dict[str, list[str]] = {}
    spans = personal(batch)
    for kind, piece in zip(spans.kinds.tolist(), _texts(batch, spans), strict=True):
        found.setdefault(names[kind], []).append(piece)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("mail to a.b+c@mail.example.co.uk.", {"email": ["a.b+c@mail.example.co.uk"]}),
        ("x@y", {}),
        ("x..y@a.bc", {"email": ["y@a.bc"]}),
        ("éa@b.cd é'a@b.cd", {"email": ["'a@b.cd"]}),
        ("root@[192.168.0.1] root@[1.2.3.tag:] root@[1.2.3]", {"email": ["root@[192.168.0.1]", "root@[1.2.3.tag:]"]}),
        ("a@b.cd-@e.fg", {"email": ["a@b.cd", "-@e.fg"]}),
        ("ping 8.8.8.8, 10.0.0.1 and 192.168.1.1.", {"ipv4": ["8.8.8.8"]}),
        ("http://8.8.4.4/x", {"ipv4": ["8.8.4.4"]}),
        ("v8.8.8.8 08.8.8.8 8.8.8.8.8 256.1.1.1 8.8.8.8x", {}),
        ("at 2a00:1450:4001::200e or 2001:db8::1 or fe80::1", {"ipv6": ["2a00:1450:4001::200e"]}),
        ("2607:f8b0:4004:0801:0000:0000:0000:200e", {"ipv6": ["2607:f8b0:4004:0801:0000:0000:0000:200e"]}),
        ("2012:05:06 2a00::1::2 2a00:1:2:3:4:5:6 2000::std", {}),
        ("DE89 3704 0044 0532 0130 00.", {"iban": ["DE89 3704 0044 0532 0130 00"]}),
        ("GB82WEST12345698765432", {"iban": ["GB82WEST12345698765432"]}),
        ("GB83WEST12345698765432 XX82WEST12345698765432 GB82WEST123456987654321", {}),
        ("4111 1111 1111 1111, 378282246310005", {"card": ["4111 1111 1111 1111", "378282246310005"]}),
        ("4111-1111-1111-1111", {"card": ["4111-1111-1111-1111"]}),
        ("4111 1111-1111 1111 4111 1111 1111 1112 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", {}),
        ("1111 1111 1111 1117 0.4111111111111111 41111111111111111111", {}),
        ("+49 (0)30 1234-5678", {"phone": ["+49 (0)30 1234-5678"]}),
        (
            "(812) 372-7811 or 1-800-726-0190 or 212.260.1332",
            {"phone": ["(812) 372-7811", "1-800-726-0190", "212.260.1332"]},
        ),
        ("+1 202-555-01 100-200-3000 212-260-1332-5 +12345678901234567 $212-260-1332", {}),
        ("from +5 to +10, 1+1", {}),
        ("2024-01-02 10:20:30 ISBN 978-3-16-148410-0", {}),
    ],
)
def test_what_is_found(text: str, expected: dict[str, list[str]]) -> None:
    assert _found(text) == expected


def test_signals_count_in_each_text() -> None:
    texts = pa.array(["a@b.cd a@b.cd 8.8.8.8", None, "+49 30 12345678 and 4111111111111111 and DE89370400440532013000"])
    names = ["pii_emails", "pii_ip_addresses", "pii_phones", "pii_cards", "pii_ibans"]
    assert [measure(TextBatch(texts), names)[name].to_pylist() for name in names] == [
        [2, 0, 0],
        [1, 0, 0],
        [0, 0, 1],
        [0, 0, 1],
        [0, 0, 1],
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1.1.1.1", True),
        ("100.64.0.1", False),
        ("100.128.0.1", True),
        ("172.15.0.1", True),
        ("172.31.255.255", False),
        ("192.0.0.9", True),
        ("192.0.0.8", False),
        ("192.0.2.7", False),
        ("198.19.0.1", False),
        ("198.20.0.1", True),
        ("224.0.0.1", True),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("169.254.9.9", False),
    ],
)
def test_public_addresses_are_those_of_the_registry(address: str, expected: bool) -> None:
    first, second, third, last = map(int, address.split("."))
    assert bool(is_public(np.uint64(first << 24 | second << 16 | third << 8 | last))) is expected


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
_EMAIL = re.compile(
    rf"\b{_ATOM}(?:\.{_ATOM})*@(?:(?:{_LABEL}\.)+{_LABEL}|\[(?:{_OCTET}\.){{3}}(?:{_OCTET}|[A-Za-z0-9-]*[A-Za-z0-9]:)])"
)
_QUAD = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}")


@settings(derandomize=True, max_examples=600, deadline=None)
@given(st.text("a1.@-é!_[]: ", max_size=40))
def test_addresses_are_those_of_the_pattern(text: str) -> None:
    batch = TextBatch(pa.array([text]))
    assert _texts(batch, emails(batch)) == _EMAIL.findall(text)


@settings(derandomize=True, max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(["1", "2", "25", "9", "0", ".", ".", ".", "1.", "2.", "a@b.c", " "]), max_size=24))
def test_quads_are_those_of_the_pattern_beside_addresses(pieces: list[str]) -> None:
    text = "".join(pieces)
    batch = TextBatch(pa.array([text]))
    found = emails_and_any_quads(batch)
    quads = [piece for piece, kind in zip(_texts(batch, found), found.kinds, strict=True) if kind != EMAIL]
    expected = [quad for quad in _QUAD.findall(_EMAIL.sub("\n", text)) if _is_public(quad)]
    assert quads == expected


def _is_public(quad: str) -> bool:
    parts = quad.split(".")
    if any(len(part) > 1 and part[0] == "0" for part in parts):
        return False
    first, second, third, last = map(int, parts)
    return bool(is_public(np.uint64(first << 24 | second << 16 | third << 8 | last)))


@pytest.mark.parametrize(
    "piece",
    [
        "a@",
        "1",
        "1.1.",
        "a.",
        "!a",
        "a@b.",
        "20::",
        "2000:",
        "+1 ",
        "4444 ",
        "4-",
        "(",
        "(555) ",
        "GB82",
        "@[1.1.1.a",
        "a-",
    ],
)
def test_a_megabyte_of_anything_is_read_once(piece: str) -> None:
    """Patterns with backtracking need hours for some of these."""
    text = piece * (1_000_000 // len(piece))
    batch = TextBatch(pa.array([text, "end@example.org"]))
    found = personal(batch)
    assert int(found.owners[-1]) == 1
    assert len(emails_and_any_quads(batch).starts) >= 1


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text("0123456789", min_size=18, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_accounts_need_their_check_digits(account: str, place: int, change: int) -> None:
    digits = 98 - int(account + "131400") % 97  # D is 13, E is 14
    whole = f"DE{digits:02}{account}"
    spaced = " ".join(whole[i : i + 4] for i in range(0, 22, 4))
    wrong = account[:place] + str((int(account[place]) + change) % 10) + account[place + 1 :]
    assert _found(f"{whole}, {spaced}, DE{digits:02}{wrong}")["iban"] == [whole, spaced]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text("0123456789", min_size=14, max_size=14), st.integers(1, 9))
def test_cards_need_their_check_digit(rest: str, change: int) -> None:
    number = "4" + rest
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[::2]]
    check = -(sum(doubled) + sum(map(int, number[1::2]))) % 10
    wrong = (check + change) % 10
    assert _found(f"{number}{check}")["card"] == [f"{number}{check}"]
    assert "card" not in _found(f"{number}{wrong}")
