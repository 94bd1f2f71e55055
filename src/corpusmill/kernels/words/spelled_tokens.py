"""Tokens that are known by their lengths, spelled out of their text again."""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.characters.utf8 import width
from corpusmill.machine_code.jit import kernel

_SPACE = 0x20


@kernel
def spell(data: Any, offsets: Any, lengths: Any, tokens: Any, out: Any, starts: Any, ends: Any, words: Any) -> Any:
    """Write each token and a space to `out`, with its span there and the number of its word; returns the bytes written.

    data uint8 and offsets int64[n+1]: texts of words with spaces between them. Tokens of text t are
    tokens[t]:tokens[t + 1], of `lengths` code points, in order, none begins with a space. `words` are counted over all
    texts. `out` has room for the bytes of data and one a token.
    """
    origin = address(data)
    at = 0
    word = -1
    for text in range(offsets.size - 1):
        here, stop = offsets[text], offsets[text + 1]
        begins = True
        for token in range(tokens[text], tokens[text + 1]):
            while here < stop and data[here] == _SPACE:
                here += 1
                begins = True
            word += begins
            begins = False
            starts[token], words[token] = at, word
            for _ in range(lengths[token]):
                for _ in range(width(peek8(origin + here))):
                    out[at] = data[here]
                    at += 1
                    here += 1
            ends[token] = at
            out[at] = _SPACE
            at += 1
    return at
