"""Occurrences of many phrases in one pass over the text: the automaton of Aho and Corasick over UTF-8.

Time is that of the text, whatever it holds; memory is 4 bytes for every state and distinct byte of the phrases, a state
for every byte at most. `kernels/matching/reference_automaton.py` is the plain oracle.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.characters.tables import IS_WORD, Unicode
from corpusmill.kernels.characters.utf8 import class_of, decode, width
from corpusmill.machine_code.jit import inlined, kernel

ANYWHERE, FLANKED = 0, 1  # FLANKED: neither a word character before nor behind, as `(?:\W|^)…(?:\W|$)`


class Automaton(NamedTuple):
    """State 0 has read nothing; moves[state, class of byte] is twice the next state, plus 1 where a phrase ends."""

    classes: npt.NDArray[np.uint8]  # [256] of each byte; 0: in no phrase
    moves: npt.NDArray[np.int32]  # [states, classes]
    lengths: npt.NDArray[np.int32]  # [states] bytes of the phrase that is all that was read; 0: none
    shorter: npt.NDArray[np.int32]  # [states] the state of the next shorter phrase that ends here too; 0: none
    numbers: npt.NDArray[np.int32]  # [states] which phrase


def make_automaton(phrases: Iterable[str]) -> Automaton:
    """Phrases in the given order, empty ones and repetitions left out."""
    encoded = [phrase.encode() for phrase in dict.fromkeys(phrases) if phrase]
    data = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    classes = np.zeros(256, np.uint8)
    used = np.unique(data)
    classes[used] = np.arange(1, len(used) + 1)  # UTF-8 has 243 bytes at most
    states, moves, lengths, shorter, numbers = _build(data, offsets, classes, len(used) + 1)
    return Automaton(classes, moves[:states], lengths[:states], shorter[:states], numbers[:states])


@kernel
def _build(data: Any, offsets: Any, classes: Any, breadth: Any) -> Any:
    most = len(data) + 1
    moves = np.zeros((most, breadth), np.int32)
    lengths, shorter, numbers = np.zeros(most, np.int32), np.zeros(most, np.int32), np.zeros(most, np.int32)
    states = 1
    for phrase in range(len(offsets) - 1):
        state = 0
        for i in range(offsets[phrase], offsets[phrase + 1]):
            into = classes[data[i]]
            if moves[state, into] == 0:
                moves[state, into] = states
                states += 1
            state = moves[state, into]
        lengths[state] = offsets[phrase + 1] - offsets[phrase]
        numbers[state] = phrase
    falls = np.zeros(states, np.int32)  # the longest end of what was read that begins a phrase
    queue = np.empty(states, np.int32)
    first, last = 0, 0
    for into in range(1, breadth):
        if moves[0, into]:
            queue[last] = moves[0, into]
            last += 1
    while first < last:
        state = queue[first]
        first += 1
        fall = falls[state]
        shorter[state] = fall if lengths[fall] else shorter[fall]
        for into in range(1, breadth):
            child = moves[state, into]
            if child:
                falls[child] = moves[fall, into]
                queue[last] = child
                last += 1
            else:
                moves[state, into] = moves[fall, into]
    for state in range(states):
        for into in range(breadth):
            target = moves[state, into]
            moves[state, into] = 2 * target + (lengths[target] > 0 or shorter[target] > 0)
    return states, moves, lengths, shorter, numbers


@inlined
def is_word_before(data: Any, start: Any, at: Any, tables: Unicode) -> Any:
    """Whether the code point before the byte `at` is a word character; `start` is where the text begins."""
    if at <= start:
        return False
    at -= 1
    while at > start and peek8(data + at) & 0xC0 == 0x80:
        at -= 1
    return class_of(decode(data + at), tables) & IS_WORD != 0


@inlined
def is_word_at(data: Any, at: Any, end: Any, tables: Unicode) -> Any:
    """Whether the code point at the byte `at` is a word character; `end` is where the text ends."""
    if at >= end or at + width(peek8(data + at)) > end:
        return False
    return class_of(decode(data + at), tables) & IS_WORD != 0


@kernel
def count_occurrences(data: Any, offsets: Any, automaton: Automaton, flanks: Any, tables: Unicode, counts: Any) -> None:
    """counts int64[n] = occurrences of all phrases in each text, overlapping ones included."""
    for document in range(len(offsets) - 1):
        start, end = offsets[document], offsets[document + 1]
        count = 0
        state = 0
        for i in range(start, end):
            move = automaton.moves[state, automaton.classes[data[i]]]
            state = move >> 1
            if move & 1 == 0:
                continue
            found = state if automaton.lengths[state] else automaton.shorter[state]
            after = flanks == FLANKED and is_word_at(address(data), i + 1, end, tables)
            while found and not after:
                first = i + 1 - automaton.lengths[found]
                count += flanks != FLANKED or not is_word_before(address(data), start, first, tables)
                found = automaton.shorter[found]
        counts[document] = count


@kernel
def count_distinct(data: Any, offsets: Any, automaton: Automaton, seen: Any, counts: Any) -> None:
    """counts int64[n] = phrases that occur in each text; `seen` int64[states] is scratch of -1."""
    for document in range(len(offsets) - 1):
        count = 0
        state = 0
        for i in range(offsets[document], offsets[document + 1]):
            move = automaton.moves[state, automaton.classes[data[i]]]
            state = move >> 1
            if move & 1 == 0:
                continue
            found = state if automaton.lengths[state] else automaton.shorter[state]
            while found and seen[found] != document:
                seen[found] = document
                count += 1
                found = automaton.shorter[found]
        counts[document] = count
