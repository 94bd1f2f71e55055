"""Whether an engine encodes byte-level BPE as the reference does: tried out before it is trusted with a corpus.

The reference is `tokenizers` for a `tokenizer.json` and `tiktoken` for a file of ranks. Compared are the characters at
which engines may cut differently (`cuts.py`), and under the file's own vocabulary texts of many scripts, blanks, broken
words, long runs and its special tokens.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corpusmill.tokenize.cuts import Rows, differing, tried_characters

_MOST_DIFFERING = 4  # more characters cut differently than these: another way to cut
_PROBES = 1_000
_PROBE_CHARS = 40
_BLANKS = " \n\t\r\v\f\x85\xa0\u2028\u3000'"
_WORDS = (
    "'s", "'ll", "'T", " the", "Hello", "123", "1234567", "  ", "\r\n", "e\u0301", "\u1100\u1161", "👩‍👩‍👧", "\ufeff",
    "HTMLElement", "don't", "\u0130I", "¼²", "ſ", "'ſ", "://", "\n \n", "数学", "\u0e01\u0e33",
)  # fmt: skip
_RUNS = ("a", "A", "1", " ", "\n", "!", "ab", "aA", " a", "\t ", "é", "数", "\u0301", "=-", "\r\n", "\xa0")
_RUN_CHARS = (30, 800)


@dataclass(frozen=True)
class Encoders:
    """One engine under two vocabularies: the file's `own`, and `showing`, that of `cuts.py`, cut in the same way."""

    own: Rows
    showing: Rows


def unsure_characters(
    engine: Encoders, reference: Encoders, special: Sequence[str] = (), leaves: Callable[[str], bool] | None = None
) -> list[str] | None:
    """Those around which the engine cuts otherwise than the reference; None: it is another way to encode.

    Characters that the engine `leaves` to the reference need not be tried.
    """
    tried = [character for character in tried_characters() if leaves is None or not leaves(character)]
    unsure = differing(engine.showing, reference.showing, tried)
    probes = list(probe_texts(special))
    one, other = (([*row] for row in rows(probes)) for rows in (engine.own, reference.own))
    if len(unsure) > _MOST_DIFFERING or any(a != b for a, b in zip(one, other, strict=True)):
        return None
    return unsure


def probe_texts(special: Sequence[str]) -> Iterator[str]:
    """The same texts every time."""
    yield from ("", *special, *(f"a {token}b{token} c" for token in special))
    for run in _RUNS:
        for chars in _RUN_CHARS:
            yield from (run * (chars // len(run)) + end for end in ("", "x", " x", "\n"))
    chosen = random.Random(0)
    for _ in range(_PROBES):
        yield "".join(_part(chosen) for _ in range(chosen.randrange(_PROBE_CHARS)))


def _part(chosen: random.Random) -> str:
    kind = chosen.random()
    if kind < 0.4:
        return chr(chosen.randrange(32, 127))
    if kind < 0.5:
        return chosen.choice(_BLANKS)
    if kind < 0.6:
        return chosen.choice(_WORDS)
    while True:
        point = chosen.randrange(0x80, 0x3000 if kind < 0.85 else 0x110000)
        if not 0xD800 <= point < 0xE000:
            return chr(point)
