"""Where two identifications of language disagree, by language: as text for the terminal, and as a section."""

from __future__ import annotations

from typing import Any

from corpusmill.errors import printable
from corpusmill.report.figures import count, number, percent
from corpusmill.report.markup import Markup, shown, tag
from corpusmill.report.parts import Column, empty, note, section, table
from corpusmill.report.sections import Manifest, mapping, records
from corpusmill.report.yields import table as text_table

PERCENTILES = ("5", "10", "25")  # of line_agreement, as the manifest has them
_LANGUAGES_SHOWN = 20  # on the terminal; the report has all


def disagreements_text(manifest: Manifest, name: str) -> str:
    """The languages with most documents, and the most frequent pairs, with an example each."""
    found = mapping(mapping(manifest.get("languages_by")).get(name))
    languages = _ranked(found)
    heads = ["language", "documents", "same", "another", "und", "line agreement"]
    rows = [
        [printable(language), *(count(one.get(key)) for key in heads[1:5]), *_agreement(one)]
        for language, one in languages[:_LANGUAGES_SHOWN]
    ]
    parts = [text_table([*heads, *(f"{p} %" for p in PERCENTILES)], rows, left=(0,))]
    if len(languages) > _LANGUAGES_SHOWN:
        parts.append(f"… and {len(languages) - _LANGUAGES_SHOWN} languages more, all in the report")
    pairs = [
        [*(printable(str(pair.get(key))) for key in ("language", "found")), count(pair.get("documents")), example]
        for pair in records(found.get("pairs"))
        for example in (printable(str(pair.get("example"))),)
    ]
    if pairs:
        parts.append("\n" + text_table(["language", "model", "documents", "an example"], pairs, left=(0, 1, 3)))
    return "\n".join(parts)


def disagreements(manifest: Manifest) -> Markup:
    """Each identification beside that of the run."""
    title = "Languages by other models"
    named = mapping(manifest.get("languages_by"))
    if not named:
        what = "No other model has identified the documents and their lines."
        return section("disagreements", title, empty(what, "corpusmill languages RUN --name NAME"))
    return section("disagreements", title, *(_one(name, mapping(found)) for name, found in sorted(named.items())))


def _one(name: str, found: dict[str, Any]) -> Markup:
    heads = ["documents", "same", "another", "und"]
    columns = [Column("language"), *(Column(head, True) for head in heads), Column("same, %", True)]
    columns += [Column("line agreement, mean", True), *(Column(f"its {p} % quantile", True) for p in PERCENTILES)]
    rows = [
        [
            shown(language, 24),
            *(count(one.get(head)) for head in heads),
            percent(number(one.get("same")), number(one.get("documents"))),
            *_agreement(one),
        ]
        for language, one in _ranked(found)
    ]
    pairs = [
        [
            shown(pair.get("language"), 24),
            shown(pair.get("found"), 24),
            count(pair.get("documents")),
            shown(pair.get("example")),
        ]
        for pair in records(found.get("pairs"))
    ]
    pair_columns = [Column("language"), Column("the model's"), Column("documents", True), Column("an example")]
    about = (
        f"Identified line by line from {number(found.get('min_line_chars')):,} characters on, threshold "
        f"{found.get('threshold')}. Line agreement: the part of these characters that is in the document's own "
        "language; its figures are rounded down to hundredths."
    )
    return tag(
        "article",
        tag("h3", shown(name, 60)),
        table(f"What {name[:60]} calls the documents of each language", columns, rows),
        table(f"Most frequent disagreements with {name[:60]}", pair_columns, pairs) if pairs else "",
        note(about),
    )


def _ranked(found: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The languages with their counts, most documents first."""
    languages = [(name, mapping(one)) for name, one in mapping(found.get("languages")).items()]
    return sorted(languages, key=lambda item: (-number(item[1].get("documents")), item[0]))


def _agreement(one: dict[str, Any]) -> list[str]:
    """Mean and percentiles of the agreement of lines."""
    agreement = mapping(one.get("line_agreement"))
    percentiles = mapping(agreement.get("percentiles"))
    values = [agreement.get("mean"), *(percentiles.get(percentile) for percentile in PERCENTILES)]
    return [f"{value:.2f}" if isinstance(value, int | float) else "–" for value in values]
