"""Line models against people's labels of lines, beside rules: areas under the curve, lines a second. Markdown.

usage: line_quality.py LABELS [TRUTH WARC…]

LABELS: JSON lines of documents with labelled lines, as `corpusmill train lines` takes them. The model is measured by
cross-validation: documents that share a line of 15 characters are on one side. TRUTH: main content of pages by the
WARC-Record-ID, and WARC files of the pages: a second model learns their lines inside and outside of it, and scores
LABELS unseen.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from corpusmill.batch import TextBatch
from corpusmill.extract.blocks.parse import parse
from corpusmill.extract.blocks.text import seen, texts_of
from corpusmill.models.lines.features import line_features
from corpusmill.models.lines.labels import LabelledDocument, labels_of, languages_of, read_labels
from corpusmill.models.lines.labels import texts_of as joined
from corpusmill.models.lines.train import LINE_TREES, LineParameters, areas_by_language, rows_of, scores_apart
from corpusmill.models.trees.train import train_trees
from corpusmill.signals.registry import SIGNALS

SEEDS = (0, 1, 2)
SOURCES = ("wcxb-dev", "scrapinghub-aeb")  # CC BY 4.0 and MIT
THRESHOLDS = (0.1, 0.3, 0.5, 0.7)
WORD = re.compile(r"\w+")

Floats = npt.NDArray[np.float64]
Scores = dict[str, list[Floats]]


def rules(documents: Sequence[LabelledDocument]) -> Scores:
    """C4's end mark (an ellipsis is none), the length in characters, both."""
    batch = TextBatch(joined(documents))
    column = lambda name: SIGNALS[name].function(batch).flatten().to_numpy(zero_copy_only=False).astype(float)  # noqa: E731
    mark = column("c4_lines_ends_with_mark") - column("c4_lines_ends_with_ellipsis")
    chars = column("quality_lines_end") - column("quality_lines_start")
    return {
        "C4's terminal punctuation": [mark],
        "length in characters": [chars],
        "both: length, lines with a mark first": [chars + mark * 1e9],
        "C4's rules of a line: mark and 5 words": [mark * (column("c4_lines_word_count") >= 5)],
    }


def table(documents: Sequence[LabelledDocument], found: Scores) -> Iterator[str]:
    labels, languages = labels_of(documents), languages_of(documents)
    names = [*np.unique(languages).tolist(), "all"]
    counts = {name: int((languages == name).sum()) if name != "all" else len(labels) for name in names}
    kept = {name: labels[languages == name].mean() if name != "all" else labels.mean() for name in names}
    yield "| | " + " | ".join(names) + " | mean of languages |"
    yield "|---|" + "---:|" * (len(names) + 1)
    yield "| lines | " + " | ".join(f"{counts[name]:,}" for name in names) + " | |"
    yield "| labelled to keep | " + " | ".join(f"{kept[name]:.2f}" for name in names) + " | |"
    for row, runs in found.items():
        areas = [areas_by_language(scores, labels, languages) for scores in runs]
        mean = np.array([[area[name] for name in names] for area in areas], float).mean(axis=0)
        shown = [f"{value:.3f}" for value in (*mean, mean[:-1].mean())]
        yield f"| {row} | " + " | ".join(shown) + " |"


def choices(documents: Sequence[LabelledDocument], runs: Sequence[Floats]) -> Iterator[str]:
    """What thresholds on the model's probability keep, of lines and of characters."""
    labels = labels_of(documents)
    chars = np.array([len(line) for document in documents for line in document.lines])
    yield "| lines at or above | kept, of those to keep | to keep, of those kept | of characters: kept | to keep |"
    yield "|---|---:|---:|---:|---:|"
    for threshold in THRESHOLDS:
        shares = []
        for scores in runs:
            above = 1 / (1 + np.exp(-scores)) >= threshold
            both = above & labels
            shares.append([
                both.sum() / labels.sum(), both.sum() / above.sum(),
                chars[both].sum() / chars[labels].sum(), chars[both].sum() / chars[above].sum(),
            ])  # fmt: skip
        yield f"| {threshold} | " + " | ".join(f"{share:.3f}" for share in np.mean(shares, axis=0)) + " |"


def labelled_pages(truth: Path, archives: Sequence[Path]) -> Iterator[LabelledDocument]:
    """Lines of each page of SOURCES, all that is seen on it and resiliparse's main content, by the truth's words."""
    with lzma.open(truth, "rt", encoding="utf-8") as file:
        rows = (json.loads(line) for line in file)
        contents = {row["id"]: row["main_content"] for row in rows if row["source"] in SOURCES and row["main_content"]}
    for archive in archives:
        with archive.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response):
                content = contents.get(record.headers["WARC-Record-ID"])
                if content is None:
                    continue
                body = record.reader.read()
                html = bytes_to_str(body, detect_encoding(body))
                parsed = parse(pa.array([html], pa.large_string()))
                for text in (texts_of(parsed, seen(parsed))[0].as_py(), extract_plain_text(html, main_content=True)):
                    lines = [" ".join(line.split()) for line in text.splitlines()]
                    lines = [line for line in lines if WORD.search(line)]
                    if lines:
                        yield LabelledDocument(tuple(lines), tuple(inside(lines, content)))


def inside(lines: Sequence[str], content: str) -> Iterator[bool]:
    """Whether half of a line's three-word sequences stand in the content; of a shorter line: whether it is there."""
    words = WORD.findall(content.lower())
    grams = set(zip(words, words[1:], words[2:], strict=False))
    whole = {tuple(WORD.findall(line.lower())) for line in content.splitlines()}
    for line in lines:
        own = WORD.findall(line.lower())
        found = [gram in grams for gram in zip(own, own[1:], own[2:], strict=False)]
        yield sum(found) * 2 >= len(found) if found else tuple(own) in whole


def unseen(documents: Sequence[LabelledDocument], pages: Sequence[LabelledDocument], seed: int) -> Floats:
    rows, labels = rows_of(pages)
    model = train_trees(rows, labels.astype(np.float32), None, replace(LINE_TREES, seed=seed))
    return model.scores(rows_of(documents)[0]).astype(np.float64)


def seconds(work: Callable[[], Any]) -> float:
    """The least processor time of five."""
    work()
    spent = []
    for _ in range(5):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def speed(documents: Sequence[LabelledDocument]) -> Iterator[str]:
    texts, (rows, labels) = joined(documents), rows_of(documents)
    model = train_trees(rows, labels.astype(np.float32), None, LINE_TREES)
    megabytes = len(TextBatch(texts).data) / 1e6
    yield "| step, processor time of one core | lines a second | MB a second |"
    yield "|---|---:|---:|"
    for name, work in (
        ("cut into lines and measured", lambda: line_features(TextBatch(texts))),
        (f"scored by {len(model)} trees", lambda: model.probabilities(rows)),
        ("both", lambda: model.probabilities(line_features(TextBatch(texts)).rows)),
    ):
        spent = seconds(work)
        yield f"| {name} | {len(labels) / spent:,.0f} | {megabytes / spent:.1f} |"


def main(labels: Path, truth: Path | None = None, *archives: Path) -> None:
    documents = read_labels([labels])
    runs = [scores_apart(documents, LineParameters(replace(LINE_TREES, seed=seed))) for seed in SEEDS]
    found = rules(documents)
    if truth is not None:
        pages = list(labelled_pages(truth, archives))
        found["the model, taught by main content of web pages"] = [unseen(documents, pages, seed) for seed in SEEDS]
    found["the model, cross-validated"] = runs
    for part in (table(documents, found), choices(documents, runs), speed(documents)):
        print("\n".join(part), end="\n\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
