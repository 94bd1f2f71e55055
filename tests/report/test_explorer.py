"""The explorer's server by real requests: exact, read-only, and deaf to other sites."""

from __future__ import annotations

import http.client
import json
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.errors import RunRefused
from corpusmill.report.explorer.server import Explorer
from corpusmill.report.markup import visible


@pytest.fixture(scope="module")
def explorer(run_folder):
    with Explorer(run_folder) as found:
        found.start()
        yield found
        found.stop()


def ask(explorer, path, body=None, method=None, **headers):
    """Status and JSON of one request; a header of None is left out."""
    connection = http.client.HTTPConnection("127.0.0.1", explorer.port, timeout=30)
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.putrequest(method or ("GET" if body is None else "POST"), path, skip_host=True)
    given = {"Host": f"127.0.0.1:{explorer.port}", "Content-Type": "application/json"}
    given |= {"Content-Length": str(len(content))} if content is not None else {}
    for name, value in (given | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(content)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if answer.headers.get_content_type() == "application/json" else text


@pytest.fixture(scope="module")
def columns(run_folder):
    files = sorted((run_folder / "quality_signals").rglob("*.parquet"))
    return pa.concat_tables([pq.read_table(path) for path in files])


def rule(value, **limits):
    return {"name": value, "value": value, **limits}


@pytest.mark.parametrize(("least", "most"), [(50, None), (120.5, 900), (None, 0), (1e9, None)])
def test_counts_are_those_of_all_documents(explorer, columns, least, most):
    words = columns["rps_doc_word_count"].to_numpy()
    symbols = columns["rps_doc_symbol_to_word_ratio"].to_numpy()
    inside = (words >= (least or -np.inf)) & (words <= (np.inf if most is None else most)) & (symbols < 0.05)
    rules = [rule("rps_doc_word_count", min=least, max=most), rule("rps_doc_symbol_to_word_ratio", below=0.05)]
    status, found = ask(explorer, "/api/count", {"selection": "gopher", "rules": rules, "fixed": []})
    assert status == 200
    assert (found["documents"], found["kept"]) == (600, inside.sum())
    assert (found["characters"], found["charactersKept"]) == ((words * 6).sum(), (words[inside] * 6).sum())


def test_rules_without_handles_count_as_they_are_stored(explorer, run_folder):
    stored = json.loads((run_folder / "manifest.json").read_text())["selections"]["gopher"]
    body = {"selection": "gopher", "rules": [], "fixed": ["min_words", "max_symbols"]}
    assert ask(explorer, "/api/count", body)[1]["kept"] == stored["kept"]


def test_a_missing_value_fails_or_passes_as_the_rule_says(explorer, columns):
    scores = columns["rps_doc_ml_palm_score"]
    present = int((scores.fill_null(-1).to_numpy() >= 0).sum())
    for passes, kept in ((False, present), (True, len(scores))):
        body = {"rules": [rule("rps_doc_ml_palm_score", min=0, pass_missing=passes)], "fixed": []}
        assert ask(explorer, "/api/count", body)[1]["kept"] == kept


def test_borders_are_the_nearest_of_all(explorer, columns):
    words = np.sort(columns["rps_doc_word_count"].to_numpy())
    place = np.searchsorted(words, 200)
    found = ask(explorer, "/api/border", {"value": "rps_doc_word_count", "limit": 200, "side": "min"})[1]
    assert [row["value"] for row in found["kept"]] == words[place : place + 5].tolist()
    assert [row["value"] for row in found["dropped"]] == words[place - 5 : place][::-1].tolist()


@pytest.mark.parametrize(
    "body",
    [
        {"rules": [{"value": "__import__('os')", "min": 1}]},
        {"rules": [rule("no_such_column", min=1)]},
        {"rules": [rule("rps_doc_word_count", min="1")]},
        {"rules": [3]},
        {"rules": {}},
        {"rules": [], "fixed": ["min_words"], "selection": "../../etc"},
        [],
        b"{not json",
    ],
)
def test_what_is_no_question_is_refused(explorer, body):
    status, found = ask(explorer, "/api/count", body)
    assert status == 400 and found["error"]


@pytest.mark.parametrize(
    "query",
    [
        "select count(*) from documents; select 1",
        "create table x as select 1",
        "drop view documents",
        "insert into documents select * from documents",
        "update documents set url = ''",
        "delete from documents",
        "copy documents to '/tmp/x'",
        "attach '/tmp/x.db'",
        "set enable_external_access = true",
        "pragma database_list",
        "install httpfs",
        "load httpfs",
        "call pragma_version()",
        "select * from read_text('/etc/hostname')",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from read_parquet('https://example.com/x.parquet')",
        "select * from self",
        "select getenv('HOME')",
        "select",
        "",
    ],
)
def test_nothing_but_one_select_over_the_tables_is_answered(explorer, query):
    status, found = ask(explorer, "/api/sql", {"query": query})
    assert status == 400 and found["error"]


def test_select_is_answered_a_thousand_rows_at_most(explorer):
    query = "with a as (select * from selection_gopher) select count(*), sum(keep::int) from a"
    status, found = ask(explorer, "/api/sql", {"query": query})
    assert (status, found["rows"][0][0], found["more"]) == (200, 600, False)
    found = ask(explorer, "/api/sql", {"query": "select * from range(5000)"})[1]
    assert (len(found["rows"]), found["more"]) == (1000, True)


def test_search_pages_through_what_matches(explorer, hostile):
    status, found = ask(explorer, "/api/search?q=window.__pwned&selection=gopher&fate=dropped&rule=min_words")
    assert status == 200 and 20 < found["total"] < 600 and len(found["rows"]) == found["page_rows"] == 20
    assert all(
        row["keep"] is False and "__pwned" in row["snippet"].lower() + (row["url"] or "") for row in found["rows"]
    )
    again = ask(explorer, "/api/search?q=window.__pwned&selection=gopher&fate=dropped&rule=min_words&page=1")[1]
    assert not {row["id"] for row in found["rows"]} & {row["id"] for row in again["rows"]}
    assert ask(explorer, "/api/search?q=%27%22%3b--")[1]["total"] == 0
    assert ask(explorer, "/api/search?q=a&selection=none&fate=kept")[0] == 400


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "[::1]", "", None])
def test_another_name_for_this_machine_is_refused(explorer, host):
    for path, body in (("/", None), ("/api/search?q=a", None), ("/api/sql", {"query": "select 1"})):
        assert ask(explorer, path, body, Host=host)[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_site_is_refused(explorer, origin):
    for path, body in (("/", None), ("/api/sql", {"query": "select 1"})):
        assert ask(explorer, path, body, Origin=origin)[0] == 403
    assert ask(explorer, "/api/sql", {"query": "select 1"}, Origin=f"http://localhost:{explorer.port}")[0] == 200


def test_forms_methods_sizes_and_paths_are_refused(explorer):
    assert ask(explorer, "/api/sql", {"query": "select 1"}, Content_Type="text/plain")[0] == 415
    assert ask(explorer, "/api/sql", {"query": "select 1"}, Content_Length=str(1 << 30))[0] == 413
    assert ask(explorer, "/api/sql", {"query": "select 1"}, method="DELETE")[0] == 501
    for path in ("/../manifest.json", "/manifest.json", "/api/nothing", "/documents/"):
        assert ask(explorer, path)[0] == 404


def test_the_page_asks_its_own_server_alone_and_nothing_is_written(explorer, run_folder):
    before = {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")}
    status, text = ask(explorer, "/")
    assert status == 200
    assert "connect-src &#x27;self&#x27;" in text.decode() and '"served":true' in text.decode()
    assert {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")} == before


def test_what_is_no_page_of_the_run_has_no_life(explorer, hostile):
    assert ask(explorer, "/api/page?id=none") == (200, [])
    status, found = ask(explorer, f"/api/page?id={quote(hostile.script)}")
    assert status == 200 and {life["page"]["reason"] for life in found} == {"media_type"}
    assert ask(explorer, f"/api/page?id={quote(hostile.long_url)}")[0] == 414, "longer than any request may be"


def test_a_port_that_is_taken_is_refused_and_says_what_to_do(explorer, run_folder):
    for port in (explorer.port, 70_000):
        with pytest.raises(RunRefused, match="--port"):
            Explorer(run_folder, port)


def test_markup_of_texts_is_escaped_in_the_page(explorer, hostile):
    text = ask(explorer, "/")[1].decode()
    assert hostile.script not in text and visible("\u202e") in text
