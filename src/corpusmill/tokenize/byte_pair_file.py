"""Byte-level BPE as its files have it, made ready for the kernel that encodes by it; or None: another kind of file.

What is not known here, word by word, is no mistake: it is left to the packages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.byte_pairs.cuts import CL100K, GPT2, O200K, Cut
from corpusmill.kernels.byte_pairs.table import Pieces
from corpusmill.tokenize.byte_level import NEVER_IN_UTF8, Pair, alphabet, bytes_of, merges_of
from corpusmill.tokenize.prepared import Arrays

_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_WORDS = r"|[^\r\n\p{L}\p{N}]?\p{L}+|"
_BEHIND = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_RAISED, _LOWERED = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
# How files write the cuts that the kernel makes. The first line is GPT-2's, as the pre-tokenizer ByteLevel has it.
CUTS = {
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+": Cut(GPT2),
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+": Cut(GPT2),
    _SUFFIX + _WORDS + r"\p{N}{1,3}" + _BEHIND: Cut(CL100K),  # Llama 3
    _SUFFIX + _WORDS + r"\p{N}" + _BEHIND: Cut(CL100K, most_digits=1),  # Qwen 2
    rf"[^\r\n\p{{L}}\p{{N}}]?{_RAISED}*{_LOWERED}+{_SUFFIX}?|[^\r\n\p{{L}}\p{{N}}]?{_RAISED}+{_LOWERED}*{_SUFFIX}?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+": Cut(O200K),
}
# The same of tiktoken, by the names of `patterns.toml`.
CUTS_OF_RANKS = {"gpt2": Cut(GPT2), "cl100k": Cut(CL100K, blanks_end_whole=True), "o200k": Cut(O200K)}


@dataclass(frozen=True)
class Added:
    """Tokens that are found in a text before it is cut, by their bytes: `outer` first, `inner` in what is left.

    An id of -1: there are conditions to it, so texts with one are left to the package.
    """

    outer: Mapping[bytes, int] = field(default_factory=dict)
    inner: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BytePairFile:
    """What decides the ids of a text."""

    byte_ids: npt.NDArray[np.uint32]
    lefts: npt.NDArray[np.uint32]  # of the merges, in the order of their ranks
    rights: npt.NDArray[np.uint32]
    made: npt.NDArray[np.uint32]
    whole: Pieces  # that are not merged
    cut: Cut
    composed: bool = False  # texts are brought to NFC first
    added: Added = Added()

    def as_arrays(self) -> Arrays:
        """The same for a file."""
        cut = np.array([*self.cut, self.composed], np.int64)
        words = {"whole": self.whole, "outer": Pieces.of(self.added.outer), "inner": Pieces.of(self.added.inner)}
        plain: Arrays = {
            "byte_ids": self.byte_ids,
            "lefts": self.lefts,
            "rights": self.rights,
            "made": self.made,
            "cut": cut,
        }
        return plain | {f"{word}_{name}": array for word, ids in words.items() for name, array in ids._asdict().items()}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> BytePairFile:
        """Raises KeyError for what is not there."""
        family, most_digits, whole_at_end, composed = arrays["cut"].tolist()
        byte_ids, lefts, rights, made = (arrays[name] for name in ("byte_ids", "lefts", "rights", "made"))
        whole, outer, inner = (
            Pieces(*(arrays[f"{word}_{name}"] for name in Pieces._fields)) for word in ("whole", "outer", "inner")
        )
        cut = Cut(family, most_digits, bool(whole_at_end))
        return cls(
            byte_ids, lefts, rights, made, whole, cut, bool(composed), Added(outer.by_content(), inner.by_content())
        )

    @classmethod
    def of(
        cls, ids: Mapping[bytes, int], merges: Sequence[Pair], cut: Cut, whole_first: bool, **others: Any
    ) -> BytePairFile:
        """Raises KeyError for a merge of, or to, what has no id, and for a byte of UTF-8 that has none."""
        pairs = (
            np.array([ids[left] for left, _ in merges], np.uint32),
            np.array([ids[right] for _, right in merges], np.uint32),
            np.array([ids[left + right] for left, right in merges], np.uint32),
        )
        known = {byte: ids[bytes([byte])] for byte in range(256) if byte not in NEVER_IN_UTF8}
        return cls(_of_bytes(known), *pairs, Pieces.of(ids if whole_first else {}), cut, **others)


def of_ranks(ranks: Mapping[bytes, int], cut: Cut) -> BytePairFile:
    """A file of ranks: every token is found as a whole, and made by the merges of `merges_of`."""
    return BytePairFile.of(ranks, merges_of(ranks), cut, whole_first=True)


def of_json(described: Mapping[str, Any], added: Mapping[int, Any]) -> BytePairFile | None:
    """A `tokenizer.json`, and the added tokens that `tokenizers` has of it by their ids; None for what is not known."""
    cut, model = _cut(described.get("pre_tokenizer")), described.get("model", {})
    composed = _composed(described.get("normalizer"))
    if cut is None or composed is None or not _is_plain(model):
        return None
    tokens = _added(added, composed)
    if tokens is None:
        return None
    vocabulary = model["vocab"]
    try:
        merges = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
        pairs = (
            np.array([vocabulary[left] for left, _ in merges], np.uint32),
            np.array([vocabulary[right] for _, right in merges], np.uint32),
            np.array([vocabulary[left + right] for left, right in merges], np.uint32),
        )
        letters = alphabet()
        known = {byte: vocabulary[letters[byte]] for byte in range(256) if byte not in NEVER_IN_UTF8}
    except (KeyError, ValueError):
        return None
    whole = Pieces.of(_whole(vocabulary) if model.get("ignore_merges", False) else {})
    return BytePairFile(_of_bytes(known), *pairs, whole, cut, composed, tokens)


def _whole(vocabulary: Mapping[str, int]) -> dict[bytes, int]:
    return {content: number for token, number in vocabulary.items() if (content := bytes_of(token))}


def _of_bytes(known: Mapping[int, int]) -> npt.NDArray[np.uint32]:
    """[256]: 0 for a byte that is in no text."""
    return np.array([known.get(byte, 0) for byte in range(256)], np.uint32)


def _is_plain(model: Mapping[str, Any]) -> bool:
    nothing = ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback")
    return model.get("type") == "BPE" and not any(model.get(name) for name in nothing)


def _composed(normalizer: Mapping[str, Any] | None) -> bool | None:
    """Whether texts are brought to NFC; None: something else is done to them."""
    if normalizer is None:
        return False
    if normalizer.get("type") == "Sequence" and len(normalizer.get("normalizers", ())) == 1:
        normalizer = normalizer["normalizers"][0]
    return True if normalizer == {"type": "NFC"} else None


def _cut(pre_tokenizer: Mapping[str, Any] | None) -> Cut | None:
    if pre_tokenizer is None:
        return None
    steps = pre_tokenizer.get("pretokenizers", ()) if pre_tokenizer.get("type") == "Sequence" else [pre_tokenizer]
    if not steps or steps[-1].get("type") != "ByteLevel" or steps[-1].get("add_prefix_space", True):
        return None
    cuts = steps[-1].get("use_regex", True)
    if len(steps) == 1:
        return Cut(GPT2) if cuts else None
    split = steps[0]
    if len(steps) > 2 or cuts or split.get("type") != "Split":
        return None
    if (split.get("behavior"), split.get("invert")) not in (("Isolated", False), ("Removed", True)):
        return None
    return CUTS.get(split.get("pattern", {}).get("Regex"))


def _added(tokens: Mapping[int, Any], composed: bool) -> Added | None:
    """Those that are sought in the text as it is are `outer`."""
    found: dict[bool, dict[bytes, int]] = {False: {}, True: {}}
    for number, token in tokens.items():
        conditions = token.single_word or token.lstrip or token.rstrip
        if composed and not token.content.isascii():
            return None
        found[bool(token.normalized)][token.content.encode()] = -1 if conditions else number
    return Added(found[False], found[True])
