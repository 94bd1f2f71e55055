"""Sections that the run's tables fill: losses, faults, charsets, hosts, selections and signals."""

from __future__ import annotations

from corpusmill.report.bins import Histogram, histogram
from corpusmill.report.charts import histogram as histogram_picture
from corpusmill.report.charts import share
from corpusmill.report.figures import count, measured, number, percent
from corpusmill.report.markup import Markup, join, shown, tag
from corpusmill.report.parts import Column, empty, note, section, table
from corpusmill.report.queries import FAULTS_SHOWN, GROUPS_SHOWN, Tables
from corpusmill.report.sample import Sample
from corpusmill.report.sections import Manifest, mapping, records, total


def losses(manifest: Manifest, tables: Tables) -> Markup:
    """Every reason for which a record did not become a document."""
    lost = total(manifest.get("dropped")) + total(manifest.get("quarantined"))
    read = number(manifest.get("read"))
    rows = [
        [
            shown(reason, 60),
            shown(stage, 24),
            fate,
            count(found),
            join(share(found, lost, _class(fate)), " ", percent(found, lost)),
            percent(found, read),
            shown(url, 72, length),
        ]
        for stage, fate, reason, found, url, length in tables.losses()
    ]
    if not rows:  # without the table of fates: what the manifest knows
        rows = [
            [
                shown(reason, 60),
                "–",
                fate,
                count(found),
                join(share(number(found), lost, _class(fate)), " ", percent(number(found), lost)),
                percent(number(found), read),
                "–",
            ]
            for fate in ("dropped", "quarantined")
            for reason, found in sorted(mapping(manifest.get(fate)).items(), key=lambda one: (-number(one[1]), one[0]))
        ]
    if not rows:
        return section("losses", "Losses by reason", empty("No record was lost."))
    columns = [
        Column("reason"),
        Column("stage"),
        Column("fate"),
        Column("records", True),
        Column("share of losses", True),
        Column("of read", True),
        Column("an example"),
    ]
    return section("losses", "Losses by reason", table("Records that became no document", columns, rows))


def _class(fate: str) -> str:
    return "quarantined" if fate == "quarantined" else "dropped"


def faults(manifest: Manifest, tables: Tables) -> Markup:
    """What was broken or dangerous: where, how often, and what was found."""
    groups, whole = tables.faults()
    if not groups:
        faulty = number(manifest.get("faults"))
        if faulty:
            return section("faults", "Faults", empty(f"{faulty:,} records are faulty, but the quarantine is not here."))
        return section("faults", "Faults", tag("p", "None: no record was broken."))
    columns = [
        Column("reason"),
        Column("stage"),
        Column("file"),
        Column("first offset, bytes", True),
        Column("records", True),
        Column("message of the first"),
    ]
    rows = [
        [
            shown(reason, 60),
            shown(stage, 24),
            shown(file),
            count(offset) if offset is not None and offset >= 0 else "–",
            count(found),
            shown(message, 240, length) if message else "–",
        ]
        for stage, reason, file, offset, found, message, length in groups
    ]
    more = (
        note(f"The {FAULTS_SHOWN:,} most frequent of {whole:,} pairs of reason and file.") if whole > len(rows) else ""
    )
    hint = note("The first bytes of each are in ", tag("code", "quarantine/"), ".")
    return section("faults", "Faults", table("Quarantined records by reason and file", columns, rows), more, hint)


def origins(tables: Tables) -> Markup:
    """Encodings that pages were decoded with, and the hosts that most documents come from."""
    parts = []
    for title, column, none in (
        ("Character sets", "charset", "not recorded"),
        ("Hosts", "source_domain", "no host"),
    ):
        rows = tables.documents_by(column)
        documents = sum(row[1] for row in rows)
        if not rows or all(row[0] is None for row in rows):
            parts.append(tag("div", tag("h3", title), empty("No document says.")))
            continue
        columns = [Column(title.lower()[:-1]), Column("documents", True), Column("", True), Column("characters", True)]
        written = [
            [
                shown(value, 48, length) if value is not None else none,
                count(found),
                share(found, documents),
                count(characters),
            ]
            for value, found, characters, length in rows
        ]
        whole = tables.values_of(column) if len(rows) == GROUPS_SHOWN else len(rows)
        more = note(f"The {len(rows):,} most frequent of {whole:,}.") if whole > len(rows) else ""
        parts.append(tag("div", tag("h3", title), table(f"Documents by {columns[0].name}", columns, written), more))
    return section("origins", "Character sets and hosts", tag("div", *parts, class_="halves"))


def selections(manifest: Manifest) -> Markup:
    """What each selection keeps, and what each of its rules costs."""
    found = mapping(manifest.get("selections"))
    if not found:
        command = "corpusmill select RUN --recipe redpajama2-gopher --name NAME"
        return section("selections", "Selections", empty("No selection has been made.", command))
    return section(
        "selections", "Selections", *(_selection(manifest, name, mapping(one)) for name, one in found.items())
    )


def _selection(manifest: Manifest, name: str, selection: dict[str, object]) -> Markup:
    documents, kept = number(selection.get("documents")), number(selection.get("kept"))
    rules = mapping(selection.get("rules"))
    only = selection.get("only")
    limits = {str(rule.get("name")): rule for rule in records(mapping(manifest.get("recipe")).get("rule"))}
    columns = [
        Column("rule"),
        Column("keeps"),
        Column("fails", True),
        Column("of documents", True),
        Column("only this rule", True),
    ]
    rows = [
        [
            shown(rule, 60),
            _range(limits.get(rule, {})),
            count(failed),
            join(share(number(failed), documents, "dropped"), " ", percent(number(failed), documents)),
            count(mapping(only).get(rule)) if isinstance(only, dict) else "–",
        ]
        for rule, failed in sorted(rules.items(), key=lambda item: (-number(item[1]), item[0]))
    ]
    return tag(
        "article",
        tag("h3", shown(name, 60)),
        tag(
            "p",
            tag("strong", percent(kept, documents)),
            f" kept: {kept:,} of {documents:,} documents ",
            share(kept, documents),
        ),
        table(f"Rules of {name[:60]}", columns, rows) if rows else empty("The selection has no rules: it keeps all."),
        note("“Only this rule”: documents that would come back without the rule.") if rows else "",
    )


def _range(rule: dict[str, object]) -> Markup:
    """The interval of the value that a rule keeps, as its recipe has it."""
    least, most, value = rule.get("min"), rule.get("max"), rule.get("value")
    if value is None:
        return join("–")
    parts: list[str] = [f"{least:,} ≤ "] if isinstance(least, int | float) else []
    parts.append(tag("code", shown(value, 80)))
    parts += [f" ≤ {most:,}"] if isinstance(most, int | float) else []
    return join(*parts)


def signals(sample: Sample, selection: str | None) -> Markup:
    """Small multiples: one histogram a numeric signal."""
    title = "Signals"
    if not sample.rows:
        command = "corpusmill run RECIPE --input PATH --out RUN"
        return section("signals", title, empty("No signal has been measured.", command))
    figures = [_figure(name, histogram(values, sample.keep), sample) for name, values in sorted(sample.values.items())]
    if sample.keep is not None:
        legend = tag(
            "p",
            *(Markup(f"{tag('span', '', class_=f'key {class_}')} {word} ") for class_, word in (
                ("kept", "kept"), ("dropped", "dropped"))),
            "by the selection ", tag("strong", shown(selection, 60)),
            class_="legend",
        )  # fmt: skip
    else:
        legend = note("No selection covers all documents, so all are shown in one colour.")
    about = note(
        f"{sample.described[0].upper()}{sample.described[1:]}. Height: number of documents, the highest bar fills "
        "the frame. The outermost bars hold what lies beyond the 0.5 % and 99.5 % quantiles."
    )
    return section("signals", title, about, legend, tag("div", *figures, class_="multiples"))


def _figure(name: str, found: Histogram | None, sample: Sample) -> Markup:
    unit = sample.units.get(name)
    head = tag("figcaption", tag("span", shown(name, 60), class_="name"), f" {unit}" if unit else "")
    if found is None:
        return tag("figure", head, tag("p", "null for every document", class_="empty"))
    middle = f"median {measured(found.median)}"
    axis = tag(
        "div",
        tag("span", ("≤ " if found.below else "") + measured(found.low)),
        tag("span", middle),
        tag("span", ("≥ " if found.above else "") + measured(found.high)),
        class_="ticks",
    )
    remarks = [text for text, is_so in (
        ("logarithmic", found.axis == "logarithmic"),
        (f"{found.missing:,} null", found.missing > 0),
        (f"always {measured(found.low)}", found.low == found.high),
    ) if is_so]  # fmt: skip
    return tag("figure", head, histogram_picture(name, found), axis, tag("p", " · ".join(remarks), class_="remark"))
