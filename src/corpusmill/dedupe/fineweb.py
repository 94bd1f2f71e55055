"""FineWeb's MinHash signatures, as datatrove makes them (specification fineweb §3): 14 bands of 8 values.

    texts → simplified texts → words → hashes of runs of five words → least permuted values

Words are the pieces between white space of the simplified text. That is what datatrove's tokenizers make of nearly all
of it, since punctuation is gone by then; spaCy's English one also parts signs and units from numbers ("€0", "0km") and
a few contractions ("cannot"). `joined` takes the words of any tokenizer; signatures of equal words are equal bit for
bit. Digits and marks are those of Unicode 14.0; later versions know a few more, in scripts that were added since.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.batch import TextBatch, empty
from corpusmill.dedupe.shingles import Shingles

WORDS = 5
VALUES = 112
SEED = 1
HASHES = ("xxhash64", "sha1")  # FineWeb-2 and datatrove today; FineWeb v1

_MERSENNE = 2**61 - 1
_PUNCTUATION = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»" + "".join(
    map(chr, [*range(9), *range(11, 32), *range(127, 160)])
)
_SEPARATORS = ".,،٫⎖⎗⎘"

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Table = npt.NDArray[np.uint64]


class JoinedWords(NamedTuple):
    """Words of n texts; those of one text lie in `data` with one byte, a space, between them."""

    data: Bytes
    starts: Int64s
    ends: Int64s
    offsets: Int64s  # [n+1] first word of each text


def simplified(texts: pa.Array) -> pa.Array:
    """The texts as large_string, in lower case, without numbers, punctuation and diacritics; null counts as empty.

    >>> simplified(pa.array(["Çà et là: 1,234 fois!", None])).to_pylist()
    ['ca et la 0 fois', '']
    """
    _, data, begins = _simplify(texts, True)
    return pa.LargeStringArray.from_buffers(len(begins) - 1, pa.py_buffer(begins), pa.py_buffer(data))


def words(texts: pa.Array) -> JoinedWords:
    """The words of the simplified texts.

    >>> found = words(pa.array(["Don't panic!"]))
    >>> [bytes(found.data[s:e]) for s, e in zip(found.starts, found.ends)]
    [b'don', b't', b'panic']
    """
    return _simplify(texts, False)[0]


def simplified_spans(batch: TextBatch) -> tuple[Int64s, Int64s]:
    """Byte spans in the texts themselves of what `words` finds, in its order.

    >>> batch = TextBatch(pa.array(["It's 1,000 km."]))
    >>> [bytes(batch.data[s:e]).decode() for s, e in zip(*simplified_spans(batch))]
    ['It', 's', '1,000', 'km']
    """
    from corpusmill.kernels.characters.tables import unicode_tables
    from corpusmill.kernels.words.simplify import classes, word_spans

    room = len(batch.data) // 2 + len(batch) + 1
    starts, ends = empty(room, np.int64), empty(room, np.int64)
    kinds = classes(_PUNCTUATION, _SEPARATORS)
    offsets = np.empty(len(batch) + 1, np.int64)
    count = word_spans(batch.data, batch.offsets, kinds, unicode_tables(), starts, ends, offsets)
    return starts[:count], ends[:count]


def _simplify(texts: pa.Array, gaps: bool) -> tuple[JoinedWords, Bytes, Int64s]:
    from corpusmill.kernels.characters.tables import unicode_tables
    from corpusmill.kernels.words.simplify import SLACK, classes, simplify

    batch = TextBatch(texts)
    size, longest = len(batch.data), int(np.diff(batch.offsets).max(initial=0))
    out, marks = empty(3 * size + SLACK, np.uint8), empty(2 * longest, np.uint32)
    starts, ends = empty(size // 2 + len(batch), np.int64), empty(size // 2 + len(batch), np.int64)
    offsets, begins = np.empty(len(batch) + 1, np.int64), np.empty(len(batch) + 1, np.int64)
    kinds, tables = classes(_PUNCTUATION, _SEPARATORS), unicode_tables()
    count = simplify(batch.data, batch.offsets, kinds, tables, gaps, marks, out, starts, ends, offsets, begins)
    data = out[: begins[-1]]
    return JoinedWords(data, starts[:count], ends[:count], offsets), data, begins


def joined(words: pa.Array) -> JoinedWords:
    """Words that some tokenizer made, a list of strings a text; a null list has none, a null word is refused.

    >>> joined(pa.array([["a", "bc"], [], ["d"]])).starts.tolist()
    [0, 2, 5]
    """
    words = words.cast(pa.large_list(pa.large_string()))
    flat, counts = words.flatten(), np.asarray(pc.list_value_length(words).fill_null(0).to_numpy(), np.int64)
    if flat.null_count:
        raise ValueError("a word is null")
    nothing, space = pa.scalar("", flat.type), pa.scalar(" ", flat.type)
    spaced = TextBatch(pc.binary_join_element_wise(flat, nothing, space))  # each word and a space
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return JoinedWords(spaced.data, spaced.offsets[:-1], spaced.offsets[1:] - 1, offsets)


def shingles(words: JoinedWords, hashed: str = HASHES[0]) -> Shingles:
    """Hashes of the runs of five words joined by one space, in their order; a text of fewer words has none.

    `hashed`: "xxhash64" (seed 0), or "sha1": the first eight bytes of the digest, little-endian.

    >>> found = shingles(joined(pa.array([["a", "b", "c", "d", "e"], ["too", "short"]])))
    >>> [hex(value) for value in found.hashes.tolist()], found.begins.tolist()
    (['0x8c77a5a9d087d48c'], [0, 1, 1])
    """
    return ngram_hashes(words, WORDS, hashed)


def ngram_hashes(words: JoinedWords, size: int, hashed: str = HASHES[0]) -> Shingles:
    """The same for runs of `size` words."""
    from corpusmill.kernels.duplicates.minhash import ngram_spans
    from corpusmill.kernels.hashes.sha1 import leading_pairs
    from corpusmill.kernels.hashes.xxhash64 import xxhash64_spans

    kernels = dict(zip(HASHES, (xxhash64_spans, leading_pairs), strict=True))
    if hashed not in kernels:
        raise ValueError(f"hash {hashed!r} is unknown; wanted one of {', '.join(HASHES)}")
    starts, ends, begins = ngram_spans(words.starts, words.ends, words.offsets, size)
    hashes = empty(len(starts), np.uint64)
    kernels[hashed](words.data, starts, ends, hashes)
    return Shingles(hashes, begins)


def signatures(found: Shingles) -> pa.Array:
    """fixed_size_list<int64, 112> with the bits of uint64, band after band; null for texts without a shingle."""
    from corpusmill.kernels.duplicates.minhash import mersenne_minima

    values = mersenne_minima(found.hashes, found.begins, *permutations())
    return pa.FixedSizeListArray.from_arrays(
        pa.array(values.reshape(-1).view(np.int64)), VALUES, mask=pa.array(np.diff(found.begins) == 0)
    )


@cache
def permutations() -> tuple[Table, Table]:
    """Factors a and summands b of h = (a·x + b) mod 2^64 mod (2^61 - 1), each uint64[112]."""
    random = np.random.RandomState(SEED)  # its streams are frozen
    return random.randint(1, _MERSENNE, VALUES, np.uint64), random.randint(0, _MERSENNE, VALUES, np.uint64)
