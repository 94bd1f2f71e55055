from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.pipeline.recipe import load
from corpusmill.signals.hashed_lists import listed
from corpusmill.signals.registry import measure, of_family


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lists = {
        "domains": "# comment\nbad.com\n\nsub.half.org\nbücher.example\n",
        "urls": "https://ok.net/one\n",
        "hard_words": "porn\nlive-sex\n",
        "soft_words": "webcam\npoker\nbig-bet\n",
        "subwords": "free pills\n",
        "blocked_hosts": "Blocked.org\n",
        "allowed_hosts": "wikipedia.org\n",
    }
    (tmp_path / "url_lists").mkdir()
    for name, lines in lists.items():
        (tmp_path / "url_lists" / f"{name}.txt").write_text(lines)
    return tmp_path


def _measured(folder: Path | None, name: str, urls: list[str | None]) -> list[int | None]:
    columns = {"url": pa.array(urls, pa.string())}
    batch = TextBatch(pa.array([""] * len(urls)), artifacts=Artifacts(folder), columns=columns)
    return measure(batch, [name])[name].to_pylist()


@pytest.mark.parametrize(
    ("name", "urls", "expected"),
    [
        ("url_domain_listed", ["http://a.bad.com/", "http://Bad.com", "http://bad.com.org", None], [1, 0, 0, None]),
        ("url_subdomain_listed", ["http://sub.half.org:8/x", "http://half.org", "http://x.sub.half.org"], [1, 0, 0]),
        ("url_listed", ["https://ok.net/one", "https://ok.net/one/", ""], [1, 0, 0]),
        ("url_hard_words", ["http://x/porn", "http://x/Porn", "http://x/porno", "http://x/livesex/porn"], [1, 0, 0, 2]),
        ("url_soft_words", ["http://x/webcam/webcam", "http://x/poker-webcam"], [1, 2]),
        ("url_subwords", ["http://free.pills.net", "http://x/FREE-pills/freepills", "http://x"], [1, 1, 0]),
        ("url_blocked", ["http://www.blocked.org/", "http://a.b.BLOCKED.org", "http://xblocked.org"], [1, 1, 0]),
        ("url_allowed", ["https://en.wikipedia.org/wiki/X", "https://wikipedia.org.evil.com"], [1, 0]),
        ("dclm_url_domain_listed", ["http://BAD.com/", "http://www.bad.com/", "http://[", None], [1, 0, 0, None]),
        ("dclm_url_subwords", ["http://free pills", "http://freepills", "http://fre-e. pil.ls"], [1, 0, 1]),
        ("dclm_url_hard_words", ["http://x/Porn", "http://x/porno", "http://x/a-live-sex-b", "porn_"], [1, 0, 1, 0]),
        ("dclm_url_soft_words", ["http://x/poker/poker", "http://big-bet/WEBCAM"], [1, 2]),
    ],
)
def test_urls_against_lists(folder: Path, name: str, urls: list[str | None], expected: list[int | None]) -> None:
    assert _measured(folder, name, urls) == expected


def test_a_missing_list_gives_null_and_a_warning(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    batch = TextBatch(pa.array([""]), artifacts=artifacts, columns={"url": pa.array(["http://a.org"])})
    names = [name for family in ("url", "url_hosts", "url_ut1", "dclm_url") for name in of_family(family)]
    assert measure(batch, names).to_pylist() == [dict.fromkeys(names)]
    assert "no url_lists/domains.txt: url_domain_listed and url_subdomain_listed are null" in artifacts.warnings
    assert "no bad_urls/blacklists/adult/domains: url_ut1_adult is null" in artifacts.warnings


def test_categories_of_the_ut1_lists_hold_for_hosts_below(tmp_path: Path) -> None:
    (tmp_path / "bad_urls" / "blacklists" / "gambling").mkdir(parents=True)
    (tmp_path / "bad_urls" / "blacklists" / "gambling" / "domains").write_text("bet.example\n1.2.3.4\n")
    urls = ["http://www.bet.example", "http://a.bet.example/", "http://1.2.3.4/", "http://abet.example"]
    assert _measured(tmp_path, "url_ut1_gambling", urls) == [1, 1, 1, 0]


def test_the_table_of_a_list_is_made_once_and_follows_its_content(tmp_path: Path) -> None:
    path = tmp_path / "hosts.txt"
    path.write_text("\n".join(f"host{i}.example" for i in range(10_000)))
    asked = pa.array(["host1.example", "host9999.example", "host10000.example", ""])
    assert listed(path, asked).tolist() == [1, 1, 0, 0]
    (table,) = tmp_path.glob(".hosts.txt.*.hashes")
    assert table.stat().st_size == 32 + 8 * (4 * 10_000 // 3)

    other = tmp_path / "again" / "hosts.txt"
    other.parent.mkdir()
    other.write_bytes(path.read_bytes())
    listed(other, asked)
    (copy,) = other.parent.glob(".hosts.txt.*.hashes")
    assert copy.read_bytes() == table.read_bytes()


def test_a_damaged_table_is_made_anew(tmp_path: Path) -> None:
    first = tmp_path / "a.txt"
    first.write_text("one.example\n")
    asked = pa.array(["one.example", "two.example"])
    listed(first, asked)
    (table,) = tmp_path.glob(".a.txt.*.hashes")
    content = table.read_bytes()
    second = tmp_path / "b" / "a.txt"
    second.parent.mkdir()
    second.write_text("one.example\n")
    (second.parent / table.name).write_bytes(content[:40])
    assert listed(second, asked).tolist() == [1, 0]
    assert (second.parent / table.name).read_bytes() == content


def test_windows_line_ends_and_an_empty_list(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one.example\r\n  two.example \r\n#three.example\r\n")
    assert listed(path, pa.array(["one.example", "two.example", "#three.example", ""])).tolist() == [1, 1, 0, 0]
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    assert listed(empty, pa.array(["one.example"])).tolist() == [0]


@pytest.mark.shared
def test_every_url_of_the_vectors_has_verdict_and_reason(shared: Path, tmp_path: Path) -> None:
    golden = json.loads((shared / "conformance" / "filters" / "datatrove_0.10.1_urlfilter.json").read_text())
    names = {
        "extra_domains": "domains",
        "extra_urls": "urls",
        "banned_words": "hard_words",
        "banned_subwords": "subwords",
        "soft_banned_words": "soft_words",
    }
    (tmp_path / "url_lists").mkdir()
    for given, name in names.items():
        (tmp_path / "url_lists" / f"{name}.txt").write_text("\n".join(golden["lists"][given]))
    rows = golden["results"]
    urls = pa.array([row["url"] for row in rows])
    rules = load("datatrove-url-filter").rule
    batch = TextBatch(pa.array([""] * len(rows)), artifacts=Artifacts(tmp_path), columns={"url": urls})
    measured = measure(batch, [rule.value for rule in rules])
    found: list[str | None] = [None] * len(rows)
    for rule in reversed(rules):
        for row, value in enumerate(measured[rule.value].to_pylist()):
            if value > rule.max:
                found[row] = rule.name
    assert len(rows) == 195
    assert [(row["url"], reason) for row, reason in zip(rows, found, strict=True)] == [
        (row["url"], row["reason"]) for row in rows
    ]


def test_where_nothing_can_be_written_the_table_is_made_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one.example\n")
    opened = Path.open

    def refusing(self: Path, mode: str = "r", *arguments: object) -> object:
        if "w" in mode:
            raise PermissionError(13, "read-only")
        return opened(self, mode)

    monkeypatch.setattr(Path, "open", refusing)
    assert listed(path, pa.array(["one.example", "two.example"])).tolist() == [1, 0]
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]
