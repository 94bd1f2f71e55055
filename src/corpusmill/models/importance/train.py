"""Count tables from texts, in RedPajama-V2's format; memory: one batch of texts and one table.

The published tables were made of at most 500,000 documents a corpus, the crawl's being 10 % head, 20 % middle and 70 %
tail (RedPajama-V2 §8). Here every document that is given counts once: what to give is the caller's choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.errors import InputRefused, RecipeError
from corpusmill.files import write_npy
from corpusmill.models.card import Card, begin, finish, refuse_other
from corpusmill.models.importance.tables import BUCKETS, CRAWL, HASH_SEED, KIND, counts_file, mean_words_file


@dataclass(frozen=True)
class Counted:
    """What was counted of one corpus."""

    documents: int  # without those that have no word
    words: int


def train_importance(
    language: str, corpora: Mapping[str, Iterable[pa.Array]], training_text: Mapping[str, str], out: Path
) -> dict[str, Counted]:
    """Write the tables of `language` to the folder `out`; `corpora` holds the crawl as "ccnet", and the targets.

    Texts come in batches; how they are cut into batches, and their order, change nothing. RecipeError for a name that
    is none, InputRefused for a corpus without a word, RunRefused where `out` is something else than such a folder.
    """
    mistakes = [f"target {name!r}: wanted lower-case letters, digits and '_'" for name in corpora if not _is_name(name)]
    if CRAWL not in corpora or len(corpora) < 2:
        mistakes.append(f"wanted the crawl ({CRAWL}) and at least one target; found {', '.join(corpora) or 'nothing'}")
    if mistakes:
        raise RecipeError(mistakes)
    refuse_other(out)
    tables = {name: count(batches) for name, batches in corpora.items()}
    for name, (found, _) in tables.items():
        if not found.words:
            raise InputRefused(f"{name}: its texts hold no word, so there is nothing to compare with")
    begin(out)
    files: dict[str, str] = {}
    for name, (found, counts) in tables.items():
        for file, numbers in (
            (counts_file(name, language), counts),
            (mean_words_file(name, language), np.float64(found.words / found.documents)),
        ):
            write_npy(out / file, numbers)
            files[file] = ""
    counted = {name: found for name, (found, _) in tables.items()}
    parameters = {
        "language": language,
        "buckets": BUCKETS,
        "hash_seed": HASH_SEED,
        "corpora": {name: asdict(found) for name, found in counted.items()},
    }
    finish(out, Card(KIND, 1, parameters, dict(training_text), files))
    return counted


def count(batches: Iterable[pa.Array]) -> tuple[Counted, npt.NDArray[np.int64]]:
    """Occurrences of each bucket [BUCKETS] among the words and word bigrams of all texts.

    >>> found, counts = count([pa.array(["to be", "", "or"])])
    >>> found, int(counts.sum())
    (Counted(documents=2, words=3), 4)
    """
    from corpusmill.kernels.hashes.siphash import count_buckets, hash_key

    counts = np.zeros(BUCKETS, np.int64)
    documents = words = 0
    for texts in batches:
        batch = TextBatch(texts)
        found = batch.raw_words
        count_buckets(batch.data, found.starts, found.ends, found.offsets, *hash_key(HASH_SEED), counts)
        documents += int((found.counts > 0).sum())
        words += int(found.offsets[-1])
    return Counted(documents, words), counts


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name) is not None
