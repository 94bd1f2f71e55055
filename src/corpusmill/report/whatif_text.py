"""What would change, for the terminal and as JSON."""

from __future__ import annotations

from typing import Any

from corpusmill.report.figures import count, percent
from corpusmill.report.whatif import Side, WhatIf


def as_json(found: WhatIf) -> dict[str, Any]:
    def side(which: Side) -> dict[str, int]:
        return {"documents": which.documents, "characters": which.characters}

    return {
        "selection": found.selection,
        "changed": found.changed,
        **{name: side(getattr(found, name)) for name in ("total", "before", "after", "gained", "lost")},
        "rules": {
            name: {"before": found.rules_before[name], "after": found.rules_after[name]} for name in found.rules_before
        },
        "languages": {
            language: {"before": side(before), "after": side(after)}
            for language, (before, after) in sorted(found.languages.items())
        },
        "gained_ids": found.gained_ids,
        "lost_ids": found.lost_ids,
    }


def whatif_text(found: WhatIf) -> str:
    """A table: documents and characters kept before and after, by rule and by language."""
    rows = [f"selection {found.selection}: {', '.join(found.changed) or 'nothing'} changed", ""]
    rows.append(f"{'':<32}{'before':>16}{'after':>16}{'change':>16}")
    rows.append(_row("documents kept", found.before.documents, found.after.documents))
    rows.append(_row("characters kept", found.before.characters, found.after.characters))
    shares = [percent(side.documents, found.total.documents) for side in (found.before, found.after)]
    rows.append(f"{'share of documents':<32}{shares[0]:>16}{shares[1]:>16}")
    gained, lost = found.gained.documents, found.lost.documents
    rows += ["", f"{count(gained)} documents come in, {count(lost)} go out"]
    rows += ["", "documents failing"]
    rows += [_row(f"  {name}", before, found.rules_after[name]) for name, before in found.rules_before.items()]
    rows += ["", "documents kept by language"]
    rows += [
        _row(f"  {language}", before.documents, after.documents)
        for language, (before, after) in sorted(found.languages.items())
    ]
    for title, ids in (("come in", found.gained_ids), ("go out", found.lost_ids)):
        rows += [f"\nsome that {title}: {', '.join(ids)}"] if ids else []
    return "\n".join(rows)


def _row(name: str, before: int, after: int) -> str:
    change = f"{after - before:+,}" if after != before else "–"
    return f"{name:<32}{count(before):>16}{count(after):>16}{change:>16}"
