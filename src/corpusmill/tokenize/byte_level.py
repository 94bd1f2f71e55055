"""Byte-level BPE as a `tokenizer.json` writes it: bytes as letters, ranks as merges."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

Pair = tuple[bytes, bytes]

NEVER_IN_UTF8 = frozenset((0xC0, 0xC1, *range(0xF5, 0x100)))


@functools.cache
def alphabet() -> dict[int, str]:
    """The character that stands for each byte, as GPT-2 has them: none is blank.

    >>> alphabet()[ord("a")], alphabet()[ord(" ")]
    ('a', 'Ġ')
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return dict(
        zip(plain + others, [*map(chr, plain), *(chr(256 + place) for place in range(len(others)))], strict=True)
    )


@functools.cache
def _bytes_by_letter() -> dict[int, int]:
    of_none = dict.fromkeys(range(0x100), 0x100)
    return of_none | {ord(letter): byte for byte, letter in alphabet().items()}


def bytes_of(written: str) -> bytes | None:
    """The bytes that are written so; None where a character stands for no byte.

    >>> bytes_of("Ġa"), bytes_of("a b")
    (b' a', None)
    """
    try:
        return written.translate(_bytes_by_letter()).encode("latin-1")
    except UnicodeEncodeError:
        return None


def byte_level_model(ids: Mapping[bytes, int], merges: Iterable[Pair]) -> dict[str, Any]:
    """The entry `model` of such a file; `ids` go from 0 without a gap. A piece that is a token is not merged first."""
    letters = alphabet()
    table = bytes(range(256)).decode("latin-1"), "".join(letters[byte] for byte in range(256))
    shown = str.maketrans(*table)

    def written(token: bytes) -> str:
        return token.decode("latin-1").translate(shown)

    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": True,
        "vocab": {written(token): number for token, number in ids.items()},
        "merges": [[written(left), written(right)] for left, right in merges],
    }


def merges_of(ranks: Mapping[bytes, int]) -> list[Pair]:
    """The merges that make the tokens, in the order of their ranks.

    BPE by ranks joins the two neighbours that make the lowest rank, the leftmost first. What happens within a token's
    bytes does not depend on what is around them until something crosses their border, so a token is only ever made of
    one pair: the one that is left when its own bytes are merged as far as two. A token whose bytes never get there has
    no merge: it is only found as a whole piece.

    >>> merges_of({b"a": 0, b"b": 1, b"ab": 2, b"aba": 3, b"b b": 4, b" ": 5})
    [(b'a', b'b'), (b'ab', b'a')]
    """
    ordered = sorted((rank, token) for token, rank in ranks.items() if len(token) > 1)
    return [pair for _, token in ordered if (pair := _last_pair(token, ranks)) is not None]


def _last_pair(token: bytes, ranks: Mapping[bytes, int]) -> Pair | None:
    parts = [token[place : place + 1] for place in range(len(token))]
    while len(parts) > 2:
        lowest = at = None
        for place in range(len(parts) - 1):
            rank = ranks.get(parts[place] + parts[place + 1])
            if rank is not None and (lowest is None or rank < lowest):
                lowest, at = rank, place
        if at is None:
            return None
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]
