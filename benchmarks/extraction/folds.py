"""Models for cross-validation: each is trained without the pages that it is tried on and the others of their sites.

usage: folds.py PAGES.parquet OUT_FOLDER [--folds 5] [--seed 0]

PAGES.parquet is what `pages.py` writes. Writes OUT_FOLDER/fold-K.npz and OUT_FOLDER/folds.json, the fold of each group
of pages. Only pages of the collections whose licences allow to ship a model are learned from, as for the shipped one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow.parquet as pq
from labelled import labelled_pages

from corpusmill.extract.learned.training import fold_of, train_extractor
from corpusmill.files import json_bytes, write_whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows = pq.read_table(arguments.pages).to_pylist()
    arguments.out.mkdir(parents=True, exist_ok=True)
    found = {row["group"]: fold_of(row["group"], arguments.folds, arguments.seed) for row in rows}
    pages = labelled_pages(rows)
    for fold in range(arguments.folds):
        others = [page for page in pages if found[page.group] != fold]
        train_extractor(others, say=print).save(arguments.out / f"fold-{fold}.npz")
    write_whole(arguments.out / "folds.json", json_bytes(found))


if __name__ == "__main__":
    main()
