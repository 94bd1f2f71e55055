"""MinHash signatures of documents, and the bands that near duplicates share.

Two kinds. `rpv2_signatures` are bit for bit those of RedPajama-V2 (§11): SHA-1 of 13-grams of normalised words.
`rolling_signatures` are our own: n-gram size and number of permutations are parameters, and the base hash rolls over
the words' 64-bit hashes, which is several times faster. Both are 32-bit minima, so `bands` serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.schema import MINHASH

NGRAM_WORDS = 13
PERMUTATIONS = 128
SEED = 42
MERSENNE = 2**61 - 1

Table = npt.NDArray[np.uint64]


class Bands(NamedTuple):
    """How a signature is cut: two documents are near duplicates if they share all rows of one band."""

    bands: int
    rows: int


# The optimum for equally weighted false positives and false negatives with 128 permutations (RedPajama-V2 §11).
SIMILARITY_BANDS = {1.0: Bands(1, 128), 0.9: Bands(5, 25), 0.8: Bands(9, 13), 0.7: Bands(14, 9)}


class HashedWords(Protocol):
    """What is used of batch.Words."""

    @property
    def data(self) -> npt.NDArray[np.uint8]: ...
    @property
    def starts(self) -> npt.NDArray[np.int64]: ...
    @property
    def ends(self) -> npt.NDArray[np.int64]: ...
    @property
    def hashes(self) -> npt.NDArray[np.uint64]: ...
    @property
    def offsets(self) -> npt.NDArray[np.int64]: ...


@dataclass(frozen=True)
class RollingParameters:
    """Of our own signatures."""

    ngram_words: int = 5
    permutations: int = 128
    seed: int = 42

    def __post_init__(self) -> None:
        if self.ngram_words < 1 or self.permutations < 1:
            raise ValueError(f"wanted at least one word and one permutation, found {self}")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"wanted a seed of 32 bits, found {self.seed}")


@cache
def rpv2_permutations() -> tuple[Table, Table]:
    """Factors a and summands b uint64[128] of RedPajama-V2, drawn a_0, b_0, a_1, b_1, … from MT19937 seeded with 42."""
    random = np.random.RandomState(SEED)
    drawn = np.empty((PERMUTATIONS, 2), np.uint64)
    for i in range(PERMUTATIONS):
        drawn[i] = _draw(random, 1), _draw(random, 0)
    a, b = np.ascontiguousarray(drawn.T)
    if not reduces_plainly(a, b):
        raise AssertionError("this table needs a full Mersenne reduction, which the kernel leaves out")
    return a, b


def _draw(random: np.random.RandomState, low: int) -> int:
    """Uniform in [low, 2^61 - 1): two 32-bit outputs, the first one upper, masked, rejected while too large."""
    while True:
        # bytes(4) is one 32-bit output of the generator, little-endian
        upper, lower = (int.from_bytes(random.bytes(4), "little") for _ in range(2))
        value = (upper << 32 | lower) & MERSENNE
        if value <= MERSENNE - 1 - low:
            return value + low


def reduces_plainly(a: Table, b: Table) -> bool:
    """Whether (v mod 2^61) + (v >> 61) < 2^61 - 1 for every v = (a·x + b) mod 2^64 with a 32-bit x.

    Then v mod (2^61 - 1) is that sum and its low 32 bits are those of v + (v >> 61). A v that breaks it has
    upper bits u = v >> 61 and (v mod 2^61) = 2^61 - 1 - k with k <= u <= 7: 36 values, each solved for x.
    """
    exceptions = [(u << 61) + MERSENNE - k for u in range(8) for k in range(u + 1)]
    for factor, summand in zip(a.tolist(), b.tolist(), strict=True):
        twos = (factor & -factor).bit_length() - 1  # factor = odd · 2^twos
        if twos > 31:
            return False
        modulus = 2 ** (64 - twos)
        inverse = pow(factor >> twos, -1, modulus)
        for value in exceptions:
            difference = (value - summand) % 2**64
            if difference % 2**twos == 0 and (difference >> twos) * inverse % modulus < 2**32:
                return False
    return True


def rpv2_signatures(words: HashedWords) -> pa.Array:
    """RedPajama-V2's signatures (§11), fixed_size_list<int32, 128> with the bits of uint32; null under 13 words.

    >>> import pyarrow as pa
    >>> from corpusmill.batch import TextBatch
    >>> signature = rpv2_signatures(TextBatch(pa.array(["too short", " ".join("abcdefghijklm")])).words)
    >>> signature.is_null().to_pylist()
    [True, False]
    """
    from corpusmill.kernels.duplicates.minhash import sha1_signatures

    a, b = rpv2_permutations()
    values = sha1_signatures(words.data, words.starts, words.ends, words.offsets, NGRAM_WORDS, a, b)
    return _nullable(values, words.offsets, NGRAM_WORDS).cast(MINHASH.field("signature").type)


def rolling_signatures(words: HashedWords, parameters: RollingParameters | None = None) -> pa.Array:
    """Our own signatures, fixed_size_list<int32, permutations>, bits of uint32; null under `ngram_words` words."""
    from corpusmill.kernels.duplicates.minhash import rolling_signatures as kernel

    parameters = parameters or RollingParameters()
    multiplier, a, b = rolling_permutations(parameters)
    values = kernel(words.hashes, words.offsets, parameters.ngram_words, multiplier, a, b)
    return _nullable(values, words.offsets, parameters.ngram_words)


@cache
def rolling_permutations(parameters: RollingParameters) -> tuple[np.uint64, Table, Table]:
    """The polynomial's multiplier, the odd factors a and the summands b of our own signatures."""
    drawn = np.frombuffer(np.random.RandomState(parameters.seed).bytes(8 * (1 + 2 * parameters.permutations)), "<u8")
    odd = drawn | np.uint64(1)
    count = parameters.permutations
    return odd[0], odd[1 : 1 + count].copy(), drawn[1 + count :].copy()


def _nullable(values: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64], ngram_words: int) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(
        pa.array(values.reshape(-1).view(np.int32)),
        values.shape[1],
        mask=pa.array(np.diff(offsets) < ngram_words),
    )


def bands(signature: pa.Array, similarity: float) -> pa.Array:
    """The bands of each signature at `similarity`, list<binary>: the values of a band big-endian, one after another.

    `signature` is a fixed_size_list<int32, n> with at least as many values as SIMILARITY_BANDS[similarity] uses;
    null gives null. A similarity that is not in the table raises ValueError.
    """
    if similarity not in SIMILARITY_BANDS:
        raise ValueError(f"no bands for similarity {similarity}; there are {', '.join(map(str, SIMILARITY_BANDS))}")
    count, rows = SIMILARITY_BANDS[similarity]
    width = signature.type.list_size
    if width < count * rows:
        raise ValueError(f"similarity {similarity} takes {count} bands of {rows} values, a signature has {width}")
    present = signature.drop_null()
    values = present.flatten().to_numpy(zero_copy_only=False).reshape(len(present), width)
    encoded = values[:, : count * rows].astype(">i4").reshape(-1)
    band_bytes = pa.Array.from_buffers(
        pa.binary(4 * rows), len(present) * count, [None, pa.py_buffer(np.ascontiguousarray(encoded))]
    ).cast(pa.binary())
    mask = signature.is_null()
    offsets = np.zeros(len(signature) + 1, np.int32)
    np.cumsum(np.where(mask.to_numpy(zero_copy_only=False), 0, count), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), band_bytes, mask=mask)
