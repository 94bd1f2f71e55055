"""MinHash signatures over word n-grams: exact kinds of 32 and 64 bits and our own over rolling hashes of word hashes.

The minimum is idempotent: a repeated n-gram changes nothing, so no set of n-grams is built.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.hashes.sha1 import TILE_SLICES, leading_words
from corpusmill.machine_code.jit import inlined, kernel

_MIX1, _MIX2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_U33, _U61 = np.uint64(33), np.uint64(61)
_MERSENNE = np.uint64(2**61 - 1)


@inlined
def _permuted(a: Any, b: Any, x: Any) -> Any:
    """((a·x + b) mod 2^64 mod (2^61 - 1)) mod 2^32, if the reduction never wraps (see `sha1_signatures`)."""
    value = a * x + b
    return np.uint32(value + (value >> _U61))


@kernel
def permuted_minima(x: Any, a: Any, b: Any, out: Any) -> None:
    """Lower out[j] to the least permuted value of the uint32 hashes `x`; a, b uint64 and out uint32 of equal length."""
    last = x.size - 1
    for i in range(0, x.size, 8):  # eight hashes per pass over the table, the last one repeated at the end
        x0, x1 = np.uint64(x[i]), np.uint64(x[min(i + 1, last)])
        x2, x3 = np.uint64(x[min(i + 2, last)]), np.uint64(x[min(i + 3, last)])
        x4, x5 = np.uint64(x[min(i + 4, last)]), np.uint64(x[min(i + 5, last)])
        x6, x7 = np.uint64(x[min(i + 6, last)]), np.uint64(x[min(i + 7, last)])
        for j in range(out.size):
            p, q = a[j], b[j]
            least = min(min(_permuted(p, q, x0), _permuted(p, q, x1)), min(_permuted(p, q, x2), _permuted(p, q, x3)))
            other = min(min(_permuted(p, q, x4), _permuted(p, q, x5)), min(_permuted(p, q, x6), _permuted(p, q, x7)))
            out[j] = min(out[j], min(least, other))


@kernel
def sha1_signatures(data: Any, starts: Any, ends: Any, offsets: Any, ngram_words: Any, a: Any, b: Any) -> Any:
    """Signatures uint32[n, permutations] of the word n-grams of n documents.

    The base hash x of the n-gram that starts with word i is the first four bytes, little-endian, of the SHA-1 of
    data[starts[i]:ends[i + ngram_words - 1]]. It is permuted by ((a·x + b) mod 2^64 mod (2^61 - 1)) mod 2^32.
    The tables a, b uint64 must be such that no 32-bit x makes the Mersenne reduction subtract its modulus; the caller
    checks that once per table. Rows of documents with fewer words than `ngram_words` are all ones.
    """
    documents = offsets.size - 1
    out = np.full((documents, a.size), np.uint32(0xFFFFFFFF), np.uint32)
    tile_starts, tile_ends = np.empty(TILE_SLICES, np.int64), np.empty(TILE_SLICES, np.int64)
    tile_document, x = np.empty(TILE_SLICES, np.int64), np.empty(TILE_SLICES, np.uint32)
    filled = 0
    for document in range(documents):
        for i in range(offsets[document], offsets[document + 1] - ngram_words + 1):
            tile_starts[filled], tile_ends[filled] = starts[i], ends[i + ngram_words - 1]
            tile_document[filled] = document
            filled += 1
            if filled == TILE_SLICES:
                leading_words(data, tile_starts, tile_ends, x)
                _scatter_minima(x, tile_document, a, b, out)
                filled = 0
    if filled:
        leading_words(data, tile_starts[:filled], tile_ends[:filled], x[:filled])
        _scatter_minima(x[:filled], tile_document[:filled], a, b, out)
    return out


@kernel
def _scatter_minima(x: Any, documents: Any, a: Any, b: Any, out: Any) -> None:
    begin = 0
    for i in range(1, x.size + 1):
        if i == x.size or documents[i] != documents[begin]:
            permuted_minima(x[begin:i], a, b, out[documents[begin]])
            begin = i


@kernel
def ngram_spans(starts: Any, ends: Any, offsets: Any, ngram_words: Any) -> Any:
    """Byte spans of the n-grams of n texts whose words lie behind each other, and begins int64[n+1] of each text's."""
    count = 0
    begins = np.zeros(offsets.size, np.int64)
    for text in range(offsets.size - 1):
        count += max(0, offsets[text + 1] - offsets[text] - ngram_words + 1)
        begins[text + 1] = count
    span_starts, span_ends = np.empty(count, np.int64), np.empty(count, np.int64)
    for text in range(offsets.size - 1):
        first = offsets[text]
        for i in range(begins[text + 1] - begins[text]):
            span_starts[begins[text] + i] = starts[first + i]
            span_ends[begins[text] + i] = ends[first + i + ngram_words - 1]
    return span_starts, span_ends, begins


@inlined
def _reduced(a: Any, b: Any, x: Any) -> Any:
    """(a·x + b) mod 2^64 mod (2^61 - 1), for any table: what is too large by up to 7 wraps to what is larger still."""
    value = a * x + b
    value = (value & _MERSENNE) + (value >> _U61)
    return min(value, value - _MERSENNE)


@kernel
def mersenne_minima(hashes: Any, begins: Any, a: Any, b: Any) -> Any:
    """Signatures uint64[n, permutations]: the least (a·x + b) mod 2^64 mod (2^61 - 1) over each text's hashes.

    Text t has hashes[begins[t]:begins[t + 1]]; all uint64. Rows of texts without a hash are all ones.
    """
    out = np.full((begins.size - 1, a.size), np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64)
    for text in range(begins.size - 1):
        row = out[text]
        last = begins[text + 1] - 1
        for i in range(begins[text], begins[text + 1], 4):  # four hashes per pass over the table
            x0, x1 = hashes[i], hashes[min(i + 1, last)]
            x2, x3 = hashes[min(i + 2, last)], hashes[min(i + 3, last)]
            for j in range(a.size):
                p, q = a[j], b[j]
                least = min(min(_reduced(p, q, x0), _reduced(p, q, x1)), min(_reduced(p, q, x2), _reduced(p, q, x3)))
                row[j] = min(row[j], least)
    return out


@kernel
def _least_products(x: Any, a: Any, b: Any, out: Any) -> None:
    """Lower out[j] to the least a[j]·x + b[j] mod 2^64 over `x`; all uint64."""
    last = x.size - 1
    for i in range(0, x.size, 4):
        x0, x1, x2, x3 = x[i], x[min(i + 1, last)], x[min(i + 2, last)], x[min(i + 3, last)]
        for j in range(out.size):
            p, q = a[j], b[j]
            out[j] = min(out[j], min(min(p * x0 + q, p * x1 + q), min(p * x2 + q, p * x3 + q)))


@kernel
def rolling_signatures(hashes: Any, offsets: Any, ngram_words: Any, multiplier: Any, a: Any, b: Any) -> Any:
    """Signatures uint32[n, permutations] from the 64-bit hashes of words.

    The hash of an n-gram is the polynomial Σ hash_k · multiplier^(n-1-k) mod 2^64, mixed by two multiply-shift rounds;
    it rolls on by two multiplications a word. Permutation j is the upper half of a[j]·x + b[j] mod 2^64, a[j] odd.
    Rows of documents with fewer words than `ngram_words` are all ones.
    """
    documents = offsets.size - 1
    out = np.full((documents, a.size), np.uint32(0xFFFFFFFF), np.uint32)
    least = np.empty(a.size, np.uint64)
    x = np.empty(TILE_SLICES, np.uint64)
    leaving = np.uint64(1)  # multiplier^ngram_words, the weight of the word that leaves the window
    for _ in range(ngram_words):
        leaving *= multiplier
    for document in range(documents):
        begin, end = offsets[document], offsets[document + 1]
        if end - begin < ngram_words:
            continue
        least[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
        rolled = np.uint64(0)
        filled = 0
        for i in range(begin, end):
            rolled = rolled * multiplier + hashes[i]
            if i - begin >= ngram_words:
                rolled -= hashes[i - ngram_words] * leaving
            if i - begin >= ngram_words - 1:
                mixed = (rolled ^ (rolled >> _U33)) * _MIX1
                mixed = (mixed ^ (mixed >> _U33)) * _MIX2
                x[filled] = mixed ^ (mixed >> _U33)
                filled += 1
                if filled == TILE_SLICES:
                    _least_products(x, a, b, least)
                    filled = 0
        if filled:
            _least_products(x[:filled], a, b, least)
        for j in range(a.size):
            out[document, j] = np.uint32(least[j] >> np.uint64(32))
    return out
