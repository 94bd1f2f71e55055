"""The ids at the borders of texts, and the type that ids are stored in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpusmill.tokenize.flat import FlatIds

# What published vocabularies call them; a tokenizer.json does not say which is which. The first that is there counts.
_BOS = ("<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "[BOS]")
_EOS = ("</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>", "[EOS]")
_PAD = ("<pad>", "[PAD]", "<|padding|>", "<|pad|>", "<|finetune_right_pad_id|>")


def token_dtype(vocabulary_size: int) -> np.dtype[Any]:
    """The smallest type for ids in [0, vocabulary_size): int16, uint16 or uint32.

    >>> [str(token_dtype(size)) for size in (32_100, 32_768, 32_769, 65_537)]
    ['int16', 'int16', 'uint16', 'uint32']
    """
    if not 0 < vocabulary_size <= 2**32:
        raise ValueError(f"a vocabulary of {vocabulary_size} has no token type; wanted 1 to 2^32")
    if vocabulary_size <= 2**15:
        return np.dtype("<i2")  # as T5's 32,100 ids are published
    return np.dtype("<u2") if vocabulary_size <= 2**16 else np.dtype("<u4")


@dataclass(frozen=True)
class SpecialIds:
    """The ids that a tokenizer's file has for the borders of a text and for padding; None: it has none."""

    bos: int | None = None
    eos: int | None = None
    pad: int | None = None


def named_specials(vocabulary: Mapping[str, int]) -> SpecialIds:
    """Those that go by a usual name.

    >>> named_specials({"a": 2, "<|endoftext|>": 0, "<|padding|>": 1})
    SpecialIds(bos=None, eos=0, pad=1)
    """
    bos, eos, pad = (next((vocabulary[n] for n in names if n in vocabulary), None) for names in (_BOS, _EOS, _PAD))
    return SpecialIds(bos, eos, pad)


@dataclass(frozen=True)
class AddedIds:
    """What is written around the ids of every text, also an empty one; None: nothing, as T5's files have it.

    >>> AddedIds(eos=1).around(FlatIds(np.array([7, 8], np.int16), np.array([2, 0])))
    FlatIds(ids=array([7, 8, 1, 1], dtype=int16), lengths=array([3, 1]))
    """

    bos: int | None = None
    eos: int | None = None

    def around(self, flat: FlatIds) -> FlatIds:
        ends = np.cumsum(flat.lengths)
        both = [(ends - flat.lengths, self.bos), (ends, self.eos)]
        added = [(places, number) for places, number in both if number is not None]
        if not added:
            return flat
        # In the order of the texts: at one place the end of a text stands before the beginning of the next.
        places = np.stack([places for places, _ in added], axis=1).ravel()
        numbers = np.tile(np.array([number for _, number in added], flat.ids.dtype), flat.lengths.size)
        return FlatIds(np.insert(flat.ids, places, numbers), flat.lengths + len(added))
