"""Files of ranks (`*.tiktoken`): byte-level BPE whose merges are the ranks themselves.

One line a token: its bytes in base64, a blank, its id. How a text is cut before its pieces are merged is not in the
file, so it must be given, or known by the file's name (`patterns.toml`).
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import importlib
import re
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.errors import Refused, nearest
from corpusmill.tokenize.byte_level import NEVER_IN_UTF8
from corpusmill.tokenize.cuts import showing_vocabulary
from corpusmill.tokenize.flat import FlatIds, InRows
from corpusmill.tokenize.prepared import Facts, Prepared, keep, place_of, recall
from corpusmill.tokenize.special import SpecialIds, named_specials, token_dtype
from corpusmill.tokenize.switching import Switching
from corpusmill.tokenize.trial import Encoders

if TYPE_CHECKING:
    from corpusmill.tokenize.byte_pairs import BytePairEngine

_LINE = re.compile(rb"[A-Za-z0-9+/=]+ [0-9]+[ \r]*\n")
# tiktoken's engine of regular expressions gives up after a million steps back. Within one piece of a text it makes at
# most a few steps a character with the published patterns; what it may give up on is left to it.
# Of every kind of character, as they may stand beside one another.
_PROBE = "Words, 12 345 and\n\n  more:\t\u00c4\u00e9 \u4e2d\u6587 \U0001f980 don't!\r\n e\u0301_x\0\u2028 "
_SURE_CHARS = 200_000


class Unencodable(ValueError):
    """A text that the tokenizer itself cannot encode."""


@dataclass(frozen=True)
class Pattern:
    """A published way to cut texts."""

    names: tuple[str, ...]
    pattern: str
    ranks: int
    eos: int


@functools.cache
def patterns() -> dict[str, Pattern]:
    """The published ones, by their short names."""
    table = tomllib.loads((files("corpusmill.tokenize") / "patterns.toml").read_text("utf-8"))
    return {name: Pattern(tuple(row.pop("names")), **row) for name, row in table.items()}


def are_ranks(content: bytes) -> bool:
    """Whether a file's first line is that of a file of ranks."""
    return _LINE.match(content[:4096]) is not None


def pattern_of(name: str, asked: str | None) -> Pattern | str:
    """The one asked for (a short name, or a regular expression), or that of the file's name; Refused without one."""
    known = patterns()
    if asked is not None:
        return known.get(asked, asked)
    for each in known.values():
        if name in each.names:
            return each
    raise Refused(
        f"{name}: a file of ranks does not say how texts are cut; add --pattern {'|'.join(known)}, "
        "or a regular expression of your own"
    )


class RanksTokenizer(InRows):
    """Encodes by the package tiktoken, which need not be loaded where the file was made ready before (`prepared.py`).
    Special tokens of the encoding are in no such file, and never made.
    """

    def __init__(self, name: str, content: bytes, pattern: str | None = None, threads: int = 1) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._content, self._cut = content, pattern_of(name, pattern)
        self._place = place_of(f"{self.sha256} {self._cut}", "tiktoken")
        self._prepared = recall(self._place)
        self.vocabulary_size, self.special = self._prepared.facts if self._prepared else self._described()
        self._dtype = token_dtype(self.vocabulary_size)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._encode = Switching(lambda texts: FlatIds.of(self.by_reference(texts.to_pylist()), self._dtype), self.fast)

    @functools.cached_property
    def _ranks(self) -> dict[bytes, int]:
        return _parsed(self._content)

    @functools.cached_property
    def _encoding(self) -> Any:
        tiktoken, ranks = _import_tiktoken(), self._ranks
        expression = self._cut if isinstance(self._cut, str) else self._cut.pattern
        try:
            return tiktoken.Encoding(self.name, pat_str=expression, mergeable_ranks=ranks, special_tokens={})
        except ValueError as error:
            raise Refused(f"--pattern {expression!r} is no regular expression: {error}") from error

    def _described(self) -> Facts:
        size = self._encoding.n_vocab
        if isinstance(self._cut, str):
            _refuse_gaps(self._cut, self._encoding)
        special = named_specials({token.decode("utf-8", "replace"): rank for token, rank in self._ranks.items()})
        if isinstance(self._cut, Pattern) and len(self._ranks) == self._cut.ranks and special.eos is None:
            special = SpecialIds(eos=self._cut.eos)
        return Facts(size, special)

    def prepare(self) -> None:
        self._encode.prepare()

    def fast(self) -> BytePairEngine | None:
        """The faster engine, tried out on this file."""
        if not isinstance(self._cut, Pattern):
            return None  # nobody knows when it gives up
        from corpusmill.tokenize.byte_pair_file import CUTS_OF_RANKS, of_ranks  # with kernels
        from corpusmill.tokenize.byte_pairs import BytePairEngine, byte_pair_engine

        if self._prepared is not None:
            return BytePairEngine.recalled(self._prepared, self.by_reference, self._dtype, _SURE_CHARS)
        showing = type(self._encoding)(
            "showing", pat_str=self._cut.pattern, mergeable_ranks=showing_vocabulary()[0], special_tokens={}
        )
        (name,) = (name for name, known in patterns().items() if known == self._cut)
        reference = Encoders(self.by_reference, lambda texts: [showing.encode_ordinary(text) for text in texts])
        file = of_ranks(self._ranks, CUTS_OF_RANKS[name])
        own = byte_pair_engine(file, reference, self._dtype, most_chars=_SURE_CHARS)
        if own is not None:
            facts = Facts(self.vocabulary_size, self.special)
            keep(self._place, Prepared(facts, own.unsure, own.sure, file.as_arrays()))
        return own

    def encode(self, texts: pa.Array) -> FlatIds:
        """See `Tokenizer`; raises Unencodable where the pattern gives up, as that of o200k does on 10^6 blanks."""
        return self._encode(texts.cast(pa.large_string()))

    def by_reference(self, texts: Sequence[str]) -> list[npt.NDArray[Any]]:
        """Ids of each text as tiktoken itself gives them."""
        return list((self._pool.map if self._pool else map)(self._encoded, texts))

    def _encoded(self, text: str) -> npt.NDArray[Any]:
        try:
            ids = self._encoding.encode_ordinary(text)  # encode_to_numpy looks for special tokens: slower
        except BaseException as error:  # a panic of the engine is no Exception
            if type(error).__name__ != "PanicException":
                raise
            raise Unencodable(str(error)) from error
        return np.array(ids, self._dtype)


def _refuse_gaps(pattern: str, encoding: Any) -> None:
    """Raises Refused where a pattern leaves text out, as a misspelt name does, or matches nothing at all.

    tiktoken would drop the one without a word, and panics at the other.
    """
    known = nearest(pattern, patterns())
    regex = importlib.import_module("regex")  # comes with tiktoken
    try:
        empty = any(not match[0] for match in regex.finditer(pattern, _PROBE))
    except regex.error:  # what tiktoken's own engine takes and the package does not
        empty = False
    if empty or encoding.decode(encoding.encode_ordinary(_PROBE)) != _PROBE:
        raise Refused(
            f"--pattern {pattern!r} does not match all of a text: what it leaves out would be lost; "
            f"wanted one that cuts every text without gaps.{known}"
        )


def _parsed(content: bytes) -> dict[bytes, int]:
    """Ids by token; raises ValueError for a line that is none, and where two are the same."""
    ranks: dict[bytes, int] = {}
    lines = [line.split() for line in content.splitlines() if line]
    for number, line in enumerate(lines, 1):
        try:
            token, rank = line
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except (ValueError, binascii.Error) as error:
            raise ValueError(f"line {number}: {line!r:.60} is no token and rank") from error
    if not len(set(ranks.values())) == len(ranks) == len(lines):
        raise ValueError("a token or a rank occurs twice")
    missing = [byte for byte in range(256) if byte not in NEVER_IN_UTF8 and bytes([byte]) not in ranks]
    if missing:
        raise ValueError(f"no token for byte {missing[0]}: not every text can be encoded")
    return ranks


def _import_tiktoken() -> Any:
    try:
        import tiktoken
    except ImportError as error:
        raise Refused(
            "a file of ranks needs the package tiktoken, which is not installed: pip install 'corpusmill[tiktoken]'"
        ) from error
    return tiktoken
