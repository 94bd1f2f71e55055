"""One child process, and pages that it must survive."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import EnvironmentFault, Refused
from corpusmill.extract.extracted import Extracted
from corpusmill.extract.extractor import Extractor
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.schema import PAGES, batch_of

HERE = str(Path(__file__).parent)


def pages_of(bodies: list[str | bytes], charset: str | None = None) -> pa.RecordBatch:
    count = len(bodies)
    columns = {
        "ordinal": list(range(100, 100 + count)),
        "offset": [7 * row for row in range(count)],
        "record_id": [f"<urn:{row}>" for row in range(count)],
        "url": [f"http://example.org/{row}" for row in range(count)],
        "charset": [charset] * count,
        "is_text": [False] * count,
        "body": pa.array([b if isinstance(b, bytes) else b.encode() for b in bodies], pa.large_binary()),
    }
    return batch_of(PAGES, columns, count)


def hostile(**parameters) -> Extractor:
    return Extractor(
        ExtractParameters(**({"extractor": "resiliparse"} | parameters)),
        function="hostile:extract",
        search_path=(HERE,),
    )


def outcome(extracted: Extracted) -> list[str]:
    """Text or reason of each page, in order."""
    found = dict(zip(extracted.rows.to_pylist(), extracted.texts.to_pylist(), strict=True))
    found |= {loss.ordinal - 100: loss.reason for loss in extracted.losses}
    return [found[row] for row in sorted(found)]


@pytest.fixture(scope="module")
def extractor():
    with Extractor(ExtractParameters("resiliparse")) as extractor:
        yield extractor


def test_texts_titles_charsets_and_losses(extractor):
    pages = pages_of(
        [
            "<title> A  title\n</title><main><p>Some text &amp; more.</p></main>",
            "<html><body><script>var x</script></body></html>",
            "",
            "<p>caf\xe9</p>".encode("latin-1"),
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
            b"<p>" + bytes(range(1, 32)) * 100 + b"</p>",
        ]
    )
    extracted = extractor.extract(pages)
    assert extracted.rows.to_pylist() == [0, 3]
    assert extracted.texts.to_pylist() == ["Some text & more.", "café"]
    assert extracted.titles.to_pylist() == ["A title", None]
    assert extracted.charsets.to_pylist() == ["utf-8", "windows-1252"]
    assert [column.type for column in extracted[:4]] == [pa.int64(), pa.large_string(), pa.string(), pa.string()]
    assert [(loss.fate, loss.stage, loss.reason, loss.ordinal, loss.offset) for loss in extracted.losses] == [
        ("dropped", "extract", "empty_text", 101, 7),
        ("dropped", "extract", "empty_text", 102, 14),
        ("dropped", "extract", "binary_text", 104, 28),
        ("dropped", "extract", "binary_text", 105, 35),
    ]


def test_no_pages(extractor):
    extracted = extractor.extract(pages_of([]))
    assert (len(extracted.rows), len(extracted.texts), extracted.losses) == (0, 0, [])


def test_slices_are_read_where_they_lie(extractor):
    bodies = [f"<p>page number {row}</p>" for row in range(10)]
    extracted = extractor.extract(pages_of(bodies).slice(3, 4))
    assert extracted.texts.to_pylist() == [f"page number {row}" for row in range(3, 7)]


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ("MARK-ABORT", "extract_crash"),
        ("MARK-EXIT", "extract_crash"),
        ("MARK-GARBAGE", "extract_crash"),
        ("MARK-KILL", "extract_memory"),  # as the kernel does when memory runs out
        ("MARK-MEMORY", "extract_memory"),
        ("MARK-HANG", "extract_deadline"),
        ("MARK-RAISE", "extract_error"),
        ("MARK-PANIC", "extract_error"),
    ],
)
def test_a_bad_page_costs_itself_alone(mark, reason):
    bodies = ["one", "two", mark, "four", "five", mark, mark, "eight"]
    limits = {"deadline_seconds": 0.2} if mark == "MARK-HANG" else {"memory_limit_bytes": 256 << 20}
    with hostile(**limits) as extractor:
        extracted = extractor.extract(pages_of(bodies))
        assert outcome(extracted) == ["one", "two", reason, "four", "five", reason, reason, "eight"]
        assert extracted.rows.to_pylist() == [0, 1, 3, 4, 7]
        assert all(
            loss.fate == "quarantined" and loss.head == mark.encode() and loss.message for loss in extracted.losses
        )
        assert outcome(extractor.extract(pages_of(["again"]))) == ["again"]


def test_a_page_does_not_pay_for_its_predecessors():
    with hostile() as extractor:
        assert outcome(extractor.extract(pages_of(["one", "MARK-FIRST-ONLY", "three"]))) == ["one", "first", "three"]


def test_prints_of_a_library_do_not_reach_the_pipe():
    with hostile() as extractor:
        assert outcome(extractor.extract(pages_of(["MARK-PRINT", "two"]))) == ["MARK-PRINT", "two"]


def test_controls_and_surrogates():
    with hostile() as extractor:
        extracted = extractor.extract(pages_of(["MARK-CONTROLS", "MARK-SURROGATE"]))
    assert extracted.texts.to_pylist() == ["abc d ef\tg\nh\ufdd0\U0010ffff", "a?b"]
    assert extracted.titles.to_pylist() == ["two lines", None]
    extracted.texts.validate(full=True)


def test_the_child_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "secret")
    with hostile() as extractor:
        names = extractor.extract(pages_of(["MARK-ENVIRONMENT"])).texts[0].as_py()
    assert "PYTHONHASHSEED" in names
    assert "SOME_TOKEN" not in names


def test_a_child_killed_between_batches_is_replaced(extractor):
    assert outcome(extractor.extract(pages_of(["<p>one</p>"]))) == ["one"]
    extractor._child._process.kill()
    extractor._child._process.wait()
    assert outcome(extractor.extract(pages_of(["<p>two</p>", "<p>three</p>"]))) == ["two", "three"]


def test_an_extractor_that_cannot_be_loaded_is_an_environment_fault():
    with (
        Extractor(ExtractParameters("resiliparse"), function="no_such_module:extract") as extractor,
        pytest.raises(EnvironmentFault, match="no_such_module"),
    ):
        extractor.extract(pages_of(["one"]))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"extractor": "resiliparse_all"}, 'Did you mean "resiliparse-all"'),
        ({"extractor": "hostile:extract"}, "'hostile:extract' is unknown"),
        ({"extractor": "learned", "profile": "articel"}, 'Did you mean "article"'),
        ({"extractor": "learned", "markup": "html", "max_tags": 0}, r"(?s)Known: markdown, text.*extract\.max_tags"),
        ({"extractor": "trafilatura", "profile": "article"}, r"extract\.profile is for the extractor 'learned'"),
        ({"extractor": "learned"}, "runs without a child"),
        ({"max_depth": 0}, r"extract\.max_depth: found 0"),
        ({"memory_limit_bytes": 1}, r"extract\.memory_limit_bytes"),
    ],
)
def test_senseless_parameters_are_refused(parameters, message):
    with pytest.raises(Refused, match=message):
        Extractor(ExtractParameters(**parameters))


def test_a_missing_package_is_refused_with_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"pip install 'corpusmill\[trafilatura\]'"):
        Extractor(ExtractParameters(extractor="trafilatura"))


SENTENCES = [f"<p>On day {day} of the journey several words were said about the road.</p>" for day in range(1, 21)]
ARTICLE = "<title>T</title><nav>Menu</nav><article>" + "\n".join(SENTENCES) + "</article>"


@pytest.mark.parametrize(("name", "menu"), [("resiliparse", False), ("resiliparse-all", True), ("trafilatura", False)])
def test_named_extractors(name, menu):
    if name == "trafilatura":
        pytest.importorskip("trafilatura", exc_type=ImportError)
    with Extractor(ExtractParameters(extractor=name)) as extractor:
        extracted = extractor.extract(pages_of([ARTICLE]))
    assert "several words" in extracted.texts[0].as_py()
    assert ("Menu" in extracted.texts[0].as_py()) == menu
    assert extracted.titles.to_pylist() == ["T"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<div>" * 255 + "MARK deep", "MARK deep"),
        ("<div>" * 990 + "MARK deep", "MARK deep"),
        ("<div>" * 20_000 + "MARK", "html_too_deep"),
        ("<div>" * 200_000 + "MARK", "html_too_deep"),
        ("<span>" * 60_000 + "MARK", "html_too_deep"),
        ("<b>" * 60_000 + "MARK", "html_too_deep"),
        ("".join(f"<div><b a={i}></div>" for i in range(5000)) + "MARK", "html_too_deep"),
        (("<div>" * 900 + "x</div>") + "<p>ab</p>" * 40_000, "html_too_nested"),
        ("<p " + " ".join(f"a{i}=1" for i in range(100_000)) + ">MARK", "html_too_many_attributes"),
        ("<p " + " ".join(f"a{i}=1" for i in range(499)) + ">MARK wide", "MARK wide"),
        ("<p>MARK" + " " * (8 << 20), "html_too_large"),
    ],
    ids=range(11),
)
def test_shapes(extractor, html, expected):
    assert outcome(extractor.extract(pages_of(["<p>before</p>", html, "<p>after</p>"]))) == [
        "before",
        expected,
        "after",
    ]


def test_depth_in_utf16_is_seen(extractor):
    assert outcome(extractor.extract(pages_of([("<div>" * 5000 + "x").encode("utf-16")]))) == ["html_too_deep"]


def test_trafilatura_never_loses_deep_text_silently():
    pytest.importorskip("trafilatura", exc_type=ImportError)
    with Extractor(ExtractParameters(extractor="trafilatura")) as extractor:
        assert outcome(extractor.extract(pages_of(["<div>" * 260 + ARTICLE]))) == ["html_too_deep"]


BODIES = ["one", "", "MARK-RAISE", "<p>three</p>", "x" * 5000, "MARK-ABORT", "<div>" * 2000, "last"]


@settings(derandomize=True, max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(BODIES), max_size=20), st.integers(1, 20))
def test_batches_and_order_change_nothing(bodies, size):
    with hostile() as extractor:
        alone = {body: outcome(extractor.extract(pages_of([body])))[0] for body in dict.fromkeys(bodies)}
        batches = [bodies[start : start + size] for start in range(0, len(bodies), size)]
        assert [text for batch in batches for text in outcome(extractor.extract(pages_of(batch)))] == [
            alone[body] for body in bodies
        ]


def test_large_batches_do_not_block(extractor):
    bodies = [f"<p>{'word ' * 60_000}{row}</p>" for row in range(40)] + ["<p>x</p>"] * 200
    extracted = extractor.extract(pages_of(bodies))
    assert extracted.rows.to_pylist() == list(range(240))
    assert extracted.texts[39].as_py().endswith("word 39")


def test_one_extractor_in_each_of_several_threads():
    found: dict[int, list[str]] = {}

    def work(number: int) -> None:
        with hostile() as extractor:
            bodies = [f"{number}-{row}" if row % 5 else "MARK-ABORT" for row in range(10)]
            found[number] = outcome(extractor.extract(pages_of(bodies)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        assert found[number] == [f"{number}-{row}" if row % 5 else "extract_crash" for row in range(10)]


def _in_worker(number: int) -> list[str]:
    with hostile() as extractor:
        return outcome(extractor.extract(pages_of([f"page {number}", "MARK-ABORT", "end"])))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_inside_a_multiprocessing_worker(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_in_worker, range(3)) == [[f"page {n}", "extract_crash", "end"] for n in range(3)]


def test_a_fork_does_not_touch_its_parents_child(extractor):
    assert outcome(extractor.extract(pages_of(["<p>one</p>"]))) == ["one"]
    process = os.fork()
    if process == 0:
        try:
            extractor.close()
        finally:
            os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
    child = extractor._child
    assert outcome(extractor.extract(pages_of(["<p>two</p>"]))) == ["two"]
    assert extractor._child is child


def test_the_child_dies_with_a_killed_parent():
    script = (
        "import os, signal, sys\n"
        f"sys.path.insert(0, {str(Path(HERE).parent.parent)!r})\n"
        "from tests.extract.test_extractor import hostile, pages_of\n"
        "extractor = hostile()\n"
        "extractor.extract(pages_of(['one']))\n"
        "print(extractor._child._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    child = int(finished.stdout)
    descriptor = None
    try:
        descriptor = os.pidfd_open(child)
    except ProcessLookupError:
        return
    import select

    assert select.select([descriptor], [], [], 10)[0], "the child outlives its parent"
    os.close(descriptor)


def test_the_child_imports_little():
    script = (
        "import corpusmill.extract.child, sys; print([m for m in ('numba', 'numpy', 'pyarrow') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def html_pages(archive: Path):
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with archive.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"):
            if record.http_content_type in ("text/html", "application/xhtml+xml"):
                label = (record.http_headers.get("Content-Type") or "").partition("charset=")[2] or None
                yield record.record_id, label, record.reader.read()


@pytest.mark.shared
@pytest.mark.parametrize("shard", [0, 7])
def test_no_page_of_a_crawl_is_lost(extractor, shared, shard):
    """Every page has text or is dropped as empty; none is refused; a page known to have text has text."""
    folder = shared / "data/crawl-bench"
    with gzip.open(folder / "crawl-bench.truth.jsonl.gz") as lines:
        truth = {entry["id"]: entry for entry in map(json.loads, lines)}
    found = list(html_pages(folder / f"crawl-bench-{shard:05d}.warc.gz"))
    pages = pages_of([body for _, _, body in found])
    labels = pa.array([label for _, label, _ in found], pa.string())
    pages = pages.set_column(pages.schema.get_field_index("charset"), "charset", labels)
    extracted = extractor.extract(pages)
    assert len(extracted.rows) + len(extracted.losses) == len(found) > 500
    assert {loss.reason for loss in extracted.losses} <= {"empty_text"}
    lost = [truth[found[loss.ordinal - 100][0]] for loss in extracted.losses]
    assert [entry["url"] for entry in lost if entry["kind"] == "real-transcoded" and entry["text_chars"] > 100] == []
    extracted.texts.validate(full=True)
    assert not any("\0" in text or "\x85" in text for text in extracted.texts.to_pylist())


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["charset_latin1_is_cp1252", "charset_says_latin1_is_koi8r", "html_nested_spans_60k", "html_script_payload"]
)
def test_bad_inputs(extractor, shared, name):
    expected = json.loads((shared / "bad_inputs/expected.json").read_text())[f"{name}.warc.gz"]
    found = list(html_pages(shared / f"bad_inputs/{name}.warc.gz"))
    extracted = extractor.extract(pages_of([body for _, _, body in found]))
    text = "\n".join(extracted.texts.to_pylist())
    assert all(mark in text for mark in expected["must_keep"])
    assert len(extracted.rows) + len(extracted.losses) == len(found)
    assert not any("\x80" <= character <= "\x9f" for character in text)
    if "koi8r" in name:
        assert "koi8-r" in extracted.charsets.to_pylist()
