"""A faster engine for byte-level BPE: the package fastokens, where it gives the ids of the reference.

The reference is `tokenizers` for a `tokenizer.json` and `tiktoken` for a file of ranks, and fastokens some ten to a
hundred times as fast. Whether both understand a file alike is tried out before it is trusted with a corpus: on the
characters at which engines may cut differently (`cuts.py`), and under the file's own vocabulary on texts of many
scripts, blanks, broken words, long runs and its special tokens.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.tokenize.cuts import Rows, differing
from corpusmill.tokenize.flat import FlatIds

ID_DTYPE = np.dtype("<u4")  # what the engine gives
Encode = Callable[[Sequence[str]], FlatIds]

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


class Switching:
    """Encodes by `slow` until some text has gone through it, then by what `choose` makes, where it makes anything.

    Both give the same ids. Whoever has little to encode does not wait for the choice.
    """

    def __init__(self, slow: Encode, choose: Callable[[], Encode | None] | None, worth_chars: int = 200_000) -> None:
        self._encode, self._choose = slow, choose
        self._left_chars = worth_chars

    def __call__(self, texts: Sequence[str]) -> FlatIds:
        if self._choose is not None:
            self._left_chars -= sum(map(len, texts))
            if self._left_chars < 0:
                self._encode, self._choose = self._choose() or self._encode, None
        return self._encode(texts)


class FastEngine:
    """Encodes byte-level BPE as the reference does, at many times its speed.

    `reference` has the texts that the engine is not trusted with: those with a character in `unsure` or of more than
    `most_chars`, and a batch that it gives up on.
    """

    def __init__(self, engine: Any, reference: Rows, unsure: Sequence[str], most_chars: int | None) -> None:
        self._engine, self._reference = engine, reference
        self._unsure, self._most_chars = tuple(unsure), most_chars or sys.maxsize
        self._is_unsure = bool(unsure) or most_chars is not None

    def __call__(self, texts: Sequence[str]) -> FlatIds:
        try:
            flat = _encoded(self._engine, texts)
        except Exception:  # a limit of its regular expressions; which of the texts it is does not matter
            return FlatIds.of(self._reference(texts), ID_DTYPE)
        places = [place for place, text in enumerate(texts) if self._leaves(text)] if self._is_unsure else []
        if not places:
            return flat
        rows: list[npt.ArrayLike] = [*flat.rows()]
        for place, row in zip(places, self._reference([texts[place] for place in places]), strict=True):
            rows[place] = row
        return FlatIds.of(rows, ID_DTYPE)

    def _leaves(self, text: str) -> bool:
        return len(text) > self._most_chars or any(character in text for character in self._unsure)


@dataclass(frozen=True)
class Engines:
    """A `tokenizer.json`, and what encodes by it for certain."""

    model: str
    reference: Rows


def fast_engine(
    own: Engines, showing: Engines, special: Sequence[str] = (), most_chars: int | None = None
) -> FastEngine | None:
    """Encodes as the reference of `own` does; None where fastokens is missing, or differs.

    `showing` cuts as `own` does, and has the vocabulary of `cuts.py`.
    """
    try:
        engine, shown = _engine_of(own.model), _engine_of(showing.model)
        unsure = differing(lambda texts: _rows(shown, texts), showing.reference)
        probes = list(probe_texts(special))
        if len(unsure) > _MOST_DIFFERING or _rows(engine, probes) != [[*row] for row in own.reference(probes)]:
            return None
    except Exception:  # the package is missing, or it is a kind of tokenizer that it does not read
        return None
    return FastEngine(engine, own.reference, unsure, most_chars)


def _engine_of(model: str) -> Any:
    import fastokens

    engine = fastokens.Tokenizer.from_json_str(model)
    engine.no_truncation()
    engine.no_padding()
    return engine


def _encoded(engine: Any, texts: Sequence[str]) -> FlatIds:
    ids, ends = engine.encode_batch_flat(list(texts), False)
    places = np.frombuffer(ends, "<i8")  # unsigned in truth
    return FlatIds(np.frombuffer(ids, ID_DTYPE), places[1:] - places[:-1])


def _rows(engine: Any, texts: Sequence[str]) -> list[list[int]]:
    return [row.tolist() for row in _encoded(engine, texts).rows()]


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
