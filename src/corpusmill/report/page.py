"""`report.html`: everything a run can say about itself, in one file that asks nothing of any server.

What the sections say can be read without scripts; where they run, the page's own script adds the screens on which one
asks and tries (frontend/). Nothing comes from elsewhere, and the content policy allows that one script alone, so that
text which slips past the escaping could still do nothing. The same run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corpusmill.files import write_whole
from corpusmill.pipeline.execution import Finished
from corpusmill.report import measured, sections
from corpusmill.report.contaminants import contamination
from corpusmill.report.disagreements import disagreements
from corpusmill.report.document import document
from corpusmill.report.markup import Markup, tag, visible
from corpusmill.report.payload.build import payload
from corpusmill.report.payload.chosen import MOST_DOCUMENTS
from corpusmill.report.payload.pack import as_script
from corpusmill.report.proof import proofs
from corpusmill.report.queries import Tables
from corpusmill.report.sample import MAX_DOCUMENTS, sample_signals
from corpusmill.store import layout, manifest
from corpusmill.store.opened import open_run


def reported(finished: Finished) -> Finished:
    """Write the report of a run that changed, or has none."""
    if not finished.resumed or not (finished.root / layout.REPORT).exists():
        write_report(finished.root)
    return finished


def write_report(run: Path) -> Path:
    """Write `pipeline/report.html` from the manifest and the tables beside it; returns its path.

    Absent keys and tables give sections that say what to run. Raises RunRefused where `run` has no manifest.
    """
    described = manifest.read(run)
    path = run / layout.REPORT
    write_whole(path, page(run, described).encode("utf-8"))
    return path


def page(
    run: Path,
    described: sections.Manifest,
    max_documents: int = MAX_DOCUMENTS,
    served_views: Sequence[str] | None = None,
) -> str:
    """The whole file as text; histograms are of at most `max_documents` documents.

    `served_views`: the tables that the explorer's server answers for; None for a file without one.
    """
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
            contamination(open_run(run), described),
            proofs(described),
            measured.origins(tables),
            measured.faults(described, tables),
            sections.warnings(described),
            sections.inputs(described),
            sections.settings(described),
        ]
        given = payload(run, described, tables, min(max_documents, MOST_DOCUMENTS))
    if served_views is not None:
        given |= {"served": True, "views": list(served_views)}
    summary = tag("div", sections.header(described), _navigation(), tag("main", *parts), id="summary")
    data = tag("script", Markup(as_script(given)), type="application/json", id="payload")
    body = [tag("div", id="app", hidden=True), summary, data]
    name = visible(str(described.get("name") or "run"))
    return document(f"{name[:80]} – corpusmill report", body, "report.js", served_views is not None)


_SECTIONS = {
    "yield": "yield",
    "losses": "losses",
    "languages": "languages",
    "disagreements": "languages by other models",
    "selections": "selections",
    "signals": "signals",
    "tokens": "tokens",
    "contamination": "contamination",
    "proof": "proof",
    "origins": "charsets and hosts",
    "faults": "faults",
    "warnings": "warnings",
    "inputs": "inputs",
    "settings": "recipe",
}


def _navigation() -> Markup:
    links = [tag("li", tag("a", text, href=f"#{anchor}")) for anchor, text in _SECTIONS.items()]
    return tag("nav", tag("ul", *links), aria_label="Sections")
