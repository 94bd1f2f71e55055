"""Where perplexity puts real pages, each kind of junk, and reference text, on a crawl whose truth is known.

usage: perplexity_truth.py RUN CRAWL_FOLDER MODELS HELD_BACK   (English alone)

RUN: a finished run with a `[perplexity]` table over CRAWL_FOLDER's archives; MODELS: the folder that it used;
HELD_BACK: JSON lines with `lang` and `text` that the English model was not trained on. Prints Markdown.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from corpusmill.language.buckets import Cutoffs, bucket
from corpusmill.language.perplexity import Perplexity
from corpusmill.models.fasttext.classifier import area_under_curve
from crawl_truth import truth_of

JUNK = ("gibberish", "base64-dump", "link-farm", "spam-keywords", "lorem", "repeated-lines")
BUCKETS = ("head", "middle", "tail", "all")


def main() -> None:
    run, crawl, models, held_back = map(Path, sys.argv[1:5])
    truth = truth_of(crawl)
    columns = ["record_id", "language", "bucket", "perplexity", "raw_content"]
    rows = ds.dataset(run / "documents").to_table(columns=columns).to_pylist()
    table: dict[str, Counter[str]] = {}
    for row in rows:
        page = truth[row["record_id"]]
        kind = page.get("junk") or page["kind"]
        where = row["bucket"] if row["language"] == "en" else "another language"
        table.setdefault(kind, Counter())[where] += 1
    model = Perplexity(models, "en")
    cutoffs = Cutoffs(**json.loads((run / "identified/cutoffs.json").read_text())["en"])
    opened = lzma.open if held_back.suffix == ".xz" else open
    with opened(held_back, "rt", encoding="utf-8") as lines:
        reference = [row["text"] for row in map(json.loads, lines) if row["lang"] == "en"]
    perplexities = model.measure(pa.array(reference))
    table["reference text, held back"] = Counter(bucket(value, cutoffs) for value in perplexities.to_pylist())
    names = (*BUCKETS, "another language")
    print(f"| kind | documents | {' | '.join(names)} |\n|---|---:|{'---:|' * len(names)}")
    for kind, counts in sorted(table.items()):
        print(f"| {kind} | {counts.total()} | {' | '.join(str(counts[name]) for name in names)} |")
    junk = sum((table.get(kind, Counter()) for kind in JUNK), Counter())
    texts = [row["raw_content"] for row in rows if truth[row["record_id"]].get("junk") in JUNK]
    theirs = model.measure(pa.array(texts))
    scores = -np.concatenate([perplexities.to_numpy(zero_copy_only=False), theirs.to_numpy(zero_copy_only=False)])
    area = area_under_curve(scores, np.arange(len(scores)) < len(reference))
    print(f"\nJunk ({', '.join(JUNK)}) in head: **{junk['head']} of {junk.total()}**.")
    print(f"Area under the curve, {len(reference)} held-back paragraphs against {len(texts)} junk pages, all measured")
    print(f"by the English model: **{area:.4f}**.")


if __name__ == "__main__":
    main()
