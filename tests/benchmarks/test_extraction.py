"""The benchmark of extraction: metrics as published, sites and groups, known texts, intervals."""

from __future__ import annotations

import gzip
import importlib
import json
from collections import Counter
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.schema import PAGES, batch_of

pytest.importorskip("selectolax")  # lexbor for Python; in the test extra
pytest.importorskip("trafilatura")

FOLDER = Path(__file__).parents[2] / "benchmarks" / "extraction"


@pytest.fixture(scope="module", autouse=True)
def on_path():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_every_name_a_benchmark_imports_exists(name):
    assert module(name).__doc__


@pytest.mark.shared
def test_four_grams_are_counted_as_the_article_benchmark_does(shared):
    metrics = module("metrics")
    path = shared / "conformance" / "filters" / "extraction_article_benchmark.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    compared = 0
    for row in rows:
        for output in row["outputs"].values():
            counts = metrics.shingle_counts(row["ground_truth"], output["text"] or "")
            assert [round(share, 5) for share in counts] == output["tp_fp_fn"]
            compared += 1
    assert compared == 560


@pytest.mark.parametrize(
    ("truth", "text", "counts"),
    [
        ("a b c d", "a b c d", (1.0, 0.0, 0.0)),
        ("a b c d", "A b c d", (0.0, 0.5, 0.5)),  # letters' case counts
        ("a b", "a b", (1.0, 0.0, 0.0)),  # fewer words than four are one n-gram
        ("a b", "", (0.0, 0.0, 1.0)),
        ("", "", (0.0, 0.0, 0.0)),
        ("a b c d a b c d", "a b c d", (0.2, 0.0, 0.8)),  # multiplicity counts
    ],
)
def test_four_grams(truth, text, counts):
    assert module("metrics").shingle_counts(truth, text) == counts


def test_precision_and_recall_leave_out_pages_without_n_grams_on_that_side():
    counts = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, 1.0, 0]])
    precision, recall, f1 = module("metrics").shingle_score(counts)
    assert (precision[0], recall[0], f1[0]) == (0.5, 0.5, 0.5)


def test_weights_are_pages_taken_several_times():
    metrics = module("metrics")
    counts = np.array([[0.5, 0.5, 0], [0.25, 0.25, 0.5], [0, 0, 1.0]])
    for score in (metrics.shingle_score, metrics.word_score, metrics.snippet_score):
        repeated = score(counts[[0, 0, 2]], None)
        weighted = score(counts, np.array([[2.0, 0, 1]]))
        assert np.allclose(repeated, weighted)


@pytest.mark.parametrize(
    ("truth", "text", "f1"),
    [
        ("One, two.", "one TWO", 1.0),
        ("a b", "a c", 0.5),
        ("", "", 1.0),
        ("", "a", 0.0),
        ("a", "", 0.0),
        ("a a b b", "a b", 2 / 3),
    ],
)
def test_word_f1_of_wcxb(truth, text, f1):
    assert module("metrics").word_scores(truth, text)[2] == pytest.approx(f1)


def test_letters_of_unspaced_scripts_are_words_of_their_own():
    words_of = module("metrics").words_of
    assert words_of("日本語のtext 한국어 привет", characters=True) == [
        "日",
        "本",
        "語",
        "の",
        "text",
        "한국어",
        "привет",
    ]
    assert words_of("日本語のtext") == ["日本語のtext"]


def test_snippets():
    counts = module("metrics").snippet_counts(["is  there", "is\nnot"], ["stays out", "comes"], "it is there and comes")
    assert counts == (1, 1, 1)


@pytest.fixture
def suffix_list(tmp_path):
    path = tmp_path / "list.dat.gz"
    rules = "// a comment\ncom\nuk\nco.uk\n*.ck\n!www.ck\nмосква\n// ===END ICANN DOMAINS===\nblogspot.com\n"
    path.write_bytes(gzip.compress(rules.encode()))
    return path


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.news.example.co.uk/a?b", "example.co.uk"),
        ("http://a.blogspot.com/", "blogspot.com"),  # one host's blogs are one site
        ("http://a.b.ck/", "a.b.ck"),
        ("http://x.www.ck/", "www.ck"),
        ("http://192.0.2.7:80/x", "192.0.2.7"),
        ("http://EXAMPLE.COM./", "example.com"),
        ("http://a.unknown", "a.unknown"),
        ("http://x.y.москва/", "y.xn--80adxhks"),
        ("com", "com"),
        ("/path", ""),
        ("http://[broken", ""),
    ],
)
def test_site(url, site, suffix_list):
    assert module("sites").site_of(url, suffix_list) == site


@settings(derandomize=True, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=3), max_size=8))
def test_groups_are_what_hangs_together(alike):
    found = module("sites").groups_of(10, alike)
    assert all(len({found[row] for row in rows}) == 1 for rows in alike)
    reached = {row: {row} for row in range(10)}
    for _ in range(10):
        for rows in alike:
            whole = set.union(*(reached[row] for row in rows))
            for row in whole:
                reached[row] = reached[row] | whole
    assert found == [min(reached[row]) for row in range(10)]


def test_fields_of_the_truth():
    pages = module("pages")
    assert pages.cleaneval_text("URL: http://a.org/x\n\n<h>One</h>\n<p>if a < b <l>two") == "One\nif a < b two"
    assert pages.as_text(["A", "B"]) == "A; B"
    assert pages.as_text(float("nan")) is None
    assert pages.as_text("") is None
    assert pages.archived_url("http://web.archive.org/web/2019im_/http://a.org/") == "http://a.org/"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<body><div class=navheader>x</div><h1>One</h1><p>two <b>th</b>ree<br>four</body>", "One\ntwo three\nfour"),
        ("<body>a<div>b</div>c<script>d</script><p>e</body>", "a\nb\nc\ne"),
        ("<body><ul class='docnav top'><li>x</ul><pre>one\n two</pre></body>", "one two"),
        ("<frameset>", ""),
    ],
)
def test_known_text_of_manuals(html, text):
    manuals = module("manuals")
    assert manuals.known_text(html, *manuals.BODIES["debian-handbook"]) == text


def test_an_interval_is_wider_where_pages_of_a_site_go_together():
    metrics, intervals = module("metrics"), module("intervals")
    generator = np.random.default_rng(1)
    ours = np.repeat(generator.random((10, 3)), 10, axis=0)
    theirs = np.full((100, 3), 0.5)
    together = intervals.difference(metrics.word_score, ours, theirs, [str(row // 10) for row in range(100)])
    apart = intervals.difference(metrics.word_score, ours, theirs, [str(row) for row in range(100)])
    assert together.mean == apart.mean == pytest.approx(ours[:, 2].mean() - 0.5)
    assert together.high - together.low > 2 * (apart.high - apart.low)
    assert together.low < together.mean < together.high


def test_the_best_of_trafilaturas_settings_counts():
    compare = module("compare")
    rows = [
        {"id": str(n), "group": f"{n}.org", "language": "en" if n else "de", "truth": "one two", "page_type": "article"}
        for n in range(12)
    ]
    texts = {
        "learned": {str(n): "one two" for n in range(12)},
        "trafilatura": {str(n): "" for n in range(12)},
        "trafilatura-no-comments": {str(n): "one" for n in range(12)},
    }
    values = compare.Values(rows, texts, compare.WORDS)
    found = values.compared()
    assert (found.pages, found.sites, found.best) == (12, 12, "trafilatura-no-comments")
    assert found.difference.mean == pytest.approx(1 / 3)
    assert list(compare.by(values, "language")) == ["en"]  # one German page says nothing
    assert "| en | 11 | 11 | **1.000** | 0.000 | 0.667 | +0.333 (+0.333 … +0.333) |" in compare.markdown(
        "language", compare.by(values, "language")
    )


def test_pages_without_truth_are_not_compared_by_it():
    compare = module("compare")
    rows = [{"id": "a", "group": "a", "truth": ""}, {"id": "b", "group": "b", "truth": "one"}]
    assert compare.Values(rows, {"learned": {}}, compare.WORDS).compared().pages == 1


@pytest.fixture(scope="module")
def pages(shared):
    return module("pages").pages_table(shared)


@pytest.mark.shared
def test_pages_of_the_collections(pages):
    counts = Counter(pages["collection"].to_pylist())
    assert counts == {"article": 160, "cleaneval": 346, "dragnet": 697, "trafilatura": 616, "wcxb": 810}
    assert len(set(pages["id"].to_pylist())) == pages.num_rows
    assert pages["html"].null_count == 0
    urls = [row["url"] for row in pages.select(["collection", "url"]).to_pylist() if row["collection"] == "article"]
    assert len(set(urls)) == len(urls)  # no page of the article benchmark stands there twice
    assert not any("\0" in (text or "") for text in pages["truth"].to_pylist())


@pytest.mark.shared
def test_pages_of_a_site_and_pages_alike_are_of_one_group(pages):
    rows = pages.select(["id", "host", "group", "html"]).to_pylist()
    group_of_host: dict[str, str] = {}
    group_of_page: dict[str, str] = {}
    for row in rows:
        assert group_of_host.setdefault(row["host"], row["group"]) == row["group"]
        assert group_of_page.setdefault(row["html"], row["group"]) == row["group"]
    assert 1500 < len(set(group_of_host.values())) < len(group_of_host)  # some sites hold the same texts


def test_each_page_is_extracted_by_the_model_that_has_not_seen_its_site(tmp_path, monkeypatch):
    ours = module("ours")

    class Named:
        @staticmethod
        def load(path: Path) -> str:
            return path.name

    monkeypatch.setattr(ours, "ExtractorModel", Named)
    monkeypatch.setattr(ours, "learned_texts", lambda pages, profile, model: [f"{page} {model}" for page in pages])
    (tmp_path / "folds.json").write_text(json.dumps({"a": 1, "b": 0, "elsewhere": 2}))
    texts = ours.out_of_fold_texts(["1", "2", "3"], ["a", "b", "a"], "article", tmp_path)
    assert texts == ["1 fold-1.npz", "2 fold-0.npz", "3 fold-1.npz"]


def test_a_page_with_words_and_without_text_is_reported(tmp_path, monkeypatch):
    hostile = module("hostile")
    bodies = [b"<p>words", b"<p><b>", b"<title>unseen</title>", b"<p>a binary one"]

    class Silent:
        def __init__(self, parameters: object) -> None: ...

        def __enter__(self) -> Silent:
            return self

        def __exit__(self, *ended: object) -> None: ...

        def extract(self, pages: pa.RecordBatch) -> SimpleNamespace:
            losses = [
                SimpleNamespace(ordinal=ordinal, reason="binary_text" if ordinal == 3 else "empty_text")
                for ordinal in pages["ordinal"].to_pylist()
            ]
            return SimpleNamespace(rows=pa.array([], pa.int64()), losses=losses)

    batch = batch_of(
        PAGES,
        {"ordinal": [0, 1, 2, 3], "offset": [0] * 4, "is_text": [False] * 4, "body": bodies, "url": list("abcd")},
        4,
    )
    monkeypatch.setattr(hostile, "InProcessExtractor", Silent)
    monkeypatch.setattr(hostile, "read_pages", lambda path, parameters: [SimpleNamespace(pages=batch)])
    found = hostile.silent([tmp_path / "x.warc"], "article")
    assert (found.pages, found.without) == (4, ["x.warc 0 a"])
    assert found.losses == {"empty_text": 3, "binary_text": 1}
    assert "x.warc 0 a" in hostile.silent_table({"x": found})
