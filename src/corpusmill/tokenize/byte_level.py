"""A `tokenizer.json` of byte-level BPE, made of ranks: what engines that read no files of ranks are given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Pair = tuple[bytes, bytes]

AS_GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


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


def cut_by(pattern: str) -> dict[str, Any]:
    """The pre-tokenizer that cuts by a regular expression."""
    by_bytes = AS_GPT2 | {"use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return {"type": "Sequence", "pretokenizers": [split, by_bytes]}


def byte_level_json(pre_tokenizer: Mapping[str, Any], ids: Mapping[bytes, int], merges: Iterable[Pair]) -> str:
    """`ids` go from 0 without a gap; a piece that is a token as a whole is not merged first."""
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": None,
            "pre_tokenizer": pre_tokenizer,
            "post_processor": None,
            "decoder": None,
            "model": byte_level_model(ids, merges),
        }
    )


def byte_level_model(ids: Mapping[bytes, int], merges: Iterable[Pair]) -> dict[str, Any]:
    """The entry `model` of such a file."""
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
