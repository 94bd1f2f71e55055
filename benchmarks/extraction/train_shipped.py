"""Train the extractor that comes with the package; the same pages give the same bytes.

usage: train_shipped.py PAGES.parquet [OUT.npz]

PAGES.parquet is what `pages.py` writes; only its licensed collections are learned from (`labelled.py`). Needs the
extras `training` and `trafilatura`. About ten minutes and 4 GiB.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq
from labelled import labelled_pages

from corpusmill.extract.learned import model
from corpusmill.extract.learned.training import train_extractor


def main() -> None:
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(model.__file__).with_name(model.SHIPPED)
    trained = train_extractor(labelled_pages(pq.read_table(sys.argv[1]).to_pylist()), say=print)
    trained.save(out)
    print(out, trained.sha256)


if __name__ == "__main__":
    main()
