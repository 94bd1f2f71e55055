"""What labelled blocks say of the tokens around them and of their words, page by page: for training alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.blocks.features import LEXICON_WORDS, WHOLE_BLOCK
from corpusmill.kernels.blocks.page import Parsed, page_of
from corpusmill.kernels.blocks.words import next_word
from corpusmill.kernels.html.elements import HASH_FACTOR
from corpusmill.machine_code.jit import kernel


@kernel
def token_evidence(parsed: Parsed, page: int, labels: Any, weights: Any) -> Any:
    """Hash, main weight and weight of what each token of the page is around of; labels and weights a candidate."""
    sums = page_of(parsed, page)
    base = parsed.element_offsets[page]
    elements = sums.chars.size
    main, held = np.zeros(elements), np.zeros(elements)
    for i in range(sums.blocks.size):
        main[sums.element[i]] += labels[i] * weights[i]
        held[sums.element[i]] += weights[i]
    for e in range(elements - 1, 0, -1):
        parent = parsed.element_parent[base + e] - base
        main[parent] += main[e]
        held[parent] += held[e]
    first = parsed.token_offsets[base]
    count = parsed.token_offsets[base + elements] - first
    hashes, of_main, of_all = np.empty(count, np.uint64), np.empty(count), np.empty(count)
    for e in range(elements):
        for token in range(parsed.token_offsets[base + e], parsed.token_offsets[base + e + 1]):
            hashes[token - first] = parsed.token_hashes[token]
            of_main[token - first], of_all[token - first] = main[e], held[e]
    return hashes, of_main, of_all


@kernel
def word_evidence(parsed: Parsed, page: int, labels: Any) -> Any:
    """The same of the first words of each block, each block counted once, and of all words of a short one together."""
    sums = page_of(parsed, page)
    room = sums.blocks.size * (LEXICON_WORDS + 1)
    hashes, of_main = np.empty(room, np.uint64), np.empty(room)
    count = 0
    for i in range(sums.blocks.size):
        block = sums.blocks[i]
        at, end = parsed.block_start[block], parsed.block_end[block]
        whole, words = WHOLE_BLOCK, 0
        while words < LEXICON_WORDS:
            word, at = next_word(parsed.text, at, end)
            if word == 0:
                break
            words += 1
            whole = (whole ^ word) * HASH_FACTOR
            hashes[count], of_main[count] = word, labels[i]
            count += 1
        if words and next_word(parsed.text, at, end)[0] == 0:
            hashes[count], of_main[count] = whole, labels[i]
            count += 1
    return hashes[:count], of_main[:count], np.ones(count)
