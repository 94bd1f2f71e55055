"""The Python verbs; they say the same words as the command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.errors import Refused
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.pipeline import recipe as recipes
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.clusters.search import prepare
from corpusmill.pipeline.dedupe.resources import Resources
from corpusmill.pipeline.engines.choose import choose
from corpusmill.pipeline.engines.local import cores
from corpusmill.pipeline.execution import Finished
from corpusmill.pipeline.extract_texts import TEXTS, texts_of_archive
from corpusmill.pipeline.judge import Judge
from corpusmill.pipeline.judgement import Judgement, judged
from corpusmill.pipeline.mix.verb import Memory
from corpusmill.pipeline.mix.verb import prepare as prepare_mix
from corpusmill.pipeline.prove.add import Proof
from corpusmill.pipeline.recipe import SignalParameters
from corpusmill.pipeline.runner import Runner
from corpusmill.pipeline.score import score_columns
from corpusmill.prove.parameters import ProofParameters
from corpusmill.prove.reference import file_given
from corpusmill.prove.transformer.parameters import TransformerParameters
from corpusmill.report import samples
from corpusmill.report.mix import mix_table, write_mix_report
from corpusmill.report.page import reported
from corpusmill.report.samples import Sampled
from corpusmill.report.whatif import WhatIf, what_if
from corpusmill.report.why import Life, lives
from corpusmill.signals.registry import measure
from corpusmill.store.load import load
from corpusmill.store.opened import OpenedRun, open_run

__all__ = [
    "annotate",
    "extract_texts",
    "find_contaminants",
    "find_duplicates",
    "judge",
    "load",
    "mix_tokens",
    "open",
    "run",
]


def run(
    recipe: str,
    inputs: Sequence[str | Path],
    out: str | Path,
    *,
    workers: int | None = None,
    limit: int | None = None,
    fresh: bool = False,
    settings: Sequence[str] = (),
    engine: str = "local",
    ray_address: str | None = None,
) -> Finished:
    """Run `recipe` (a path or a bundled name) over `inputs` into the folder `out`; resumes by itself.

    `limit` reads at most so many records of each input; `settings` are `key=value` as on the command line, as
    are `engine` ("local" or "ray") and `ray_address`.
    The result has `.manifest`, `.root` and `.fault_fraction`. Raises the errors of corpusmill.errors.
    """
    paths = [Path(path) for path in inputs]
    runner = Runner(choose(engine, workers, ray_address), quiet=True)
    return reported(runner.run(recipes.load(recipe, settings), paths, Path(out), limit, fresh))


def annotate(
    table: pa.Table, *, language: str, text_column: str = "raw_content", artifacts: str | Path | None = None
) -> pa.Table:
    """`table` with one column more for every quality signal. All rows are taken to be in `language`.

    Columns of the CCNet schema that are there (`source_domain`, `length`, …) feed the signals that need them.
    Raises Refused where `text_column` is missing or holds no strings.
    """
    if text_column not in table.column_names:
        raise Refused(f"the table has no column {text_column!r}; it has {', '.join(table.column_names)}")
    texts = table[text_column]
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        raise Refused(f"column {text_column!r} is {texts.type}; wanted string or large_string")
    columns = {name: table[name].combine_chunks() for name in table.column_names if name != text_column}
    lists = Artifacts(None if artifacts is None else Path(artifacts))
    signals = measure(TextBatch(texts, language, lists, columns))
    for name, column in zip(signals.schema.names, signals.columns, strict=True):
        table = table.append_column(name, column)
    return table


def extract_texts(
    pages: str | Path,
    *,
    extractor: str = ExtractParameters.extractor,
    profile: str | None = None,
    markup: str | None = None,
    model: str | Path | None = None,
) -> pa.Table:
    """The text of every page in an archive, as `corpusmill extract`; pages without text are left out.

    Columns: record_id, url, title, author, published, html_language, charset, text. Raises the errors of
    corpusmill.errors: RecipeError for an unknown extractor, InputRefused for what is no archive.
    """
    parameters = ExtractParameters(extractor, profile, markup, None if model is None else str(model))
    batches = [found.texts for found in texts_of_archive(Path(pages), parameters)]
    return pa.Table.from_batches(batches, TEXTS)


def annotate_documents(
    documents: str | Path,
    out: str | Path,
    *,
    artifacts: str | Path | None = None,
    workers: int | None = None,
    engine: str = "local",
    ray_address: str | None = None,
) -> Finished:
    """CCNet documents in RedPajama-V2's layout below `documents` to a run folder with signals and signatures."""
    signals = SignalParameters(None if artifacts is None else str(artifacts))
    runner = Runner(choose(engine, workers, ray_address), quiet=True)
    return reported(runner.annotate(Path(documents), signals, Path(out), fresh=False))


def judge(
    documents: Any,
    recipe: str,
    *,
    language: str = "en",
    artifacts: str | Path | None = None,
    settings: Sequence[str] = (),
) -> Judgement:
    """Verdicts of a recipe (a path or a bundled name) on texts at hand: `.kept`, `.dropped`, `.reasons`.

    `documents`: a pyarrow, polars or pandas table, or dicts, with `text`, and `language` where they are in several.

    >>> judge([{"text": "Too short."}], "gopher-fast").dropped["failed"][0][0]["rule"].as_py()
    'top_2_gram'
    """
    found = recipes.load(recipe, settings)
    folder = artifacts if artifacts is not None else found.signals.artifacts
    return judged(documents, Judge(found, Artifacts(None if folder is None else Path(folder))), language)


def find_duplicates(
    run: str | Path,
    method: str,
    *,
    key: str = "text",
    scheme: str = "near",
    similarity: float | None = None,
    verify: float | None = None,
    measure: str = "jaccard",
    keep: str = "first",
    name: str | None = None,
    against: Sequence[str | Path] = (),
    memory_bytes: int = 1 << 30,
    workers: int | None = None,
    engine: str = "local",
    ray_address: str | None = None,
) -> Finished:
    """Clusters of duplicates by method "exact" or "minhash", as `corpusmill dedupe`; removes nothing.

    What was found is `.manifest["duplicates"][name]`; without a name it takes one from the method. The documents are
    in `open(run).clusters(name)`, and rules may name the column `<name>_duplicate`. (`corpusmill.dedupe` is the
    package of the methods.) Raises the errors of corpusmill.errors.
    """
    parameters = DedupeParameters(method, key, scheme, similarity, verify, measure, keep)
    runner = Runner(choose(engine, workers, ray_address), quiet=True)
    with runner.opened(Path(run)) as folder:
        folder.refuse_unfinished()
        resources = Resources(memory_bytes, workers or cores())
        chosen = parameters.default_name if name is None else name
        search = prepare(folder, chosen, parameters, resources, [Path(each) for each in against])
        return reported(runner.finish(folder, runner.dedupe(folder, search)))


def mix_tokens(
    mix: str | Path,
    out: str | Path | None = None,
    *,
    settings: Sequence[str] = (),
    memory_bytes: int = 1 << 30,
    fresh: bool = False,
    workers: int | None = None,
    engine: str = "local",
    ray_address: str | None = None,
) -> Mixed:
    """Token folders in the proportions of `mix` (a MIX.toml), shuffled into the folder `out`; resumes by itself.

    Without `out` nothing is written: the result says what each source would give. `settings` are `key=value`, as
    `source.web.weight=0.5`; `memory_bytes` is what the shuffle may take, and changes no byte. (`corpusmill.mix` is the
    package of the arithmetic.) Raises the errors of corpusmill.errors.

    >>> corpusmill.mix_tokens("mix.toml").table["epochs"].to_pylist()      # doctest: +SKIP
    [1.0, 2.74]
    """
    memory = Memory(memory_bytes, workers or cores())
    mixing = prepare_mix(Path(mix), settings, memory)
    runner = Runner(choose(engine, workers, ray_address), quiet=True)
    if out is None:
        return Mixed(runner.plan_mix(mixing), None)
    finished = runner.mix(mixing, Path(out), fresh)
    write_mix_report(finished.root)
    return Mixed(finished.manifest["mix"], finished.root)


@dataclasses.dataclass(frozen=True)
class Mixed:
    """What a mix draws of each source; `root` is the token folder, None where nothing was written."""

    described: dict[str, Any]  # as in the manifest
    root: Path | None

    @property
    def table(self) -> pa.Table:
        """A row a source: what it has, what was asked of it, what it gave, and how often each token is seen."""
        return pa.Table.from_pylist(
            [{name: value for name, value in row.items() if name != "groups"} for row in self.described["sources"]]
        )

    @property
    def warnings(self) -> list[str]:
        return list(self.described["warnings"])

    def __str__(self) -> str:
        return mix_table(self.described)


def find_contaminants(
    run: str | Path,
    index: str | Path,
    *,
    name: str = "contaminants",
    workers: int | None = None,
    engine: str = "local",
    ray_address: str | None = None,
) -> Finished:
    """What documents have in common with the evaluation sets of an index, as `corpusmill decontaminate`.

    What was found is `.manifest["contaminants"][name]`, document by document `open(run).contaminants(name)`; rules may
    name `<name>_hits`, `<name>_items`, `<name>_share`, `<name>_pieces` and `<name>_left_chars`. Of texts at hand
    `ContaminantIndex.open(index).find(texts)` says the same. Raises the errors of corpusmill.errors.
    """
    runner = Runner(choose(engine, workers, ray_address), quiet=True)
    with runner.opened(Path(run)) as folder:
        folder.refuse_unfinished()
        return reported(runner.finish(folder, runner.decontaminate(folder, name, Path(index))))


def open(path: str | Path) -> Run:
    """The tables of a finished run: `.documents`, `.signals`, `.minhash`, `.pages`, `.sql("select …")`."""
    return Run(open_run(path).root)


class Run(OpenedRun):
    """A finished run, and what can be asked of it."""

    def select(
        self, recipe: str, *, name: str | None = None, settings: Sequence[str] = (), workers: int | None = None
    ) -> Finished:
        """A selection from stored signals, as `corpusmill select`; its rows are in `.selection(name)`."""
        chosen = recipes.load(recipe, settings, score_columns(self.root))
        chosen = dataclasses.replace(chosen, name=name or chosen.name)
        runner = Runner(choose("local", workers, None), quiet=True)
        with runner.opened(self.root) as folder:
            return reported(runner.finish(folder, runner.select(folder, chosen)))

    def prove(
        self,
        selections: Sequence[str],
        reference: Mapping[str, str | Path],
        *,
        proxy: str = "ngram",
        tokens: int | None = None,
        seeds: int = 3,
        size: str | None = None,
        evaluation: Mapping[str, str | Path] | None = None,
        name: str | None = None,
        workers: int | None = None,
    ) -> dict[str, Any]:
        """Which of the selections teaches a small model more, as `corpusmill prove`; "all" is every document.

        `reference`: held-back text by language; `evaluation`: zero-shot sets by name. The result has `sets`,
        `comparisons`, and `verdicts` in words. Raises the errors of corpusmill.errors.
        """
        parameters = ProofParameters(tuple(selections), proxy, tokens, seeds, transformer=TransformerParameters(size))
        held_back = tuple(file_given(language, Path(path), "reference") for language, path in reference.items())
        sets = tuple(file_given(each, Path(path), "evaluation") for each, path in (evaluation or {}).items())
        proof = Proof(name or proxy, parameters, held_back, sets)
        runner = Runner(choose("local", workers, None), quiet=True)
        with runner.opened(self.root) as folder:
            folder.refuse_unfinished()
            finished = reported(runner.finish(folder, runner.prove(folder, proof)))
        found: dict[str, Any] = finished.manifest["proofs"][proof.name]
        return found

    def whatif(self, *settings: str, selection: str | None = None) -> WhatIf:
        """What `rule.NAME.min=3` would change in a selection; nothing is written."""
        return what_if(self, settings, selection)

    def why(self, page: str) -> list[Life]:
        """The life of a page, by document id, record id or URL: stages, verdicts, duplicates."""
        return lives(self, page)

    def sample(self, dropped_by: str | None = None, most: int = 20, selection: str | None = None) -> list[Sampled]:
        """Documents to look at: what a rule, or a stage for a reason, dropped; without one, what a selection keeps."""
        if dropped_by is None:
            return samples.kept_by(self, most, selection)
        return samples.dropped_by(self, dropped_by, most, selection)
