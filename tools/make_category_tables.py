"""Derive kernels/characters/data/categories14.npz from a CPython 3.11 interpreter, whose `unicodedata` is Unicode 14.0.

Run once: `python3.11 tools/make_category_tables.py`. The table is shipped: results do not vary with the interpreter.

Two stages: `categories[stage1[c >> 8], c & 255]` is the number of the general category of c in `names`.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).parent.parent / "src" / "corpusmill" / "kernels" / "characters" / "data" / "categories14.npz"
UNICODE = "14.0.0"
POINTS = 0x110000


def main() -> None:
    if unicodedata.unidata_version != UNICODE:
        sys.exit(f"this interpreter has Unicode {unicodedata.unidata_version}; wanted {UNICODE} (CPython 3.11)")
    names, numbers = np.unique([unicodedata.category(chr(point)) for point in range(POINTS)], return_inverse=True)
    blocks, stage1 = np.unique(numbers.astype(np.uint8).reshape(-1, 256), axis=0, return_inverse=True)
    np.savez_compressed(OUTPUT, names=names, stage1=stage1.reshape(-1).astype(np.uint16), categories=blocks)
    print(f"{OUTPUT}: {len(names)} categories, {len(blocks)} blocks, {OUTPUT.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
