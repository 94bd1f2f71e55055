"""Planning: inputs to snapshots and shards, models to hashes, and what a run is of (its identity)."""

from __future__ import annotations

import functools
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpusmill
from corpusmill.errors import InputRefused, ModelRefused
from corpusmill.extract.parameters import LEARNED
from corpusmill.extract.trained import KIND as EXTRACTOR
from corpusmill.extract.trained import extractor_sha256
from corpusmill.files import sha256_of
from corpusmill.keys import Key
from corpusmill.language.identify import LID_176_SHA256, LanguageIdentifier, LanguageParameters
from corpusmill.language.perplexity import available, model_sha256
from corpusmill.models.card import CARD
from corpusmill.models.fasttext.parameters import MODEL
from corpusmill.models.importance.tables import load_tables
from corpusmill.pipeline.annotate_documents import AnnotateDocuments
from corpusmill.pipeline.annotate_pages import AnnotatePages
from corpusmill.pipeline.input_file import InputFile
from corpusmill.pipeline.recipe import Recipe, SignalParameters
from corpusmill.read.probe import Probe, find_inputs, probe
from corpusmill.schema import SCHEMA_VERSION
from corpusmill.signals.importance import targets_of

PERPLEXITY = "perplexity/"  # and the language: names of language models among the models of a task
UNKNOWN_SNAPSHOT = "0000-00"
ARCHIVES = ("warc", "wet", "arc")


@dataclass(frozen=True)
class Plan:
    """The tasks of a run, and the files below its inputs that are not read."""

    tasks: list[AnnotatePages]
    left_out: list[str]


def plan_pages(recipe: Recipe, inputs: Sequence[Path], limit: int | None) -> Plan:
    """One task an input file; shards are numbered within their snapshot by name, whatever order the inputs came in."""
    models = model_hashes(recipe)
    shards: Counter[str] = Counter()
    tasks = []
    probed, left_out = _probed(recipe, inputs)
    for file, found in sorted(probed, key=lambda pair: (pair[0].name, pair[0].path)):
        snapshot = recipe.snapshot or found.snapshot or UNKNOWN_SNAPSHOT
        shard, shards[snapshot] = shards[snapshot], shards[snapshot] + 1
        tasks.append(
            AnnotatePages(
                file, snapshot, shard, recipe.read, recipe.extract, recipe.language, recipe.signals, models, limit
            )
        )
    return Plan(tasks, sorted(left_out))


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


def _probed(recipe: Recipe, inputs: Sequence[Path]) -> tuple[list[tuple[InputFile, Probe]], list[str]]:
    """Files below each input, named relative to the folder that was given, and what of a folder is left out.

    Beside archives a folder often holds lists and statistics as JSON lines or Parquet: they are read only when named.
    """
    files: list[tuple[InputFile, Probe]] = []
    left_out: list[str] = []
    for given in inputs:
        found = []
        for path in find_inputs([given]):
            name = path.relative_to(given).as_posix() if given.is_dir() else path.name
            found.append((InputFile.of(path, name), probe(path, recipe.read)))  # refuses what cannot be read at all
        archives = [pair for pair in found if pair[1].format in ARCHIVES]
        if given.is_dir() and archives:
            left_out += [file.name for file, probe_ in found if probe_.format in ("jsonl", "parquet")]
            found = [pair for pair in found if pair[1].format not in ("jsonl", "parquet")]
        files += found
    if not files:
        raise InputRefused(f"no archive, JSON lines or Parquet file in {', '.join(map(str, inputs))}")
    return files, left_out


def model_hashes(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Name and sha256 of the models and lists that decide the result."""
    found = {"language": _language_model(recipe.language), **dict(artifact_hashes(recipe.signals))}
    recipe.extract.kind()  # refuses what is not installed before any work
    if recipe.extract.extractor == LEARNED:
        found[EXTRACTOR] = extractor_sha256(recipe.extract.model)
    if recipe.perplexity is not None:
        found |= language_model_hashes(Path(recipe.perplexity.models), recipe.language.keep)
    if recipe.tokens is not None and recipe.tokens.tokenizer is not None:
        path = Path(recipe.tokens.tokenizer)
        if not path.is_file():
            raise ModelRefused(
                f"tokens.tokenizer: {path} does not exist; give a SentencePiece .model or a tokenizer.json"
            )
        found["tokenizer"] = sha256_of(path)
    return tuple(sorted(found.items()))


def artifact_hashes(signals: SignalParameters) -> tuple[tuple[str, str], ...]:
    """Every file of the folder, but those that are made of others there (signals/hashed_lists.py)."""
    if signals.artifacts is None:
        return ()
    hashes = _hashes_in(Path(signals.artifacts))
    _check_models(Path(signals.artifacts))
    return hashes


def artifacts_sha256(signals: SignalParameters) -> str | None:
    """One hash of the names and contents of all files of the folder; None without a folder."""
    if signals.artifacts is None:
        return None
    lines = (f"{sha256}  {name}\n" for name, sha256 in _hashes_in(Path(signals.artifacts)))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _hashes_in(folder: Path) -> tuple[tuple[str, str], ...]:
    if not folder.is_dir():
        raise ModelRefused(
            f"signals.artifacts: {folder} is no folder; give one in RedPajama-V2's layout, or leave it out"
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return tuple((f"artifacts/{path.relative_to(folder).as_posix()}", sha256_of(path)) for path in files)


def _check_models(folder: Path) -> None:
    """Load every table and classifier once: what is damaged is refused before any work, not in the middle of it."""
    from corpusmill.models.fasttext.classifier import load_classifier, with_crawl_label  # loads kernels

    for language in sorted(path for path in folder.glob("dsir/*") if path.is_dir()):
        load_tables(language, language.name, targets_of(language.name))
    trained = {path.parent for name in (MODEL, CARD) for path in folder.glob(f"classifiers/*/*/{name}")}
    for path in sorted([*folder.glob("classifiers/*/*.model.bin"), *trained]):
        with_crawl_label(path, load_classifier(path))


def _language_model(parameters: LanguageParameters) -> str:
    sha256 = sha256_of(parameters.model_path())
    if sha256 != LID_176_SHA256:
        LanguageIdentifier(parameters)  # refuses what is no model
    return sha256


def language_model_hashes(models: Path, languages: Sequence[str]) -> dict[str, str]:
    """The hash of each language's model; ModelRefused where there is none, or one is not whole."""
    wanted = _wanted(models, languages)
    if not wanted:
        raise ModelRefused(
            f"perplexity.models: {models} holds no language model; train one for each language: "
            f"corpusmill train lm --language en --text … --out {models}/en"
        )
    return {f"{PERPLEXITY}{code}": model_sha256(models, code) for code in wanted}


def trained_models(recipe: Recipe) -> list[tuple[str, Path]]:
    """Name and folder of the models of a recipe that may have a card: language models, and what artifacts hold."""
    found = []
    if recipe.extract.model is not None:
        found.append((EXTRACTOR, Path(recipe.extract.model)))
    if recipe.perplexity is not None:
        models = Path(recipe.perplexity.models)
        found += [(f"{PERPLEXITY}{code}", models / code) for code in _wanted(models, recipe.language.keep)]
    if recipe.signals.artifacts is not None:
        folder = Path(recipe.signals.artifacts)
        cards = sorted(folder.rglob(CARD))
        found += [(f"artifacts/{card.parent.relative_to(folder).as_posix()}", card.parent) for card in cards]
    return found


def _wanted(models: Path, languages: Sequence[str]) -> list[str]:
    return [code for code in available(models) if not languages or code in languages]


@functools.cache
def code_sha256() -> str:
    """Hash of the package's own files: other code may give other results."""
    package = Path(corpusmill.__file__).parent
    total = hashlib.sha256()
    for path in sorted(_files_in(package)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(path.relative_to(package).as_posix().encode() + b"\0" + content.encode())
    return total.hexdigest()


def _files_in(package: Path) -> Iterator[Path]:
    """Of the folders of caches, which hold more files than all others, not even the names are read."""
    for folder, inside, names in os.walk(package):
        inside[:] = [name for name in inside if name != "__pycache__"]
        yield from (path for name in names if (path := Path(folder, name)).is_file())
