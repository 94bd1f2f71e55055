"""The report: complete, the same twice, inert, and of use where tables or keys are absent."""

from __future__ import annotations

import html.parser
import itertools
import json
import re
import shutil
from importlib import resources

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.errors import InputRefused, RunRefused
from corpusmill.report.page import page, write_report


class Outline(html.parser.HTMLParser):
    """Tags, attributes, headings and text of a page, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]
        self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def text(run_folder):
    return write_report(run_folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def outline(text):
    found = Outline(text)
    assert not found.open, "every tag is closed"
    return found


def test_the_file_is_in_the_run_folder_and_alone(run_folder):
    before = {path for path in run_folder.rglob("*") if path.name != "report.html"}
    assert write_report(run_folder) == run_folder / "report.html"
    assert {path for path in run_folder.rglob("*") if path.name != "report.html"} == before


def test_the_same_run_gives_the_same_bytes(run_folder, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(run_folder, moved)
    assert write_report(moved).read_bytes() == write_report(run_folder).read_bytes()


def test_nothing_can_run_and_nothing_is_asked_for(outline, hostile):
    assert not {"img", "iframe", "object", "embed", "link", "form", "base"} & set(outline.tags)
    scripts = [value for tag, name, value in outline.attributes if (tag, name) == ("script", "type")]
    assert (outline.tags.count("script"), scripts) == (2, ["application/json"]), "the data, and the page's own"
    for tag, name, value in outline.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name != "style", "the content policy would block it"
        if name in ("href", "src", "action", "xlink:href"):
            assert (value or "").startswith("#"), (tag, name, value)
    assert hostile.script in "".join(outline.text), "hostile text is shown as text"


def test_policy_allows_the_own_style_and_script_alone(outline):
    attributes = {(tag, name): value for tag, name, value in outline.attributes}
    nonce = attributes["style", "nonce"]
    policies = [value for tag, name, value in outline.attributes if (tag, name) == ("meta", "content")]
    allowed = f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'"
    assert f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'" in policies
    assert attributes["script", "nonce"] == nonce
    style = resources.files("corpusmill.report")
    for sheet in ("style.css", "screens.css"):
        assert not re.search(r"url\(|@import", style.joinpath(sheet).read_text())


def test_garbling_characters_are_shown_as_code_points(text):
    assert "\u202e" not in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert "⟨U+202E⟩gnp.exe" in text


def test_a_long_url_is_cut_and_its_length_told(text, hostile):
    assert "a" * 200 not in text.partition('<script type="application/json"')[0]
    assert "a" * 400 not in text, "the data has it cut, too"
    assert f"({len(hostile.long_url):,} characters)" in text
    assert len(text) < 1_500_000


def test_headings_descend_one_by_one_and_tables_have_captions(outline):
    levels = [int(tag[1]) for tag in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert outline.tags.count("table") == outline.tags.count("caption") > 5
    links = {value for tag, name, value in outline.attributes if (tag, name) == ("a", "href")}
    assert links <= {f"#{value}" for _, name, value in outline.attributes if name == "id"}


def test_pictures_have_titles(outline, text):
    pictures = re.findall(r"<svg[^>]*>", text)
    assert all('aria-hidden="true"' in svg or 'role="img"' in svg for svg in pictures)
    assert text.count('role="img"') == len(re.findall(r"<svg[^>]*role=\"img\"[^>]*><title>", text))


@pytest.mark.parametrize(
    "wanted",
    [
        "Every record is accounted for: 986 read = 600 kept + 381 dropped + 5 quarantined.",
        "http_status",
        "truncated_gzip",
        "641,442",
        "111,345",
        "rps_doc_mean_word_length",
        "Exact: all 600 documents",
        "1.38 MB",
        "ef" * 32,
        "windows-1252",
        "münchen.example",
        "null for every document",
        "4,096",
    ],
)
def test_contents(outline, wanted):
    assert wanted in re.sub(r"\s+", " ", "".join(outline.text))


def test_lists_and_texts_are_no_histograms(text):
    figures = re.findall(r'<span class="name"><bdi class="foreign">([^<]+)</bdi>', text)
    assert len(figures) == 14
    assert not {"rps_lines_num_words", "ccnet_bucket"} & set(figures)


def test_a_sample_says_so(run_folder):
    described = json.loads((run_folder / "manifest.json").read_text())
    assert "Sample of 86: document 1 of every 7, of 600" in page(run_folder, described, max_documents=99)


def test_records_that_do_not_add_up_are_named(run_folder):
    described = json.loads((run_folder / "manifest.json").read_text())
    assert "Records do not add up: 987 read" in page(run_folder, described | {"read": 987})


def test_an_empty_manifest_gives_sections_that_say_what_to_run(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    text = write_report(tmp_path).read_text()
    assert not Outline(text).open
    for command in ("corpusmill run RECIPE", "corpusmill select RUN", "corpusmill tokenize RUN"):
        assert command in text


@pytest.mark.parametrize("folder", ["quality_signals", "documents", "pages", "quarantine", "selections"])
def test_an_absent_table_is_no_error(run_folder, tmp_path, folder):
    moved = tmp_path / "run"
    shutil.copytree(run_folder, moved)
    shutil.rmtree(moved / folder)
    assert not Outline(write_report(moved).read_text()).open


def test_manifest_values_of_wrong_types_are_no_error(tmp_path):
    odd = {
        "name": ["x"], "recipe": 3, "read": "many", "dropped": [1], "stages": [1, {"in": None}], "languages": {"en": 1},
        "selections": {"s": {"rules": {"r": "x"}}}, "tokens": [{}], "inputs": [{}, 1], "warnings": {"a": 1},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(odd))
    assert not Outline(write_report(tmp_path).read_text()).open


def test_languages_by_other_models(run_folder):
    described = json.loads((run_folder / "manifest.json").read_text())
    assert "corpusmill languages RUN --name NAME" in page(run_folder, described)
    script = "<script>x</script>"
    agreement = {"documents": 9, "mean": 0.9375, "percentiles": {"5": 0.25, "10": 0.5, "25": 0.75}}
    counts = {"documents": 12345, "same": 12000, "another": 300, "und": 45, "line_agreement": agreement}
    by = {
        "min_line_chars": 20,
        "threshold": 0.5,
        "languages": {"en": counts, "de": {"documents": 3, "line_agreement": None}},
        "pairs": [{"language": "en", "found": script, "documents": 300, "example": "2024-22/0000/en_all.json.gz/7"}],
    }
    for odd in ({"glotlid": by}, {"a": 1, "b": {"languages": 1, "pairs": [1, {}]}, "glotlid": by}):
        text = page(run_folder, described | {"languages_by": odd})
        assert not Outline(text).open
        assert script not in text and "2024-22/0000/en_all.json.gz/7" in text
        for value in ("12,345", "97.2 %", "0.94", "0.25", "0.50", "0.75"):
            assert value in text


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(RunRefused, match="not a run folder"):
        write_report(tmp_path)


def test_verdicts_of_other_documents_are_refused(run_folder, hostile, tmp_path):
    moved = tmp_path / "run"
    shutil.copytree(run_folder, moved)
    path = moved / f"selections/gopher/{hostile.first_key.path}.selection.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(InputRefused, match="verdicts for"):
        write_report(moved)


def test_a_table_left_by_an_interrupted_attempt_is_not_read(run_folder, tmp_path):
    moved = tmp_path / "run"
    shutil.copytree(run_folder, moved)
    attempt = moved / "quality_signals" / ".attempt-1"
    attempt.mkdir()
    pq.write_table(pa.table({"rps_doc_stray": [1.0]}), attempt / "x.parquet")
    assert "rps_doc_stray" not in write_report(moved).read_text()
