"""Bytes of HTML, for every scan of it: which are blank, which are letters."""

from __future__ import annotations

import numpy as np

from corpusmill.machine_code.jit import inlined


@inlined
def lower(byte: int) -> int:
    return byte + 32 if 65 <= byte <= 90 else byte


@inlined
def blank(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@inlined
def is_letter(byte: int) -> bool:
    return 97 <= (byte | 32) <= 122


@inlined
def begins(data: np.ndarray, start: int, stop: int, word: np.ndarray) -> bool:
    """Whether `data[start:stop]` begins with `word`, which is in lower case."""
    at = 0
    while at < len(word) and start + at < stop and lower(data[start + at]) == word[at]:
        at += 1
    return at == len(word)
