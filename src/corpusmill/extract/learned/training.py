"""Labelled pages to an extractor's model: the same pages give the same bytes.

What a stage learns from must be as good, and as bad, as what it will see: the lexicon of a page and the probabilities
that its second stage reads come from models that have not seen the page's group.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.errors import InputRefused
from corpusmill.extract.blocks.parse import parse
from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.learned.evidence import LexiconParameters, PageEvidence, lexicon_of, shares
from corpusmill.extract.learned.features import FEATURES, Candidates, candidates_of
from corpusmill.extract.learned.labels import LabelledPage, labels
from corpusmill.extract.learned.lexicon import NO_LEXICON
from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.kernels.blocks.evidence import token_evidence, word_evidence
from corpusmill.models.trees.model import TreeModel
from corpusmill.models.trees.train import TreeParameters, train_trees

_CHUNK_PAGES = 64
_BOTH = (("article", 0.5), ("whole-page", 0.5))
_TREES = TreeParameters(
    objective="cross_entropy",
    trees=150,
    num_leaves=31,
    learning_rate=0.08,
    min_data_in_leaf=50,
    lambda_l2=5.0,
    feature_fraction=0.5,
    max_bin=63,
)
_SLOWER = replace(_TREES, learning_rate=0.06)


@dataclass(frozen=True)
class ExtractorTraining:
    """How a model is trained; the numbers were chosen by cross-validation over sites (docs/extraction.md)."""

    first: TreeParameters = _TREES
    second: TreeParameters = _SLOWER
    lexicon: LexiconParameters = field(default_factory=LexiconParameters)
    folds: int = 3  # of groups, by which a page's own labels are kept from what it is described with
    min_aligned: float = 0.5  # of the known text must be found in the page
    seed: int = 0


@dataclass
class _Chunk:
    """Pages of one fold and profile, and what is known of their candidates."""

    fold: int
    parsed: ParsedPages
    candidates: Candidates
    labels: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float64]
    evidence: list[PageEvidence]


def train_extractor(
    pages: Sequence[LabelledPage],
    parameters: ExtractorTraining = ExtractorTraining(),
    say: Callable[[str], None] = lambda step: None,
) -> ExtractorModel:
    """A model of `pages`. Those without truth, without text or with a truth that they do not hold are left out.

    Raises InputRefused where fewer than `parameters.folds` groups are left. Needs LightGBM (the extra `training`).
    """
    chunks = _chunks(pages, parameters)
    groups = {page.group for chunk in chunks for page in chunk.evidence}
    if len(groups) < parameters.folds or len({chunk.fold for chunk in chunks}) < 2:
        raise InputRefused(
            f"{len(groups)} groups of pages whose known text was found in them; wanted {parameters.folds} at least, "
            "and not all of one fold"
        )
    say(f"{sum(len(chunk.parsed) for chunk in chunks)} pages of {len(groups)} groups")
    for fold in range(parameters.folds):
        known = [page for chunk in chunks if chunk.fold != fold for page in chunk.evidence]
        lexicon = lexicon_of(known, parameters.lexicon)
        for chunk in chunks:
            if chunk.fold == fold:
                profile = chunk.candidates.asked
                chunk.candidates = candidates_of(chunk.parsed, lexicon)
                chunk.candidates.profile(profile)
    first = _trained(chunks, parameters.first)
    say("first stage")
    apart = []
    for fold in range(parameters.folds):
        apart.append(_trained([chunk for chunk in chunks if chunk.fold != fold], parameters.first))
        say(f"first stage without fold {fold + 1} of {parameters.folds}")
    for chunk in chunks:  # behind the last of them, which would learn from it
        chunk.candidates.add_context(apart[chunk.fold].probabilities(chunk.candidates.features))
    second = _trained(chunks, parameters.second)
    everything = lexicon_of([page for chunk in chunks for page in chunk.evidence], parameters.lexicon)
    return ExtractorModel(everything, first, second)


def fold_of(group: str, folds: int, seed: int) -> int:
    """The fold of a group of pages: by a hash, so that it depends on nothing else."""
    digest = hashlib.blake2b(group.encode(), digest_size=8, salt=seed.to_bytes(8, "little")).digest()
    return int.from_bytes(digest, "little") % folds


def _trained(chunks: Sequence[_Chunk], parameters: TreeParameters) -> TreeModel:
    weights = np.concatenate([chunk.weights for chunk in chunks])
    return train_trees(
        np.concatenate([chunk.candidates.features for chunk in chunks]),
        np.concatenate([chunk.labels for chunk in chunks]),
        (weights * (len(weights) / weights.sum())).astype(np.float32),
        parameters,
        FEATURES,
    )


def _chunks(pages: Sequence[LabelledPage], parameters: ExtractorTraining) -> list[_Chunk]:
    """Pages by fold and profile, in the order of what they are, so that the order given does not matter."""
    sorted_into: dict[tuple[int, str], list[LabelledPage]] = defaultdict(list)
    for page in pages:
        fold = fold_of(page.group, parameters.folds, parameters.seed)
        for profile, share in _BOTH if page.profile == "both" else ((page.profile, 1.0),):
            sorted_into[fold, profile].append(replace(page, profile=profile, weight=page.weight * share))
    found: list[_Chunk] = []
    for (fold, profile), members in sorted(sorted_into.items()):
        members.sort(key=lambda page: (page.group, page.html, page.truth, page.inside, page.outside, page.weight))
        for begin in range(0, len(members), _CHUNK_PAGES):
            found += _chunk(fold, profile, members[begin : begin + _CHUNK_PAGES], parameters.min_aligned)
    return found


def _chunk(fold: int, profile: str, pages: Sequence[LabelledPage], min_aligned: float) -> Iterator[_Chunk]:
    parsed = parse(pa.array([page.html for page in pages], pa.large_string()))
    usable = [
        (page, known)
        for page, texts in zip(pages, _texts(parsed, candidates_of(parsed, NO_LEXICON)), strict=True)
        if page.truth and texts and (known := labels(page, texts)).aligned >= min_aligned
    ]
    if not usable:
        return
    parsed = parse(pa.array([page.html for page, _ in usable], pa.large_string()))
    candidates = candidates_of(parsed, NO_LEXICON)
    candidates.profile(profile)
    evidence = []
    for number, (page, known) in enumerate(usable):
        tokens = shares(*token_evidence(candidates.parsed, number, known.main, known.weights * known.weights))
        words = shares(*word_evidence(candidates.parsed, number, known.main))
        evidence.append(PageEvidence(page.group, tokens, words))
    yield _Chunk(
        fold,
        parsed,
        candidates,
        np.concatenate([known.main for _, known in usable]),
        np.concatenate([known.weights for _, known in usable]),
        evidence,
    )


def _texts(parsed: ParsedPages, candidates: Candidates) -> list[list[str]]:
    """Text of each candidate, page by page."""
    blocks = parsed.blocks
    texts = [
        bytes(parsed.text[start:end]).decode()
        for start, end in zip(blocks.starts[candidates.rows], blocks.ends[candidates.rows], strict=True)
    ]
    return [texts[first:last] for first, last in zip(candidates.firsts[:-1], candidates.firsts[1:], strict=True)]
