"""Scores against people's labels, as areas under the curve (0.5: chance; under it: the other way round). Markdown.

usage: human_labels.py RUN TEXT LABELS [PYTHON_WITH_DATATROVE]

RUN: a finished `keep-all` run over any crawl, the negatives of the quality classifier; TEXT: a folder with English
reference text (wikitext2_valid, state_union, xquad_wikipedia_paragraphs); LABELS: a folder with DCLM's human labels and
HPLT's inspection of release 2. All settings were fixed before the labels were looked at; none was tuned on them.
"""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import corpusmill
from corpusmill.language.perplexity import Perplexity
from corpusmill.language.train_lm import LanguageModelParameters, train_on_text
from corpusmill.models.fasttext.classifier import area_under_curve, load_classifier, score, train_classifier
from corpusmill.models.fasttext.corpus import keys_of
from corpusmill.models.fasttext.parameters import preset
from corpusmill.pipeline.recipe import load
from corpusmill.read.texts import batches_of, texts_of
from corpusmill.rules.verdicts import columns_of, passes

FOLDS = 5
PASSED = ": number passed"
LEAST_POSITIVES = 5  # fewer say nothing about a language
SMALL = replace(preset("rpv2"), epoch=25, lr=0.5, dim=32)  # for hundreds of texts, not hundreds of thousands
REFERENCE = ("wikitext2_valid.en.txt.xz", "state_union.en.txt.xz")
SIGNALS = (
    "rps_doc_word_count",
    "rps_doc_stop_word_fraction",
    "rps_doc_frac_unique_words",
    "rps_doc_unigram_entropy",
    "rps_doc_mean_word_length",
    "rps_doc_frac_chars_dupe_10grams",
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Measure = Callable[[pa.Array], Floats]
Learn = Callable[[pa.Array, pa.Array, Path], Measure]  # positives, negatives, a folder for the model
Scores = dict[str, Floats]  # name of what is measured → one number a text, NaN: none


def rows_of(path: Path) -> list[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def auc(scores: Floats, positive: Flags) -> str:
    """Texts without a number count as the least."""
    found = area_under_curve(np.nan_to_num(scores, nan=-np.inf), positive)
    return "–" if found is None else f"{found:.3f}"


def heuristics(texts: Sequence[str], english: Flags, scratch: Path, datatrove: str | None) -> Scores:
    """Stored signals, the Gopher rules over them, and datatrove's filters."""
    file, run = scratch / "texts.jsonl", scratch / "run"
    lines = (json.dumps({"text": text, "id": str(i), "english": bool(english[i])}) for i, text in enumerate(texts))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    corpusmill.run("keep-all", [file], out=run)
    opened = corpusmill.open(run)
    rules = load("redpajama2-gopher").rule
    wanted = sorted({*SIGNALS, *columns_of(rules)})
    table = opened.sql(f"select record_id, {', '.join(wanted)} from signals join documents using (doc_id)").arrow()
    table = (table.read_all() if hasattr(table, "read_all") else table).combine_chunks()
    place = np.array([int(name) for name in table["record_id"].to_pylist()])

    def placed(values: Any) -> Floats:
        out = np.full(len(texts), np.nan)
        out[place] = np.asarray(values, np.float64)
        return out

    columns = {name: table[name].combine_chunks() for name in wanted}
    found = {f"`{name}`": placed(columns[name].cast(pa.float64()).fill_null(np.nan)) for name in SIGNALS}
    found[f"the Gopher rules over our signals{PASSED}"] = placed(
        sum(passes(columns, [rule], len(table)).astype(float) for rule in rules)
    )
    if datatrove:
        command = [datatrove, str(Path(__file__).parent / "datatrove_filters.py"), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        passed = np.array([float(line) for line in done.stdout.split()])
        found[f"datatrove's Gopher repetition and quality, C4, FineWeb filters{PASSED}"] = passed
    return found


def folds_of(texts: pa.Array) -> npt.NDArray[np.int64]:
    """The fold of each text, by its hash: equal texts share one."""
    return (keys_of(texts) % np.uint64(FOLDS)).astype(np.int64)


def crossed(texts: Sequence[str], positive: Flags, learn: Learn) -> Floats:
    """Each text's number by what was learned from the other folds alone."""
    array = pa.array(texts, pa.large_string())
    folds, out = folds_of(array), np.full(len(texts), np.nan)
    for fold in range(FOLDS):
        apart = folds == fold
        train_positive, train_negative = (array.filter(pa.array(~apart & side)) for side in (positive, ~positive))
        if apart.any() and len(train_positive) and len(train_negative):
            with tempfile.TemporaryDirectory() as folder:
                measure = learn(train_positive, train_negative, Path(folder))
                out[apart] = measure(array.filter(pa.array(apart)))
    return out


def classifier(positive: pa.Array, negative: pa.Array, folder: Path) -> Measure:
    train_classifier([positive], [negative], "target", SMALL, folder / "m", {})
    model = load_classifier(folder / "m")
    return lambda texts: score(model, texts)[0]


def unwanted_perplexity(positive: pa.Array, negative: pa.Array, folder: Path) -> Measure:
    """Minus the perplexity under a model of the positives alone."""
    train_on_text(positive.to_pylist(), LanguageModelParameters("xx", 8000), {}, folder / "xx")
    model = Perplexity(folder, "xx")
    return lambda texts: -model.measure(texts).to_numpy(zero_copy_only=False)


def english_models(run: Path, text: Path, scratch: Path) -> Callable[[Sequence[str]], Scores]:
    """Perplexity under reference text, and a classifier of reference text against the crawl's English pages."""
    reference = [paragraph for name in REFERENCE for paragraph in texts_of(text / name)]
    wikipedia = [row["text"] for row in rows_of(text / "xquad_wikipedia_paragraphs.jsonl.xz") if row["lang"] == "en"]
    train_on_text(reference, LanguageModelParameters("en", 16_000), {}, scratch / "en")
    files = sorted((run / "documents").glob("*/*/en_*.parquet"))
    crawl = (page for file in files for page in texts_of(file))
    long = (paragraph for paragraph in (*reference, *wikipedia) if len(paragraph) >= 200)
    train_classifier(batches_of(long), batches_of(crawl), "reference", preset("rpv2"), scratch / "quality", {})
    perplexity, quality = Perplexity(scratch, "en"), load_classifier(scratch / "quality")

    def measure(texts: Sequence[str]) -> Scores:
        array = pa.array(texts, pa.large_string())
        return {
            "classifier, reference text against crawl": score(quality, array)[0],
            "minus perplexity under reference text": -perplexity.measure(array).to_numpy(zero_copy_only=False),
        }

    return measure


def dclm(labels: Path, measure: Callable[[Sequence[str]], Scores], scratch: Path, datatrove: str | None) -> None:
    sets = {name: rows_of(labels / f"dclm-human-{name}_data.jsonl.xz") for name in ("majority", "agreement")}
    columns: dict[str, dict[str, str]] = {}
    for name, rows in sets.items():
        texts, positive = [row["text"] for row in rows], np.array([bool(row["label"]) for row in rows])
        (scratch / name).mkdir()
        found = measure(texts) | {"classifier trained on these labels, 5 folds": crossed(texts, positive, classifier)}
        found |= heuristics(texts, np.ones(len(texts), np.bool_), scratch / name, datatrove)
        columns[name] = {score_name: auc(values, positive) for score_name, values in found.items()}
    heads = [f"{name} ({len(rows)})" for name, rows in sets.items()]
    print("## DCLM: would a person keep the page?\n")
    print(f"| | {' | '.join(heads)} |\n|---|{'---:|' * len(heads)}")
    for score_name in columns["majority"]:
        print(f"| {score_name} | {' | '.join(columns[name][score_name] for name in sets)} |")
    print()


def hplt(rows: list[dict[str, Any]], label: str, scratch: Path, datatrove: str | None) -> None:
    """`porn` or `unnatural`, by language; a share of the text of one half or more counts."""
    texts = [row["text"] for row in rows]
    languages = np.array([row["lang"] for row in rows])
    positive = np.array([float(row[label] or 0) >= 0.5 for row in rows])
    (scratch / label).mkdir()
    rules = heuristics(texts, languages == "eng_Latn", scratch / label, datatrove)
    counted = {
        f"failed, of {name.removesuffix(PASSED)}": -values for name, values in rules.items() if name.endswith(PASSED)
    }
    heads = ["classifier trained on the labels", "minus perplexity under such texts", *counted]
    print(f"## HPLT: {label}\n")
    print(f"| language | texts | {label} | {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) + 2)}")

    def line(name: str, chosen: Flags) -> None:
        some, truth = [text for text, mine in zip(texts, chosen, strict=True) if mine], positive[chosen]
        found = [crossed(some, truth, classifier), crossed(some, truth, unwanted_perplexity)]
        found += [values[chosen] for values in counted.values()]
        print(f"| {name} | {len(some)} | {truth.sum()} | {' | '.join(auc(values, truth) for values in found)} |")

    for language in sorted(set(languages)):
        if positive[languages == language].sum() >= LEAST_POSITIVES:
            line(language, languages == language)
    line("all languages together", np.ones(len(texts), np.bool_))
    print()


def main() -> None:
    run, text, labels, *datatrove = sys.argv[1:]
    python = datatrove[0] if datatrove else None
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        dclm(Path(labels), english_models(Path(run), Path(text), scratch), scratch, python)
        rows = rows_of(Path(labels) / "hplt2-inspection.jsonl.xz")
        for label in ("porn", "unnatural"):
            hplt(rows, label, scratch, python)


if __name__ == "__main__":
    main()
