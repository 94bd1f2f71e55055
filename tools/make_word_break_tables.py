"""Derive word_break14.npz of kernels/characters: what UAX #29 finds word boundaries by, as of Unicode 14.0.

Run once, with CPython 3.11 and `pip install regex==2022.9.13`: `python3.11 tools/make_word_break_tables.py`.
That release of regex knows Word_Break and Extended_Pictographic of Unicode 15.0, which differs from 14.0 only in code
points that 14.0 does not assign; CPython 3.11 says which these are. (Perl 5.36, which has Unicode 14.0, agrees.)

Two-stage table: `classes[stage1[c >> 8], c & 255]` is the number of the Word_Break class in CLASSES with the bits
PICTOGRAPHIC and WHITE_SPACE.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np
import regex

OUTPUT = Path(__file__).parent.parent / "src" / "corpusmill" / "kernels" / "characters" / "data" / "word_break14.npz"
UNICODE, REGEX = "14.0.0", "2.5.121"
POINTS = 0x110000
# As kernels/characters/word_break.py numbers them.
CLASSES = (
    "Other",
    "CR",
    "LF",
    "Newline",
    "Extend",
    "Format",
    "ZWJ",
    "ALetter",
    "Hebrew_Letter",
    "Numeric",
    "Katakana",
    "ExtendNumLet",
    "Regional_Indicator",
    "WSegSpace",
    "Single_Quote",
    "Double_Quote",
    "MidNumLet",
    "MidLetter",
    "MidNum",
)
PICTOGRAPHIC, WHITE_SPACE = 0x20, 0x40


def points(name: str) -> np.ndarray:
    """Which code points have a property."""
    pattern = regex.compile(rf"\p{{{name}}}")
    return np.array([pattern.match(chr(point)) is not None for point in range(POINTS)])


def main() -> None:
    if unicodedata.unidata_version != UNICODE:
        sys.exit(f"this interpreter has Unicode {unicodedata.unidata_version}; wanted {UNICODE} (CPython 3.11)")
    if regex.__version__ != REGEX:
        sys.exit(f"this is regex {regex.__version__}; wanted {REGEX} (pip install regex==2022.9.13)")
    assigned = np.array([unicodedata.category(chr(point)) != "Cn" for point in range(POINTS)])
    classes = np.zeros(POINTS, np.uint8)
    for number, name in enumerate(CLASSES):
        classes[points(f"Word_Break={name}") & assigned] = number
    classes |= np.where(points("Extended_Pictographic"), PICTOGRAPHIC, 0).astype(np.uint8)
    classes |= np.where(points("White_Space"), WHITE_SPACE, 0).astype(np.uint8)
    blocks, stage1 = np.unique(classes.reshape(-1, 256), axis=0, return_inverse=True)
    np.savez_compressed(OUTPUT, stage1=stage1.reshape(-1).astype(np.uint16), classes=blocks)
    print(f"{OUTPUT}: {len(blocks)} blocks, {OUTPUT.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
