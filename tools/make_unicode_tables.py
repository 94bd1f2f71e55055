"""Derive unicode14.npz of kernels/characters from CPython 3.11, whose `str` and `unicodedata` are Unicode 14.0.

Run once: `python3.11 tools/make_unicode_tables.py`. The tables are shipped: results do not vary with the interpreter.

Two-stage tables: `stage1[c >> 8]` is the number of a block of 256, `classes[block, c & 255]` a byte of class bits,
`records[block, c & 255]` the number of an entry in (`record_starts`, `record_ends`) of `pool` and `pool_classes`:
the code points of NFD(lower(c)) and their canonical combining classes. Record 0 is the identity.
Hangul syllables are decomposed by arithmetic and the capital sigma needs its context: neither has a record.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).parent.parent / "src" / "corpusmill" / "kernels" / "characters" / "data" / "unicode14.npz"
UNICODE = "14.0.0"
POINTS = 0x110000
SPACE, WORD, UPPER, LOWER, NUMERIC, CASED, IGNORABLE, MAPPED = (1 << bit for bit in range(8))
SIGMA, HANGUL = 0x3A3, range(0xAC00, 0xD7A4)


def class_of(c: str, mapped: str) -> int:
    before = (c + "Σ").lower().endswith("ς")  # cased, and not case-ignorable
    between = ("A" + c + "Σ").lower().endswith("ς")  # the same, or case-ignorable
    return (
        SPACE * c.isspace()
        | WORD * (c.isalnum() or c == "_")
        | UPPER * c.isupper()
        | LOWER * (c.islower() or (c.istitle() and not c.isupper()))
        | NUMERIC * any(map(str.isnumeric, mapped))
        | CASED * before
        | IGNORABLE * (between and not before)
        | MAPPED * (mapped != c or unicodedata.combining(c) != 0 or ord(c) == SIGMA)
    )


def main() -> None:
    if unicodedata.unidata_version != UNICODE:
        sys.exit(f"this interpreter has Unicode {unicodedata.unidata_version}; wanted {UNICODE} (CPython 3.11)")
    classes = np.zeros(POINTS, np.uint8)
    records = np.zeros(POINTS, np.uint16)
    starts, ends, pool = [0], [0], []
    for point in range(POINTS):
        if 0xD800 <= point < 0xE000:
            continue
        c = chr(point)
        mapped = unicodedata.normalize("NFD", c.lower())
        classes[point] = class_of(c, mapped)
        # The kernels rely on this: white space stays white space, at most one numeric, at most three times the bytes.
        assert any(map(str.isspace, mapped)) == c.isspace()
        assert sum(map(str.isnumeric, mapped)) <= 1
        assert len(mapped.encode()) <= 3 * len(c.encode())
        if classes[point] & MAPPED and point != SIGMA and point not in HANGUL:
            records[point] = len(starts)
            starts.append(len(pool))
            pool.extend(map(ord, mapped))
            ends.append(len(pool))
    joined = np.stack([classes.astype(np.uint32), records.astype(np.uint32)], 1).reshape(-1, 256 * 2)
    blocks, stage1 = np.unique(joined, axis=0, return_inverse=True)
    blocks = blocks.reshape(-1, 256, 2)
    pool_classes = [unicodedata.combining(chr(point)) for point in pool]
    OUTPUT.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        OUTPUT,
        stage1=stage1.reshape(-1).astype(np.uint16),
        classes=np.ascontiguousarray(blocks[:, :, 0].astype(np.uint8)),
        records=np.ascontiguousarray(blocks[:, :, 1].astype(np.uint16)),
        record_starts=np.array(starts, np.int32),
        record_ends=np.array(ends, np.int32),
        pool=np.array(pool, np.uint32),
        pool_classes=np.array(pool_classes, np.uint8),
    )
    print(f"{OUTPUT}: {len(blocks)} blocks, {len(starts)} records, {OUTPUT.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
