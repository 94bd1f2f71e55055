"""The manifest: the data set's description, derived from the ledger alone and written last.

It holds no time, host or path of this machine, so the same run gives the same bytes anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpusmill.errors import RunRefused
from corpusmill.files import json_bytes, write_whole
from corpusmill.store import layout
from corpusmill.store.disagreements import added_up
from corpusmill.store.folder import RunFolder, read_json, refuse_no_run
from corpusmill.store.ledger import Entry

Counts = dict[str, Any]


def build(folder: RunFolder, clashes: dict[str, int]) -> Counts:
    """Adds up the ledger; raises AssertionError where a stage lost a record without a reason (conservation)."""
    read_here = [*folder.of_kind("annotate"), *(e for e in folder.of_kind("tokenize") if "stages" in e.counts)]
    annotated = [entry.counts for entry in read_here]
    identified = [entry.counts for entry in folder.of_kind("identify")]
    stages, languages = _stages(annotated), _languages(annotated)
    dropped = _sum_of(stage["dropped"] for stage in stages)
    quarantined = _sum_of(stage["quarantined"] for stage in stages)
    read = stages[0]["in"] if stages else 0
    kept = stages[-1]["kept"] if stages else 0
    assert read == kept + sum(dropped.values()) + sum(quarantined.values()), "records were lost without a count"
    outputs = {
        path: output
        for entry in folder.entries.values()
        for path, output in entry.outputs.items()
        if not layout.is_work(path)
    }
    return {
        "name": folder.identity.get("recipe", {}).get("name"),
        "read": read,
        "kept": kept,
        "dropped": dropped,
        "quarantined": quarantined,
        "faults": sum(quarantined.values()),
        "clashes": clashes,
        "stages": stages,
        "languages": languages,
        "selections": _selections(folder.of_kind("select"), folder.of_kind("resample")),
        "scores": _scores([*folder.of_kind("score"), *folder.of_kind("languages")]),
        "languages_by": added_up(folder.of_kind("languages")),
        "duplicates": {entry.name: entry.counts for entry in folder.of_kind("dedupe")},
        "contaminants": {entry.name: entry.counts for entry in folder.of_kind("contaminants")},
        "tokens": [_without_facts(entry.counts) | {"key": entry.name} for entry in folder.of_kind("tokenize")],
        "tokenizers": _tokenizers(folder.of_kind("tokenize")) | _of_stages(folder),
        **({"mix": mixes[0].counts} if (mixes := folder.of_kind("mix")) else {}),
        "exports": [entry.counts | {"shard": entry.name} for entry in folder.of_kind("export_tokens")],
        "packs": [entry.counts for entry in folder.of_kind("pack")],
        "proofs": {entry.name: entry.counts for entry in folder.of_kind("prove")},
        "filter_plans": {entry.name: entry.counts for entry in folder.of_kind("plan_filter")},
        "warnings": [
            *_without_signals(languages),
            *_alarms(folder.of_kind("dedupe")),
            *(warning for entry in folder.of_kind("dedupe") for warning in entry.counts.get("warnings", ())),
            *(f"{name} was left out: beside archives it is read only when named" for name in _left_out(folder)),
            *_warned([entry.counts for entry in folder.of_kind("measure")], annotated, identified),
        ],
        "inputs": [counts["input"] for counts in annotated if "input" in counts],
        **{name: folder.identity[name] for name in ("recipe", "code", "tokenizer") if name in folder.identity},
        "models": _models(folder),
        "unicode": "14.0",
        "outputs": {path: outputs[path].sha256 for path in sorted(outputs)},
    }


def _warned(*tasks: Sequence[Counts]) -> list[str]:
    """Each warning once, sorted; those of the first tasks, of what rules ask for, before the others."""
    found: dict[str, None] = {}
    for counts in tasks:
        found |= dict.fromkeys(sorted({warning for each in counts for warning in each.get("warnings", ())}))
    return list(found)


def write(root: Path, manifest: Counts) -> None:
    write_whole(root / layout.MANIFEST, json_bytes(manifest))


def read(root: Path) -> Counts:
    """The manifest of a finished run."""
    path = root / layout.MANIFEST
    if not path.exists():
        begun = (root / layout.IDENTITY).exists()
        why = "is not finished: run the same command again, it resumes" if begun else "is not a run folder"
        raise RunRefused(f"{root} {why} (no {layout.MANIFEST})")
    manifest: Counts = read_json(path, "remove it and run the same command again: it is written anew")
    return manifest


def read_run(root: Path) -> Counts:
    """The same; RunRefused where the folder is of tokens, packs, exports or a mix."""
    manifest = read(root)
    refuse_no_run(root, manifest)
    return manifest


def _selections(entries: list[Entry], resampled: list[Entry]) -> Counts:
    """Counts of each selection over all its keys: documents failing each rule, and that rule only; draws."""
    found: Counts = {}
    for entry in entries:
        total = found.setdefault(entry.counts["selection"], {"documents": 0, "kept": 0, "rules": {}, "only": {}})
        for name in ("documents", "kept"):
            total[name] += entry.counts[name]
        for name in ("rules", "only"):
            total[name] = _sum_of([total[name], entry.counts[name]])
        for name in ("cut", "definitions"):  # the same for all keys
            if name in entry.counts:
                total[name] = entry.counts[name]
    for entry in resampled:
        if entry.counts["selection"] in found:
            found[entry.counts["selection"]]["resample"] = entry.counts["languages"]
    return dict(sorted(found.items()))


def _scores(entries: list[Entry]) -> Counts:
    """Of each column of scores: the model, and how many documents it was measured on."""
    found: Counts = {}
    for entry in entries:
        total = found.setdefault(
            entry.counts["column"],
            {"model_sha256": entry.counts["model_sha256"], "documents": 0, "without_score": 0},
        )
        for name in ("documents", "without_score"):
            total[name] += entry.counts[name]
    return dict(sorted(found.items()))


def _without_facts(counts: Counts) -> Counts:
    said_elsewhere = ("facts", "stages", "languages", "input")
    return {name: value for name, value in counts.items() if name not in said_elsewhere}


def _tokenizers(entries: list[Entry]) -> Counts:
    """What is known of each tokenizer, by the folder of its tokens: the same for all keys."""
    of_runs = [entry.counts for entry in entries if entry.counts["selection"] is not None]
    found = {f"{counts['selection']}/{counts['tokenizer']}": counts["facts"] for counts in of_runs}
    return dict(sorted(found.items()))


def _of_stages(folder: RunFolder) -> Counts:
    """The tokenizer of a mix, for those who open the folder of one stage."""
    facts = folder.identity.get("tokenizer")
    stages = {f"{folder.identity['recipe']['name']}/{e.counts['stage']}" for e in folder.of_kind("mix_shard")}
    return dict.fromkeys(sorted(stages), facts) if facts else {}


def _models(folder: RunFolder) -> Counts:
    """sha256 of every model and list by name; of trained ones what they were made of."""
    found: Counts = {name: {"sha256": sha256} for name, sha256 in folder.identity.get("models", {}).items()}
    for entry in folder.of_kind("model"):
        (card,) = entry.outputs.values()
        found[entry.name] = {"sha256": card.sha256, **entry.counts}
    return dict(sorted(found.items()))


def _left_out(folder: RunFolder) -> list[str]:
    names: list[str] = folder.identity.get("left_out", [])
    return names


def _stages(annotated: list[Counts]) -> list[Counts]:
    """The stages of all inputs added up, in the order in which a page travels."""
    stages: dict[str, Counts] = {}
    for counts in annotated:
        for stage in counts["stages"]:
            total = stages.setdefault(
                stage["stage"], {"stage": stage["stage"], "in": 0, "kept": 0, "dropped": {}, "quarantined": {}}
            )
            total["in"] += stage["in"]
            total["kept"] += stage["kept"]
            for fate in ("dropped", "quarantined"):
                total[fate] = _sum_of([total[fate], stage[fate]])
    return list(stages.values())


def _languages(annotated: list[Counts]) -> Counts:
    totals: Counts = {}
    for counts in annotated:
        for name, found in counts["languages"].items():
            totals[name] = _sum_of([totals.get(name, {}), found])
    return dict(sorted(totals.items()))


def _without_signals(languages: Counts) -> list[str]:
    tail = sum(found["documents"] for name, found in languages.items() if name.endswith("_tail"))
    why = "have no signals and are in no selection, as in RedPajama-V2"
    return [f"{tail:,} documents of bucket tail {why}"] if tail else []


def _alarms(deduplications: list[Entry]) -> list[str]:
    """Languages, sources and hosts of which most documents are duplicates."""
    return [
        f"{entry.name}: {duplicates:,} of {documents:,} documents of {name} are duplicates"
        for entry in deduplications
        for which in ("languages", "sources", "hosts")
        for name, documents, duplicates in entry.counts["alarms"][which]
    ]


def _sum_of(counts: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
