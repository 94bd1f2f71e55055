"""From a recipe to a finished run: plan, tasks, ledger, manifest, report. Started again, it goes on where it was."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpusmill.errors import RecipeError
from corpusmill.keys import Key
from corpusmill.pipeline.engines.local import cores
from corpusmill.pipeline.execution import Execution, Finished
from corpusmill.pipeline.inputs import artifacts_sha256, identity, plan_documents, plan_pages, trained_models
from corpusmill.pipeline.measure_texts import measures_anything, missing_measures
from corpusmill.pipeline.recipe import Recipe, SignalParameters, TokenParameters
from corpusmill.pipeline.register import register
from corpusmill.pipeline.score import refuse_name
from corpusmill.pipeline.select import Select, SetThresholds, measured_of, refuse_missing_spans
from corpusmill.pipeline.task import Task, task_hash
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder
from corpusmill.store.measured import has_redpajama2

if TYPE_CHECKING:  # what one verb needs is imported by that verb: all of it takes longer to load than many a run
    from corpusmill.language.by_line import ByLineParameters
    from corpusmill.pipeline.dedupe.bloom.mark import MarkSeen
    from corpusmill.pipeline.dedupe.clusters.search import Search
    from corpusmill.pipeline.dedupe.substring.search import SubstringSearch
    from corpusmill.pipeline.encoding import Encoding
    from corpusmill.pipeline.export_tokens import ExportParameters
    from corpusmill.pipeline.mix.verb import Mixing
    from corpusmill.pipeline.pack import PackParameters
    from corpusmill.pipeline.prove.add import Proof
    from corpusmill.pipeline.prove.plan_filter import FilterPlan
    from corpusmill.pipeline.scorers import Scorer
    from corpusmill.tokenize.folder import TokenFolder


@dataclass(frozen=True)
class Runner(Execution):
    """The verbs that make runs, and add to them."""

    def run(self, recipe: Recipe, inputs: Sequence[Path], out: Path, limit: int | None, fresh: bool) -> Finished:
        """The whole recipe."""
        if recipe.cut is not None and recipe.cut.contaminants not in [each.name for each in recipe.contaminants]:
            raise RecipeError(["[cut] names spans that a run has only after corpusmill dedupe: use it with select"])
        plan = plan_pages(recipe, inputs, limit)
        _refuse_later_steps(recipe)
        tasks = plan.tasks
        what = identity({"recipe": recipe.resolved(), "limit": limit, "left_out": plan.left_out}, tasks)
        with self.opened(out, what, fresh) as folder:
            _retry_lost(folder)
            register(folder, trained_models(recipe))
            if recipe.paragraphs or recipe.perplexity:
                from corpusmill.pipeline.whole_corpus.plan import run_passes

                done = run_passes(recipe, tasks, folder, self._execute)
            else:
                done = self._execute(folder, tasks, "annotate")
            if recipe.rule or recipe.edit or recipe.duplicates or recipe.contaminants or recipe.tokens is not None:
                done &= self.select(folder, recipe)
            if recipe.tokens is not None:
                done &= self.tokens(folder, recipe.name, recipe.tokens, recipe.cut.of if recipe.cut else None)
            return self.finish(folder, done)

    def annotate(self, documents: Path, signals: SignalParameters, out: Path, fresh: bool) -> Finished:
        """CCNet documents in RedPajama-V2's layout to signals and signatures."""
        tasks = plan_documents(documents, signals)
        recipe = {"name": "annotate", "signals": {"artifacts": signals.artifacts, "minhash": signals.minhash}}
        with self.opened(out, identity({"recipe": recipe}, tasks), fresh) as folder:
            _retry_lost(folder)
            return self.finish(folder, self._execute(folder, tasks, "annotate"))

    def select(self, folder: RunFolder, recipe: Recipe) -> bool:
        """Verdicts of the recipe's rules over all measured keys; other rules under the same name replace them."""
        done = self._contaminants(folder, recipe)
        done &= self._duplicates(folder, recipe)
        keys, rules = measured_keys(folder), recipe.rule_set
        if recipe.cut is not None:
            refuse_missing_spans(folder, recipe.cut, keys)
        artifacts = recipe.signals.artifacts
        measures = measures_anything(rules, has_redpajama2(folder.root, folder.hashes()))
        sha256 = artifacts_sha256(recipe.signals) if measures else None
        done &= self._execute(folder, missing_measures(folder, rules, keys, artifacts, sha256), "measure")
        measured = measured_of(folder, rules, recipe.resample, keys, sha256)
        thresholds = None
        drawn: list[Task] = []
        if recipe.resample is not None:
            resample = SetThresholds(measured, recipe.name, rules, recipe.settings, recipe.resample)
            _forget_other(folder, recipe.name, "resample", [resample])
            done &= self._execute(folder, [resample], "resample")
            thresholds = folder.hashes()[layout.resampling(recipe.name)]
            drawn = [resample]
        cut = recipe.cut.of if recipe.cut else None
        tasks = [
            Select(each, recipe.name, rules, recipe.settings, recipe.resample, thresholds, cut) for each in measured
        ]
        _forget_other(folder, recipe.name, "select", [*drawn, *tasks])
        return done & self._execute(folder, tasks, "select")

    def _contaminants(self, folder: RunFolder, recipe: Recipe) -> bool:
        """Those that a recipe names."""
        done = True
        for each in recipe.contaminants:
            done &= self.decontaminate(folder, each.name, Path(each.index), each.style)
        return done

    def _duplicates(self, folder: RunFolder, recipe: Recipe) -> bool:
        """Those that a recipe names, among all documents or what its other rules keep."""
        done = True
        if any(each.among_kept for each in recipe.duplicates):
            done &= self.select(folder, recipe.before_duplicates)
        for each in recipe.duplicates:
            from corpusmill.pipeline.dedupe.clusters.search import prepare
            from corpusmill.pipeline.dedupe.resources import Resources

            among = recipe.before_duplicates.name if each.among_kept else None
            resources = Resources(workers=cores())
            done &= self.dedupe(folder, prepare(folder, each.name, each.search(among), resources, index=False))
        return done

    def score(self, folder: RunFolder, scorer: Scorer, column: str) -> bool:
        """What a model says of each document, as a column that rules can name."""
        from corpusmill.pipeline.score import add_scores

        return add_scores(folder, scorer, column, self._execute)

    def languages(self, folder: RunFolder, name: str, model: Path, parameters: ByLineParameters) -> bool:
        """What another model says of the language of each document and its lines."""
        from corpusmill.pipeline.languages import add_languages

        return add_languages(folder, name, model, parameters, self._execute)

    def dedupe(self, folder: RunFolder, search: Search) -> bool:
        """Clusters of duplicates, and a column that says of each document whether another one stays for it."""
        from corpusmill.pipeline.dedupe.clusters.search import add_duplicates

        return add_duplicates(folder, search, self._execute)

    def bloom(self, folder: RunFolder, task: MarkSeen) -> bool:
        """What an earlier document had, by a Bloom filter."""
        from corpusmill.pipeline.dedupe.bloom.mark import add_bloom

        return add_bloom(folder, task, self._execute)

    def substring(self, folder: RunFolder, search: SubstringSearch) -> bool:
        """Passages that occur more than once, as spans."""
        from corpusmill.pipeline.dedupe.substring.search import add_spans

        return add_spans(folder, search, self._execute)

    def decontaminate(self, folder: RunFolder, name: str, index: Path, style: str | None = None) -> bool:
        """What documents have in common with evaluation items."""
        from corpusmill.pipeline.decontaminate import add_contaminants

        return add_contaminants(folder, name, index, self._execute, style)

    def prove(self, folder: RunFolder, proof: Proof) -> bool:
        """Which selection teaches a small model more."""
        from corpusmill.pipeline.prove.add import add_proof

        return add_proof(folder, proof, self._execute)

    def plan_filter(self, folder: RunFolder, wanted: FilterPlan) -> bool:
        """How strict a filter by a score should be."""
        from corpusmill.pipeline.prove.plan_filter import add_plan

        return add_plan(folder, wanted, self._execute)

    def tokens(self, folder: RunFolder, selection: str, parameters: TokenParameters, cut: str | None = None) -> bool:
        """Ragged arrays of a selection, with a tokenizer of its own where none is given."""
        from corpusmill.pipeline.tokenizing import with_threads
        from corpusmill.pipeline.tokens import Tokenize, TrainTokenizer, text_paths

        keys = measured_keys(folder)
        hashes = folder.hashes()
        texts = {key: tuple(hashes[path] for path in text_paths(selection, key, cut)) for key in keys}
        done = True
        if parameters.tokenizer is None:
            sources = tuple(sha256 for key in keys for sha256 in texts[key])
            train = TrainTokenizer(selection, tuple(keys), parameters.train_vocabulary_size, sources, cut)
            done &= self._execute(folder, [train], "train_tokenizer")
            trained = folder.root / layout.tokenizer(selection)
            encoding = replace(encoding_of(parameters, trained), path=layout.tokenizer(selection))
        else:
            encoding = encoding_of(parameters)
        tasks = [Tokenize(key, selection, with_threads(encoding, len(keys)), texts[key], cut=cut) for key in keys]
        return done & self._execute(folder, tasks, "tokenize")

    def export_tokens(
        self, tokens: TokenFolder, parameters: ExportParameters, out: Path, fresh: bool = False
    ) -> Finished:
        """A token folder in another format, in a folder of its own."""
        from corpusmill.pipeline import export_tokens

        with self.opened(out, export_tokens.identity_of(tokens, parameters), fresh) as folder:
            return self.finish(folder, export_tokens.export(folder, tokens, parameters, self._execute))

    def pack_to(self, tokens: TokenFolder, parameters: PackParameters, out: Path, fresh: bool = False) -> Finished:
        """The packing of a token folder in a folder of its own."""
        from corpusmill.pipeline.pack import identity_of, pack

        with self.opened(out, identity_of(tokens, parameters), fresh) as folder:
            return self.finish(folder, pack(folder, tokens, parameters, self._execute))

    def mix(self, mixing: Mixing, out: Path, fresh: bool = False) -> Finished:
        """Documents of token folders in the proportions of a mix, shuffled, in a folder of their own."""
        from corpusmill.pipeline.mix.verb import write_mix

        with self.opened(out, mixing.identity, fresh) as folder:
            return self.finish(folder, write_mix(folder, mixing, self._execute))

    def plan_mix(self, mixing: Mixing) -> dict[str, Any]:
        """What `mix` would draw of each source; nothing is left on disk."""
        from corpusmill.pipeline.mix.verb import decide_mix

        with (
            tempfile.TemporaryDirectory() as scratch,
            self.opened(Path(scratch) / "mix", mixing.identity) as folder,
        ):
            return decide_mix(folder, mixing, self._execute)


def _refuse_later_steps(recipe: Recipe) -> None:
    """What a recipe names for after the pages are read is refused before any is: who corrects it begins anew."""
    for duplicates in recipe.duplicates:
        refuse_name(duplicates.name, duplicates.column)
    for each in recipe.contaminants:
        from corpusmill.pipeline.decontaminate import open_index

        open_index(each.name, Path(each.index), each.style)
    if recipe.tokens is not None and recipe.tokens.tokenizer is not None:
        encoding_of(recipe.tokens)


def _retry_lost(folder: RunFolder) -> None:
    """Inputs that were lost whole, to a lack of memory or an unmounted disk, get another try, and all that follows."""
    lost = [entry for entry in folder.of_kind("annotate") if "lost" in entry.counts.get("input", {})]
    if lost:
        folder.forget([*lost, *(entry for entry in folder.entries.values() if entry.kind != "annotate")])


def _forget_other(folder: RunFolder, selection: str, kind: str, tasks: Sequence[Task]) -> None:
    """Where tasks of `kind` made the selection by other rules, all but `tasks` goes, with its tokens and proofs."""
    current = {task_hash(task) for task in tasks}
    if any(e.task not in current for e in folder.of_kind(kind) if e.counts["selection"] == selection):
        kinds = ("resample", "select", "tokenize", "train_tokenizer")
        of_name = [e for e in folder.entries.values() if e.kind in kinds and e.name.split("/")[0] == selection]
        from corpusmill.pipeline.prove.add import PROOF_KINDS

        proofs = [e for e in folder.entries.values() if e.kind in PROOF_KINDS and selection in e.counts["selections"]]
        folder.forget([e for e in (*of_name, *proofs) if e.task not in current])


def encoding_of(parameters: TokenParameters, trained: Path | None = None) -> Encoding:
    """What a recipe's table `[tokens]` asks for, with the tokenizer that it names or one that was trained."""
    from corpusmill.pipeline.encoding import OWN, Encoding

    bos, eos = (OWN if asked else None for asked in (parameters.add_bos, parameters.add_eos))
    if trained is not None:
        return Encoding.of(trained, None, bos, eos)[0]
    return Encoding.of(Path(str(parameters.tokenizer)), parameters.pattern, bos, eos)[0]


def measured_keys(folder: RunFolder) -> list[Key]:
    """Keys with signals: all but the tail of documents that came with a bucket."""
    listed = {path for entry in folder.of_kind("annotate") for path in entry.outputs}
    return [key for key in folder.document_keys() if layout.quality_signals(key) in listed]
