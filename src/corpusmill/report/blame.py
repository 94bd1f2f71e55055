"""The blame of a selection over the full run, and the groups that lose most of their documents."""

from __future__ import annotations

from typing import Any, NamedTuple

from corpusmill.errors import RunRefused, nearest, printable
from corpusmill.report.payload.chosen import choose
from corpusmill.report.payload.selections import selections_of
from corpusmill.report.payload.verdicts import Groups, verdicts
from corpusmill.report.queries import Tables
from corpusmill.report.yields import percent, table
from corpusmill.rules.blame import Alarm, Blame, alarms
from corpusmill.store.opened import OpenedRun

HOSTS_COUNTED = 10_000


class Found(NamedTuple):
    """What one selection costs."""

    selection: str
    blame: Blame
    alarms: dict[str, list[Alarm]]  # by "languages", "sources", "hosts"


def blame_of(opened: OpenedRun, selection: str | None, fraction: float) -> Found:
    """Raises RunRefused where the run has no such selection."""
    listed = {one.name: one for one in selections_of(opened.manifest)}
    if not listed:
        raise RunRefused(f"{opened.root} has no selection  (make one with: corpusmill select)")
    name = next(iter(listed)) if selection is None else selection
    if name not in listed:
        raise RunRefused(f"{opened.root} has no selection {name!r}.{nearest(name, listed)}")
    with Tables(opened.root) as tables:
        hosts = [host for host, *_ in tables.documents_by("source_domain", HOSTS_COUNTED) if host]
    found = verdicts(opened.root, name, listed[name].rules, choose(opened.root, 0), hosts)
    if found is None:
        raise RunRefused(f"{opened.root}: selection {name!r} is not complete: run corpusmill select again")
    by = {
        "languages": _sums(found.groups, lambda path: path.rpartition("/")[2].partition("_")[0]),
        "sources": _sums(found.groups, lambda path: path.rpartition("/")[0]),
        "hosts": _sums(found.hosts, str),
    }
    return Found(name, found.blame, {kind: alarms(groups, fraction) for kind, groups in by.items()})


def blame_text(found: Found) -> str:
    """For the terminal."""
    blame = found.blame
    lines = [f"selection {printable(found.selection)}: {blame.kept:,} of {blame.documents:,} documents kept"]
    rows = []
    for place, rule in enumerate(blame.rules):
        drops, alone = int(blame.drops[place]), int(blame.alone[place])
        shared = percent(drops - alone, drops)
        characters = f"{blame.weight_alone[place]:,.0f}"
        rows.append([printable(rule), f"{drops:,}", percent(drops, blame.documents), f"{alone:,}", characters, shared])
    heads = ["rule", "drops", "%", "come back without it", "characters of these", "% shared with others"]
    lines.append(table(heads, rows, left=(0,)))
    if blame.useless:
        lines.append(f"without effect, given the others: {', '.join(map(printable, blame.useless))}")
    for kind, listed in found.alarms.items():
        if listed:
            lines.append(f"{kind} that lose most of their documents:")
            lost = [[printable(a.group), f"{a.documents:,}", f"{a.dropped:,}"] for a in listed]
            lines.append(table([kind[:-1], "documents", "dropped"], lost, left=(0,)))
    return "\n".join(lines)


def blame_json(found: Found) -> dict[str, Any]:
    """Everything, as JSON values."""
    blame = found.blame
    return {
        "selection": found.selection,
        "documents": blame.documents,
        "kept": blame.kept,
        "characters": blame.weight,
        "characters_kept": blame.weight_kept,
        "rules": list(blame.rules),
        "drops": blame.drops.tolist(),
        "alone": blame.alone.tolist(),
        "characters_alone": blame.weight_alone.tolist(),
        "overlap": blame.overlap.tolist(),
        "alarms": {kind: [alarm._asdict() for alarm in listed] for kind, listed in found.alarms.items()},
    }


def _sums(groups: Groups, name_of: Any) -> dict[str, tuple[int, int]]:
    """Documents and dropped ones by name."""
    sums: dict[str, tuple[int, int]] = {}
    for key, (documents, kept, *_) in groups.items():
        before = sums.get(name_of(key), (0, 0))
        sums[name_of(key)] = before[0] + documents, before[1] + documents - kept
    return sums
