"""Planning: inputs to snapshots and shards, models to hashes, and what a run is of (its identity)."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import corpusmill
from corpusmill.errors import InputRefused, ModelRefused
from corpusmill.language.identify import LanguageIdentifier, LanguageParameters
from corpusmill.read.probe import find_inputs, probe
from corpusmill.run.annotate import AnnotateDocuments, AnnotatePages, InputFile
from corpusmill.run.recipe import Recipe, SignalParameters
from corpusmill.schema import SCHEMA_VERSION, Key
from corpusmill.store.commit import sha256_of

UNKNOWN_SNAPSHOT = "0000-00"


def plan_pages(recipe: Recipe, inputs: Sequence[Path], limit: int | None) -> list[AnnotatePages]:
    """One task an input file; shards are numbered within their snapshot by name, whatever order the inputs came in."""
    models = model_hashes(recipe)
    files = sorted(_named(inputs), key=lambda file: (file.name, file.path))
    shards: Counter[str] = Counter()
    tasks = []
    for file in files:
        found = probe(Path(file.path), recipe.read)  # refuses what cannot be read at all, before any work
        snapshot = recipe.snapshot or found.snapshot or UNKNOWN_SNAPSHOT
        shard, shards[snapshot] = shards[snapshot], shards[snapshot] + 1
        tasks.append(
            AnnotatePages(
                file, snapshot, shard, recipe.read, recipe.extract, recipe.language, recipe.signals, models, limit
            )
        )
    return tasks


def plan_documents(folder: Path, signals: SignalParameters) -> list[AnnotateDocuments]:
    """One task a `<snapshot>/<shard>/<lang>_<bucket>.json.gz` below `folder`."""
    models = artifact_hashes(signals)
    tasks = []
    for path in sorted(folder.rglob("*.json.gz")):
        name = path.relative_to(folder).as_posix()
        try:
            key = Key.parse(name.removesuffix(".json.gz"))
        except ValueError as error:
            raise InputRefused(f"{path}: {error}") from None
        tasks.append(AnnotateDocuments(InputFile.of(path, name), key, signals, models))
    if not tasks:
        wanted = "<snapshot>/<shard>/<lang>_<bucket>.json.gz"
        raise InputRefused(f"{folder} holds no documents; wanted files {wanted} below it (RedPajama-V2 layout)")
    return tasks


def identity(what: dict[str, Any], tasks: Sequence[AnnotatePages] | Sequence[AnnotateDocuments]) -> dict[str, Any]:
    """What a run folder is of: recipe, code, models and inputs; a restart must agree with all of it."""
    return {
        **what,
        "code": {"version": corpusmill.__version__, "schema": SCHEMA_VERSION, "sha256": code_sha256()},
        "models": dict(tasks[0].models),
        "inputs": [{"name": t.input.name, "bytes": t.input.bytes, "modified_ns": t.input.modified_ns} for t in tasks],
    }


def _named(inputs: Sequence[Path]) -> list[InputFile]:
    """Files below each input, named relative to the folder that was given."""
    files = []
    for given in inputs:
        for path in find_inputs([given]):
            name = path.relative_to(given).as_posix() if given.is_dir() else path.name
            files.append(InputFile.of(path, name))
    if not files:
        raise InputRefused(f"no archive, JSON lines or Parquet file in {', '.join(map(str, inputs))}")
    return files


def model_hashes(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Name and sha256 of the models and lists that decide the result."""
    found = {"language": _language_model(recipe.language), **dict(artifact_hashes(recipe.signals))}
    if recipe.tokens is not None and recipe.tokens.tokenizer is not None:
        path = Path(recipe.tokens.tokenizer)
        if not path.is_file():
            raise ModelRefused(
                f"tokens.tokenizer: {path} does not exist; give a SentencePiece .model or a tokenizer.json"
            )
        found["tokenizer"] = sha256_of(path)
    return tuple(sorted(found.items()))


def artifact_hashes(signals: SignalParameters) -> tuple[tuple[str, str], ...]:
    if signals.artifacts is None:
        return ()
    folder = Path(signals.artifacts)
    if not folder.is_dir():
        raise ModelRefused(
            f"signals.artifacts: {folder} is no folder; give one in RedPajama-V2's layout, or leave it out"
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple((f"artifacts/{path.relative_to(folder).as_posix()}", sha256_of(path)) for path in files)


def _language_model(parameters: LanguageParameters) -> str:
    return sha256_of(LanguageIdentifier(parameters).path)


@functools.cache
def code_sha256() -> str:
    """Hash of the package's own files: other code may give other results."""
    package = Path(corpusmill.__file__).parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.relative_to(package).as_posix().encode() + b"\0" + sha256_of(path).encode())
    return total.hexdigest()
