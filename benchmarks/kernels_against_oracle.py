"""Signals and MinHash against their plain oracles on the same documents, one core, CPU time, in one run.

usage: kernels_against_oracle.py RUN [ORACLE_MEGABYTES]   (RUN: a finished run; documents in five languages are used)

The oracle is what RedPajama-V2's own code does, one document and one signal at a time: plain Python, `re`, `Counter`,
hashlib and NumPy, CPython's own `hash` for the importance features (hence PYTHONHASHSEED=42), fasttext-predict for the
classifiers. Kernels are compiled before they are timed. Prints Markdown.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.dedupe.minhash import RollingParameters, rolling_signatures, rpv2_permutations, rpv2_signatures
from corpusmill.kernels.hashes.reference_hashing import sha1_signature
from corpusmill.signals import reference
from corpusmill.signals.registry import measure, of_family
from corpusmill.store.shard import MEASURE_BYTES

LANGUAGES = ("de", "en", "es", "fr", "it")
ARTIFACTS = Path(__file__).parent.parent / "tests" / "data" / "rpv2" / "artifacts"
CLASSIFIERS = {"en": ("palm", "wikiref"), **dict.fromkeys(("de", "es", "fr", "it"), ("wikipedia",))}
TARGETS = {"en": ("books", "openwebtext", "wikipedia"), **dict.fromkeys(("de", "es", "fr", "it"), ("wikipedia",))}
BUCKETS = 10_000
ROUNDS = 5


def texts_of(run: Path, megabytes: float) -> dict[str, list[str]]:
    """Texts by language, whole batches of documents spread over the run, about `megabytes` in all."""
    table = ds.dataset(run / "documents").to_table(columns=["language", "raw_content"])
    chosen: dict[str, list[str]] = {}
    rows = [row for row in table.to_pylist() if row["language"] in LANGUAGES and row["raw_content"]]
    total = sum(len(row["raw_content"].encode()) for row in rows)
    step = max(1, round(total / (megabytes * 1e6)))
    for row in rows[::step]:
        chosen.setdefault(row["language"], []).append(row["raw_content"])
    return chosen


def cpu_seconds(work: Callable[[], object], rounds: int) -> float:
    """The best of `rounds`: what else the machine did only ever adds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def lists_of(language: str) -> reference.Lists:
    stop_words = json.loads((ARTIFACTS / "stop_words.json").read_text())[language]
    bad_words = (ARTIFACTS / "bad_words" / f"{language}.txt").read_text().split("\n")
    domains = json.loads((ARTIFACTS / "bad_urls" / "domain_to_category_id.json").read_text())
    return reference.Lists(frozenset(stop_words), frozenset(w.strip() for w in bad_words if w.strip()), domains)


def importance(document: reference.Document, weights: np.ndarray) -> np.ndarray:
    """RedPajama-V2 §8 as its own code does it: a count a word and a bigram, by CPython's hash."""
    words = document.raw_words
    counts = np.zeros(BUCKETS, np.int64)
    for feature in (*words, *pairwise(words)):
        counts[abs(hash(feature)) % BUCKETS] += 1
    return counts @ weights


def weights_of(language: str) -> np.ndarray:
    def logs(corpus: str) -> np.ndarray:
        counts = np.load(ARTIFACTS / "dsir" / language / f"{corpus}.{language}.{BUCKETS}.counts.npy")
        return np.log(counts / counts.sum() + 1e-8)

    return np.stack([logs(target) - logs("ccnet") for target in TARGETS[language]], axis=1)


def main() -> None:
    if os.environ.get("PYTHONHASHSEED") != "42":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "42"})
    texts = texts_of(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 3.0)
    size = sum(len(text.encode()) for found in texts.values() for text in found)
    artifacts = Artifacts(ARTIFACTS)
    batches = [(language, part) for language, found in texts.items() for part in _batches(found)]
    signals = of_family(None)
    scores = [name for name in signals if name.startswith("rps_doc_ml_")]
    names = {"plain": [name for name in signals if name not in scores], "models": scores}

    def ours(wanted: Sequence[str]) -> Callable[[], object]:
        return lambda: [measure(TextBatch(part, language, artifacts), wanted) for language, part in batches]

    documents = {language: [reference.Document(text) for text in found] for language, found in texts.items()}

    def oracle() -> None:
        for language, found in texts.items():
            lists, weights = lists_of(language), weights_of(language)
            for text in found:
                document = reference.Document(text, None, lists)
                reference.measure(document)
                importance(document, weights)

    models = {
        (language, name): fasttext.load_model(str(ARTIFACTS / "classifiers" / language / f"{name}.model.bin"))
        for language in texts
        for name in CLASSIFIERS[language]
    }

    def oracle_models() -> None:
        for (language, _), model in models.items():
            for text in texts[language]:
                model.predict(" ".join(text.splitlines()).strip(), k=1)

    words = [TextBatch(part, language).words for language, part in batches]
    spans = {language: [document.words for document in found] for language, found in documents.items()}
    a, b = rpv2_permutations()

    def oracle_minhash() -> None:
        for found in spans.values():
            for one in found:
                sha1_signature(one, a, b)

    for warm in (ours(names["plain"]), ours(names["models"]), lambda: [rpv2_signatures(w) for w in words]):
        warm()
    rolling = RollingParameters(ngram_words=13)
    [rolling_signatures(w, rolling) for w in words]
    minhash_oracle = cpu_seconds(oracle_minhash, 2)
    plain_oracle, model_oracle = cpu_seconds(oracle, 2), cpu_seconds(oracle_models, 2)
    plain, model = cpu_seconds(ours(names["plain"]), ROUNDS), cpu_seconds(ours(names["models"]), ROUNDS)
    rows = [
        ("all signals but the three fastText scores", plain_oracle, plain),
        ("all signals, fastText scores included", plain_oracle + model_oracle, plain + model),
        (
            "RedPajama-V2's MinHash, exact",
            minhash_oracle,
            cpu_seconds(lambda: [rpv2_signatures(w) for w in words], ROUNDS),
        ),
        (
            "MinHash on our rolling hash, 13-grams, 128 permutations",
            minhash_oracle,
            cpu_seconds(lambda: [rolling_signatures(w, rolling) for w in words], ROUNDS),
        ),
    ]
    count = sum(map(len, texts.values()))
    print(f"{count:,} documents, {size / 1e6:.2f} MB of text, one core, CPU time\n")
    print("| | oracle MB/s | kernels MB/s | ratio |\n|---|---:|---:|---:|")
    for name, slow, fast in rows:
        print(f"| {name} | {size / slow / 1e6:.2f} | {size / fast / 1e6:.1f} | {slow / fast:.1f} × |")


def _batches(texts: list[str]) -> list[pa.Array]:
    """Batches as the pipeline makes them."""
    batches: list[pa.Array] = []
    waiting: list[str] = []
    for text in texts:
        waiting.append(text)
        if sum(map(len, waiting)) >= MEASURE_BYTES:
            batches.append(pa.array(waiting, pa.large_string()))
            waiting = []
    return [*batches, *([pa.array(waiting, pa.large_string())] if waiting else [])]


if __name__ == "__main__":
    main()
