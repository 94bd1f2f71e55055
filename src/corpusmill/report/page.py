"""`report.html`: everything a run can say about itself, in one file that asks nothing of any server.

No script, no font, no picture from elsewhere; the content policy forbids them all, so that text which slips past the
escaping could still do nothing. The same run gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from corpusmill.files import write_whole
from corpusmill.report import measured, sections
from corpusmill.report.disagreements import disagreements
from corpusmill.report.markup import Markup, join, tag, visible
from corpusmill.report.queries import Tables
from corpusmill.report.sample import MAX_DOCUMENTS, sample_signals
from corpusmill.store import layout, manifest


def write_report(run: Path) -> Path:
    """Write `pipeline/report.html` from the manifest and the tables beside it; returns its path.

    Absent keys and tables give sections that say what to run. Raises RunRefused where `run` has no manifest.
    """
    described = manifest.read(run)
    path = run / layout.REPORT
    write_whole(path, page(run, described).encode("utf-8"))
    return path


def page(run: Path, described: sections.Manifest, max_documents: int = MAX_DOCUMENTS) -> str:
    """The whole file as text; histograms are of at most `max_documents` documents."""
    selection = next(iter(sections.mapping(described.get("selections"))), None)
    sample = sample_signals(run, selection, max_documents)
    with Tables(run) as tables:
        parts = [
            sections.yields(described),
            measured.losses(described, tables),
            sections.languages(described),
            disagreements(described),
            measured.selections(described),
            measured.signals(sample, selection),
            sections.tokens(described),
            measured.origins(tables),
            measured.faults(described, tables),
            sections.warnings(described),
            sections.inputs(described),
            sections.settings(described),
        ]
    body = join(sections.header(described), _navigation(), tag("main", *parts))
    name = visible(str(described.get("name") or "run"))
    return _document(f"{name[:80]} – corpusmill report", body)


_SECTIONS = {
    "yield": "yield",
    "losses": "losses",
    "languages": "languages",
    "disagreements": "languages by other models",
    "selections": "selections",
    "signals": "signals",
    "tokens": "tokens",
    "origins": "charsets and hosts",
    "faults": "faults",
    "warnings": "warnings",
    "inputs": "inputs",
    "settings": "recipe",
}


def _navigation() -> Markup:
    links = [tag("li", tag("a", text, href=f"#{anchor}")) for anchor, text in _SECTIONS.items()]
    return tag("nav", tag("ul", *links), aria_label="Sections")


def _document(title: str, body: Markup) -> str:
    style = files("corpusmill.report").joinpath("style.css").read_text(encoding="utf-8")
    # A nonce is to be unforeseeable for the text that it guards against: it depends on every byte of that text.
    nonce = base64.b64encode(hashlib.sha256(f"{title}\0{body}\0{style}".encode()).digest()[:18]).decode()
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(style), nonce=nonce),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', body), lang='en')}\n"
