"""Repeated passages of a group of texts by a suffix array, with their lengths and how often each occurs.

The tokens of all texts stand one after another as numbers, with a number of its own after each text. The suffixes that
begin with the same m tokens are neighbours in the suffix array, so windows that occur again, and the longest passages
around them, are read off the lengths of common prefixes (Lee and others 2022). Spans are those of search.py; that way
needs no memory for the corpus, this one says more of a group that fits.

Memory: at most GROUP_BYTES_PER_TOKEN for each token and text, and 20 to 30 for each different token.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.dedupe.shuffle import Rows
from corpusmill.dedupe.substrings.windows import MIN_TOKENS, Numbers, Tokens, tokens_of

GROUP_BYTES_PER_TOKEN = 25
MOST_TOKENS = 2**31 - 2  # numbers are int32
BATCH_TEXTS = 256
MOST_PASSAGES = 20

REPEATS = pa.schema(
    [
        pa.field("text", pa.string(), False),  # as its first occurrence has it
        pa.field("tokens", pa.int64(), False),
        pa.field("occurrences", pa.int64(), False),
        pa.field("first", pa.int64(), False),  # number of the first text that has it
        pa.field("start", pa.int64(), False),  # code points, in that text
        pa.field("end", pa.int64(), False),
    ]
)

Ids = npt.NDArray[np.int32]


class Suffixes:
    """A suffix array over the tokens of some texts; raises ValueError for more than 2^31 - 2 tokens and texts."""

    def __init__(self, tokens: Iterable[Tokens]) -> None:
        from corpusmill.kernels.duplicates.suffixes import common_prefixes, suffix_array

        numbering = _Numbering()
        pieces, counts = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
        for some in tokens:
            pieces.append(numbering.of(some))
            counts.append(np.diff(some.firsts) + 1)
        self.ids = np.concatenate(pieces)
        del pieces
        self.firsts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])  # of each text, and the end
        self.order: Ids = suffix_array(self.ids, numbering.given)
        self.prefixes = np.empty(len(self.ids), np.int32)
        common_prefixes(self.ids, self.order, np.empty(len(self.ids), np.int32), self.prefixes)

    def copies(self, min_tokens: int, keep: str) -> Rows:
        """Positions uint64[n, 1] of the windows that are copies, as copies.py has them; the first token is at 0."""
        from corpusmill.kernels.duplicates.suffixes import copies_by_suffix

        found = np.empty(len(self.ids), np.bool_)
        copies_by_suffix(self.order, self.prefixes, min_tokens, keep == "all", found)
        places = np.flatnonzero(found)
        return (places - self._texts_of(places)).astype(np.uint64).reshape(-1, 1)

    def repeats(self, min_tokens: int, most: int, apart: bool = False) -> Numbers:
        """int64[n, 4]: tokens, occurrences, text, first token in it, of the passages that repeat most tokens.

        `apart`: of those whose first occurrences share tokens only the first.
        """
        from corpusmill.kernels.duplicates.suffixes import maximal_repeats

        count = maximal_repeats(self.ids, self.order, self.prefixes, min_tokens, np.empty((0, 3), np.int64))
        found = np.empty((count, 3), np.int64)
        maximal_repeats(self.ids, self.order, self.prefixes, min_tokens, found)
        tokens, occurrences, places = found.T
        chosen = np.lexsort((places, -tokens * (occurrences - 1)))
        if apart:
            chosen = _apart(chosen, places, places + tokens, most)
        chosen = chosen[:most]
        texts = self._texts_of(places[chosen])
        return np.column_stack([found[chosen, :2], texts, places[chosen] - self.firsts[texts]])

    def _texts_of(self, places: Numbers) -> Numbers:
        return np.searchsorted(self.firsts, places, "right") - 1


def _apart(chosen: Numbers, starts: Numbers, ends: Numbers, most: int) -> Numbers:
    """Of `chosen`, in this order, the first `most` that share nothing with one before."""
    found: list[int] = []
    while len(chosen) and len(found) < most:
        best = int(chosen[0])
        found.append(best)
        chosen = chosen[(starts[chosen] >= ends[best]) | (ends[chosen] <= starts[best])]
    return np.array(found, np.int64)


class _Numbering:
    """Numbers from 0 for tokens and ends of texts, as they come."""

    def __init__(self) -> None:
        self.given = self._held = 0
        self._slots, self._numbers = _free_table(1 << 10)

    def of(self, tokens: Tokens) -> Ids:
        from corpusmill.kernels.duplicates.suffixes import number_hashes, rehash_numbers

        count, texts = len(tokens.hashes), len(tokens.firsts) - 1
        if self.given + count + texts > MOST_TOKENS:
            raise ValueError(f"a suffix array holds at most {MOST_TOKENS:,} tokens; take a smaller group")
        if 1.5 * (self._held + count) > len(self._slots):
            larger = _free_table(2 * (self._held + count))
            rehash_numbers(self._slots, self._numbers, *larger)
            self._slots, self._numbers = larger
        out = np.empty(count + texts, np.int32)
        given = number_hashes(tokens.hashes, tokens.firsts, self._slots, self._numbers, self.given, out)
        self._held += given - self.given - texts
        self.given = given
        return out


def _free_table(slots: int) -> tuple[npt.NDArray[np.uint64], Ids]:
    return np.zeros(slots, np.uint64), np.full(slots, -1, np.int32)


def repeated_passages(
    texts: pa.Array, min_tokens: int = MIN_TOKENS, most: int = MOST_PASSAGES, apart: bool = False
) -> pa.Table:
    """REPEATS of at least `min_tokens` that occur more than once, those first that repeat most tokens in all.

    A passage is as long as it can be without occurring less often; a shorter one within it is there if it occurs more
    often, unless `apart` asks for passages that share nothing where they first occur. Occurrences may share tokens.

    >>> texts = pa.array(["to be or not to be", "he said: to be or not to be!", "or not to be?"])
    >>> repeated_passages(texts, 4).select(["text", "tokens", "occurrences", "first"]).to_pylist()[0]
    {'text': 'or not to be', 'tokens': 4, 'occurrences': 3, 'first': 0}
    """
    batches = (texts.slice(at, BATCH_TEXTS) for at in range(0, len(texts), BATCH_TEXTS))
    found = Suffixes(tokens_of(TextBatch(batch)) for batch in batches).repeats(min_tokens, most, apart)
    return pa.Table.from_pylist([passage(texts.slice(row[2], 1), *row) for row in found.tolist()], REPEATS)


def passage(text: pa.Array, tokens: int, occurrences: int, first: int, token: int) -> dict[str, int | str]:
    """A row of REPEATS; `text` is an array of the one text it is in, `token` the first of its tokens there."""
    content = text[0].as_py()
    batch = TextBatch(text)
    places = tokens_of(batch)
    data = batch.data.tobytes()
    start, end = (len(data[:at].decode()) for at in (places.starts[token], places.ends[token + tokens - 1]))
    return {
        "text": content[start:end],
        "tokens": tokens,
        "occurrences": occurrences,
        "first": first,
        "start": start,
        "end": end,
    }
