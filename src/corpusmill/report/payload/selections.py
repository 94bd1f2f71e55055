"""Rules of the run's selections: which of them a handle can move, and where their limits stand among the codes."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.pipeline.definitions import decisions
from corpusmill.pipeline.measure_texts import Text
from corpusmill.pipeline.recipe import bundled_recipes
from corpusmill.report.figures import number
from corpusmill.report.payload.codes import Coded, passing, positions
from corpusmill.report.payload.measured import compared
from corpusmill.report.payload.pack import packed
from corpusmill.report.payload.verdicts import Verdicts
from corpusmill.report.sections import Manifest, mapping, records
from corpusmill.rules.rule import Rule

SIDES = ("min", "max", "above", "below")
_FIELDS = frozenset(field.name for field in dataclasses.fields(Rule))


@dataclass(frozen=True)
class Selection:
    """A selection as the manifest has it: names of its rules in their order, and those with one set of limits."""

    name: str
    counts: Manifest
    rules: tuple[str, ...]
    definitions: dict[str, Rule]
    compared: dict[str, str]  # by rule: what its values are called in payload/measured.py


def selections_of(manifest: Manifest) -> list[Selection]:
    """In the order of the manifest."""
    found = []
    for name, counts in mapping(manifest.get("selections")).items():
        counts = mapping(counts)
        kept = mapping(counts.get("definitions"))
        order = kept.get("order")
        rules = tuple(map(str, order)) if isinstance(order, list) else tuple(mapping(counts.get("rules")))
        listed = kept.get("rules", mapping(manifest.get("recipe")).get("rule"))
        definitions = (_rule(one) for one in records(listed) if one.get("name") in rules)
        known = {rule.name: rule for rule in definitions if rule is not None}
        texts = _texts(kept) if kept.get("edits") else {}
        found.append(Selection(name, counts, rules, known, {r: compared(one.value, texts) for r, one in known.items()}))
    return found


def _texts(definitions: dict[str, Any]) -> dict[str, str]:
    """By name of an edit, the name in the run folder of the text that it leaves."""
    edits = decisions(definitions).edit
    lists = definitions.get("artifacts_sha256")
    return {edit.name: Text(edits[: place + 1], lists).name for place, edit in enumerate(edits)}


def _rule(definition: dict[str, Any]) -> Rule | None:
    """None for a rule without one set of limits: its limits are by language, or not ones of this version."""
    rule = Rule(**{name: value for name, value in definition.items() if name in _FIELDS})
    if any(value is not None for name, value in definition.items() if name.endswith("_setting")):
        return None
    return None if rule.mistakes() else rule


def described(
    selection: Selection, verdicts: Verdicts, dimensions: dict[str, tuple[int, Coded]], rows: int
) -> dict[str, Any]:
    """The selection for the page. A rule whose codes do not give its stored verdicts keeps those, and has no handle."""
    found = verdicts.blame
    rules = []
    for place, name in enumerate(selection.rules):
        fails = verdicts.fails[place]
        entry: dict[str, Any] = {
            "name": name, "drops": int(found.drops[place]), "alone": int(found.alone[place]),
            "charactersAlone": float(found.weight_alone[place]),
        }  # fmt: skip
        rule = selection.definitions.get(name)
        if rule is not None:
            entry |= {"value": rule.value, "passMissing": rule.pass_missing}
            entry |= {side: getattr(rule, side, None) for side in SIDES}
        movable = None if rule is None else dimensions.get(selection.compared[name])
        if rule is not None and movable is not None:
            low, high = positions(movable[1], rule)
            if (passing(movable[1], low, high, rule.pass_missing) == ~fails).all():
                rules.append({**entry, "dimension": movable[0], "low": low, "high": high})
                continue
        rules.append({**entry, "fixed": bits(fails)})
    return {
        "name": selection.name,
        "documents": number(selection.counts.get("documents")),
        "kept": number(selection.counts.get("kept")),
        "characters": found.weight,
        "charactersKept": found.weight_kept,
        "rules": rules,
        "overlap": found.overlap.tolist(),
        "keep": bits(verdicts.keep),
        "groups": {path: list(counts) for path, counts in verdicts.groups.items()},
        "hosts": [[host, *counts] for host, counts in verdicts.hosts.items()],
    }


def bits(values: npt.NDArray[np.bool_]) -> str:
    """One bit a document, the first in the lowest bit of the first byte."""
    return packed(np.packbits(values, bitorder="little"))


def published(expressions: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Limits that the bundled recipes set on the same expressions."""
    wanted = set(expressions)
    found: dict[str, list[dict[str, Any]]] = {}
    for recipe, path in bundled_recipes().items():
        for rule in records(tomllib.loads(path.read_text(encoding="utf-8")).get("rule")):
            for side in SIDES:
                if rule.get("value") in wanted and isinstance(rule.get(side), int | float):
                    found.setdefault(rule["value"], []).append({"recipe": recipe, "side": side, "limit": rule[side]})
    return found
