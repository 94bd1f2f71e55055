"""Gopher, C4 and FineWeb filters on the same texts: datatrove's four against our recipe `fineweb`, exact and fast.

    .venv/bin/python benchmarks/filters.py --texts TEXTS.parquet --datatrove .venv-datatrove/bin/python [--most 1500]

TEXTS.parquet has a column `text`; of its rows `--most` are taken, spread evenly. One process and one core each;
imports, compiled kernels and models are loaded before. Our memo of spaCy's tokens starts empty, as in a run. Ours
evaluates every rule on every text; datatrove's chain passes on what it keeps. Prints texts a CPU second, ratios, and
how many verdicts are the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

BATCH = 512
OURS = {"spaCy's words (fineweb)": "fineweb", "our own words (fineweb-fast)": "fineweb-fast"}
WARM_UP = "Words to warm up with, of a text that no crawl has. They are few, and they end here!\n" * 8

DATATROVE = """
import json, sys, time
from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
from datatrove.utils.logging import logger
from datatrove.utils.text import split_into_parts, split_into_sentences
from datatrove.utils.word_tokenizers import load_word_tokenizer
logger.remove()
load_word_tokenizer("eng").word_tokenize("load"); split_into_sentences("load", "eng")
texts = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
filters = [GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter(filter_no_terminal_punct=False),
           FineWebQualityFilter()]
made = lambda: [Document(text=text, id=str(i)) for i, text in enumerate(texts)]
passes = lambda verdict: verdict[0] if isinstance(verdict, tuple) else verdict
split_into_parts.cache_clear(); start = time.process_time()
for document in made():
    [passes(each.filter(document)) for each in filters]
every = time.process_time() - start
split_into_parts.cache_clear(); start = time.process_time()
kept = [all(passes(each.filter(document)) for each in filters) for document in made()]
chain = time.process_time() - start
print(json.dumps({"every": every, "chain": chain, "kept": kept}))
"""


def ours(recipe: str, texts: list[str]) -> tuple[float, list[bool]]:
    from corpusmill.artifacts import Artifacts
    from corpusmill.pipeline.judge import Judge, documents_of, judged_in_order
    from corpusmill.pipeline.recipe import load

    judge = Judge(load(recipe), Artifacts(None))

    def verdicts(chosen: list[str]) -> list[bool]:
        names = [str(number) for number in range(len(chosen))]
        batch = documents_of(names, chosen, ["en"] * len(chosen), [None] * len(chosen))
        return judged_in_order(judge, batch)[0]["keep"].to_pylist()

    verdicts([WARM_UP] * 2)
    start = time.process_time()
    kept = [keep for first in range(0, len(texts), BATCH) for keep in verdicts(texts[first : first + BATCH])]
    return time.process_time() - start, kept


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--datatrove", type=Path, required=True)
    parser.add_argument("--most", type=int, default=1500)
    arguments = parser.parse_args()
    pa.set_cpu_count(1)
    column = [text for text in pq.read_table(arguments.texts, columns=["text"])["text"].to_pylist() if text.strip()]
    texts = [column[i * len(column) // arguments.most] for i in range(min(arguments.most, len(column)))]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".jsonl") as file:
        file.writelines(json.dumps(text) + "\n" for text in texts)
        file.flush()
        command = [str(arguments.datatrove), "-c", DATATROVE, file.name]
        theirs: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts):,} texts, {megabytes:.1f} MB\n")
    print("| filters | CPU s | texts per CPU s | times datatrove's | same verdict |")
    print("|---|---|---|---|---|")
    for name in ("every", "chain"):
        what = "every filter on every text" if name == "every" else "as a chain"
        print(f"| datatrove 0.10.1, {what} | {theirs[name]:.1f} | {len(texts) / theirs[name]:.0f} | – | – |")
    for name, recipe in OURS.items():
        seconds, kept = ours(recipe, texts)
        same = sum(a == b for a, b in zip(kept, theirs["kept"], strict=True))
        ratios = " and ".join(f"{theirs[which] / seconds:.1f}" for which in ("every", "chain"))
        agreement = f"{same:,} ({same / len(texts):.2%})"
        print(f"| ours, {name} | {seconds:.2f} | {len(texts) / seconds:,.0f} | {ratios} | {agreement} |")


if __name__ == "__main__":
    main()
