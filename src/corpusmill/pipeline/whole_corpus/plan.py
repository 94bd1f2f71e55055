"""The order of the passes. Each is a list of tasks over files, so any engine can run them."""

from __future__ import annotations

from collections.abc import Sequence

from corpusmill.extract.trained import KIND as EXTRACTOR
from corpusmill.pipeline.annotate_pages import AnnotatePages
from corpusmill.pipeline.inputs import PERPLEXITY
from corpusmill.pipeline.passes import Execute, run_pass
from corpusmill.pipeline.recipe import Recipe
from corpusmill.pipeline.task import Task
from corpusmill.pipeline.whole_corpus.annotate_identified import AnnotateIdentified
from corpusmill.pipeline.whole_corpus.extract_input import ExtractInput
from corpusmill.pipeline.whole_corpus.group_paragraphs import GroupParagraphs
from corpusmill.pipeline.whole_corpus.identify_input import IdentifyInput
from corpusmill.pipeline.whole_corpus.set_cutoffs import SetCutoffs
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder


def run_passes(recipe: Recipe, inputs: Sequence[AnnotatePages], folder: RunFolder, run: Execute) -> bool:
    """All passes over `inputs`; true where nothing was left to do."""

    def execute(folder: RunFolder, tasks: Sequence[Task], stage: str) -> bool:
        # An input that was lost and came back changes what follows, for its neighbours too.
        return run_pass(folder, tasks, stage, run)

    min_chars = recipe.paragraphs.min_chars if recipe.paragraphs else None
    known = inputs[0].models
    model = dict(known).get(EXTRACTOR)
    extract = [
        ExtractInput(task.input, task.name, task.read, task.extract, min_chars, model, task.limit) for task in inputs
    ]
    done = execute(folder, extract, "extract")
    sources = tuple(task.name for task in inputs)
    described = {entry.name: entry.counts["input"] for entry in folder.of_kind("extract")}
    sha256 = folder.hashes()
    size = recipe.paragraphs.group_inputs if recipe.paragraphs else len(sources)
    group_of = {source: number // size for number, source in enumerate(sources)}
    if recipe.paragraphs is not None:
        groups = [
            GroupParagraphs(
                first // size,
                sources[first : first + size],
                tuple(sha256[layout.extracted(source).paragraphs] for source in sources[first : first + size]),
            )
            for first in range(0, len(sources), size)
        ]
        done &= execute(folder, groups, "paragraphs")
        sha256 = folder.hashes()
    models = recipe.perplexity.models if recipe.perplexity else None
    hashes = tuple((name.removeprefix(PERPLEXITY), sha) for name, sha in known if name.startswith(PERPLEXITY))
    identify = [
        IdentifyInput(
            source,
            sha256[layout.extracted(source).documents],
            recipe.language,
            recipe.paragraphs,
            group_of[source],
            sha256[layout.repeated_paragraphs(group_of[source])] if recipe.paragraphs else None,
            models,
            hashes,
        )
        for source in sources
    ]
    done &= execute(folder, identify, "identify")
    sha256 = folder.hashes()
    if recipe.perplexity is not None:
        found = tuple(sha256[layout.identified(source)] for source in sources)
        done &= execute(folder, [SetCutoffs(recipe.perplexity, sources, found)], "cutoffs")
        sha256 = folder.hashes()
    annotate = []
    for task in inputs:
        paths = layout.extracted(task.name)
        read = [paths.documents, paths.losses, layout.identified(task.name)]
        read += [layout.CUTOFFS] if recipe.perplexity else []
        annotate.append(
            AnnotateIdentified(
                task.snapshot,
                task.shard,
                task.input.name,
                tuple(sorted(described[task.name].items())),
                task.signals,
                task.models,
                tuple(sha256[path] for path in read),
                recipe.perplexity is not None,
            )
        )
    return done & execute(folder, annotate, "annotate")
