"""What is known of a block, its neighbours, the containers around it and its page: rows of features.

`extract/learned/features.py` names the columns, in the order in which they are written here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import borrowed
from corpusmill.kernels.blocks.page import Page, Parsed, lent, numbered, page_of
from corpusmill.kernels.blocks.words import Announced, next_word, slot_of
from corpusmill.kernels.html.elements import (
    HASH_FACTOR,
    IN_HEADING,
    IN_LIST,
    IN_TABLE,
    NUMBERS,
)
from corpusmill.kernels.html.tables import (
    CAPITALS,
    CHARS,
    CODE_CHARS,
    COMMAS,
    CONTROLS,
    DIGITS,
    EMPHASIS_CHARS,
    IMAGES,
    LINE_BREAKS,
    LINK_CHARS,
    LINKS,
    LONGEST_WORD,
    NON_ASCII,
    PUNCTUATION,
    SENTENCE_ENDS,
    SEPARATORS,
    TAGS,
    WORDS,
)
from corpusmill.machine_code.jit import inlined, kernel

LEVELS = 6  # containers around a block, each with more text than the one before
NEIGHBOURS = 2  # on either side
WINDOWS = (5, 12)  # blocks on either side
LEXICON_WORDS = 12  # of a block, from its first, that are looked up
_WORDS = 24  # that are compared with the title and the description
_REPEAT_WORDS = 40  # by which blocks count as the same
_GROUP_PAIRS = 11  # columns of both groups

_H1, _BODY, _HTML = (NUMBERS[name] for name in ("h1", "body", "html"))
WHOLE_BLOCK = np.uint64(0x1234567)  # what the hash of all words of a block begins with


class Lexicon(NamedTuple):
    """Tables by open addressing: hashes (0: empty), what speaks for main content (NaN: unknown), marks as bits."""

    token_keys: Any  # uint64, of classes, ids, roles and itemprops
    token_scores: Any  # float32
    token_marks: Any  # int64
    word_keys: Any  # uint64, of words and of whole short blocks
    word_scores: Any  # float32


@kernel
def block_features(
    parsed: Parsed,
    announced: Announced,
    lexicon: Lexicon,
    flags: Any,
    tag_order: Any,
    marks: int,
    firsts: Any,
    out: Any,
) -> Any:
    """Fill rows of `out` float32, those of a page's candidates from `firsts[page]`; NaN: there is no such value.

    flags: IN_* bits that become columns; tag_order float32: a number by element; marks: how many the lexicon has.
    Returns int64[n, 2], of each candidate the groups that `Page.same_path` and `Page.same_class` put it in.
    """
    parsed, out = lent(parsed), borrowed(out)
    groups = np.empty((out.shape[0], 2), np.int64)
    for page in range(firsts.size - 1):
        if firsts[page] == firsts[page + 1]:
            continue
        sums = page_of(parsed, page)
        rows = out[firsts[page] : firsts[page + 1]]
        at = _own(parsed, sums, flags, tag_order, rows)
        at = _containers(parsed, sums, page, tag_order, rows, at)
        at = _neighbours(parsed, sums, tag_order, rows, at)
        at = _page(parsed, sums, rows, at)
        at = _groups(parsed, sums, rows, at)
        at = _words(parsed, sums, page, announced, lexicon, tag_order, rows, at)
        _tokens(parsed, sums, page, lexicon, marks, rows, at)
        groups[firsts[page] : firsts[page + 1], 0] = sums.same_path
        groups[firsts[page] : firsts[page + 1], 1] = sums.same_class
    return groups


@kernel
def _own(parsed: Parsed, page: Page, flags: Any, tag_order: Any, rows: Any) -> Any:
    for i in range(page.blocks.size):
        block = page.blocks[i]
        element = np.int64(parsed.block_element[block])
        c, x = parsed.counts[block], rows[i]
        chars = max(c[CHARS], 1)
        x[0], x[1], x[2], x[3] = c[CHARS], c[WORDS], c[LINK_CHARS] / chars, c[LINKS]
        x[4], x[5], x[6], x[7] = c[CHARS] / max(c[WORDS], 1), c[PUNCTUATION] / chars, c[COMMAS], c[SENTENCE_ENDS]
        x[8], x[9], x[10], x[11] = c[DIGITS] / chars, c[CAPITALS] / chars, c[SEPARATORS], c[IMAGES]
        x[12], x[13], x[14], x[15] = c[CONTROLS], c[TAGS], c[LINE_BREAKS], c[EMPHASIS_CHARS] / chars
        x[16], x[17], x[18] = c[CODE_CHARS] / chars, c[LONGEST_WORD], c[NON_ASCII] / chars
        x[19], x[20] = parsed.block_list_depth[block], parsed.element_depth[element]
        x[21], x[22] = parsed.element_ordinal[element], tag_order[parsed.element_tag[element]]
        x[23], x[24] = tag_order[parsed.element_tag[parsed.block_inner[block]]], parsed.block_joined[block]
        for j in range(flags.size):
            x[25 + j] = parsed.block_flags[block] & flags[j] != 0
    return 25 + flags.size


@kernel
def _containers(parsed: Parsed, page: Page, number: int, tag_order: Any, rows: Any, at: int) -> int:
    base = parsed.element_offsets[number]
    total = max(page.chars[0], 1)
    for i in range(page.blocks.size):
        e = page.element[i]
        x = rows[i, at:]
        for level in range(LEVELS):
            column = 8 * level
            if e < 0:
                x[column : column + 8] = np.nan
                continue
            chars, held = max(page.chars[e], 1), max(page.held[e], 1)
            x[column], x[column + 1] = page.chars[e], page.link_chars[e] / chars
            x[column + 2], x[column + 3] = page.chars[e] / total, page.held[e]
            x[column + 4], x[column + 5] = page.chars[e] / held, page.paragraph_chars[e] / chars
            x[column + 6], x[column + 7] = tag_order[parsed.element_tag[base + e]], page.sentence_ends[e] / held
            e = page.wider[e]
    return at + 8 * LEVELS


@kernel
def _neighbours(parsed: Parsed, page: Page, tag_order: Any, rows: Any, at: int) -> int:
    n = page.blocks.size
    for i in range(n):
        column = at
        x = rows[i]
        for distance in range(-NEIGHBOURS, NEIGHBOURS + 1):
            if distance == 0:
                continue
            j = i + distance
            if 0 <= j < n:
                c = parsed.counts[page.blocks[j]]
                x[column], x[column + 1] = c[CHARS], c[LINK_CHARS] / max(c[CHARS], 1)
                x[column + 2] = tag_order[parsed.element_tag[parsed.block_element[page.blocks[j]]]]
            else:
                x[column : column + 3] = np.nan
            column += 3
        for reach in WINDOWS:
            low, high = max(0, i - reach), min(n, i + reach + 1)
            chars = page.chars_before[high] - page.chars_before[low]
            x[column] = chars / (high - low)
            x[column + 1] = (page.links_before[high] - page.links_before[low]) / max(chars, 1)
            x[column + 2] = (page.ends_before[high] - page.ends_before[low]) / (high - low)
            x[column + 3] = page.headings_before[high] - page.headings_before[low]
            column += 4
    return at + 6 * NEIGHBOURS + 4 * len(WINDOWS)


@kernel
def _page(parsed: Parsed, page: Page, rows: Any, at: int) -> int:
    """What the page is like, by shares alone: sizes and counts would be learned as the names of pages."""
    n = page.blocks.size
    total = max(page.chars[0], 1)
    longest, listed, tabled = 0, 0, 0
    for i in range(n):
        c, flags = parsed.counts[page.blocks[i]], parsed.block_flags[page.blocks[i]]
        longest = max(longest, c[CHARS])
        listed += flags & IN_LIST != 0
        tabled += c[CHARS] if flags & IN_TABLE else 0
    for i in range(n):
        x = rows[i, at:]
        x[0], x[1], x[2] = n, page.link_chars[0] / total, page.paragraph_chars[0] / total
        x[3], x[4], x[5] = listed / n, page.ends_before[n] / n, tabled / total
        x[6], x[7], x[8] = i, i / n, page.chars_before[i] / total
        x[9] = parsed.counts[page.blocks[i], CHARS] / max(longest, 1)
    return at + 10


@kernel
def _groups(parsed: Parsed, page: Page, rows: Any, at: int) -> int:
    n = page.blocks.size
    total = max(page.chars[0], 1)
    sums = np.zeros((n, 5), np.int64)  # blocks, characters, those in links, first, last
    for which in range(2):
        group = page.same_path if which == 0 else page.same_class
        sums[:] = 0
        for i in range(n):
            c, g = parsed.counts[page.blocks[i]], group[i]
            if sums[g, 0] == 0:
                sums[g, 3] = i
            sums[g, 0] += 1
            sums[g, 1] += c[CHARS]
            sums[g, 2] += c[LINK_CHARS]
            sums[g, 4] = i
        for i in range(n):
            x, g = rows[i, at:], group[i]
            blocks, chars = sums[g, 0], sums[g, 1]
            if which == 0:
                x[0], x[1], x[2], x[3] = blocks, chars, chars / blocks, sums[g, 2] / max(chars, 1)
                x[4], x[5], x[6] = chars / total, sums[g, 3] / n, sums[g, 4] / n
            else:
                x[7], x[8], x[9], x[10] = blocks, chars, chars / blocks, chars / total
    return at + _GROUP_PAIRS


@inlined
def _signature(word: Any) -> Any:
    return np.uint64(1) << (word >> np.uint64(58))


@kernel
def _holds(words: Any, first: int, last: int, word: Any) -> bool:
    for i in range(first, last):  # noqa: SIM110
        if words[i] == word:
            return True
    return False


@kernel
def _words(
    parsed: Parsed, page: Page, number: int, announced: Announced, lexicon: Lexicon, tag_order: Any, rows: Any, at: int
) -> int:
    """Words known to the lexicon, to the title and to the description; where the title and headings stand; repeats."""
    n = page.blocks.size
    titles, descriptions = announced.titles, announced.descriptions
    first_title, last_title = announced.title_firsts[number], announced.title_firsts[number + 1]
    first_described, last_described = announced.description_firsts[number], announced.description_firsts[number + 1]
    title_bits, described_bits = np.uint64(0), np.uint64(0)
    for i in range(first_title, last_title):
        title_bits |= _signature(titles[i])
    for i in range(first_described, last_described):
        described_bits |= _signature(descriptions[i])
    texts = np.empty(n, np.uint64)
    title_at, title_fit, heading_at = -1, 0.0, -1
    for i in range(n):
        block = page.blocks[i]
        start, end = parsed.block_start[block], parsed.block_end[block]
        x = rows[i, at:]
        count, in_title, described, looked = 0, 0, 0, 0
        total, low, high, latest = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
        whole, said = WHOLE_BLOCK, np.uint64(7)
        position = start
        while count < _REPEAT_WORDS:
            word, position = next_word(parsed.text, position, end)
            if word == 0:
                break
            count += 1
            said = (said ^ word) * HASH_FACTOR
            if count <= _WORDS:
                bit = _signature(word)
                if title_bits & bit and _holds(titles, first_title, last_title, word):
                    in_title += 1
                if described_bits & bit and _holds(descriptions, first_described, last_described, word):
                    described += 1
            if count <= LEXICON_WORDS:
                looked = count
                whole = (whole ^ word) * HASH_FACTOR
                score = lexicon.word_scores[slot_of(lexicon.word_keys, word)]
                if score == score:
                    total += score
                    low, high, latest = min(low, score), max(high, score), score
        texts[i] = said
        compared = min(count, _WORDS)
        share = in_title / compared if compared else 0.0
        x[0] = share
        x[5] = described / compared if compared and last_described > first_described else 0.0
        x[9], x[10], x[11], x[12] = total / max(looked, 1), low, high, latest
        known = np.float32(np.nan)
        if 0 < count <= LEXICON_WORDS:
            known = lexicon.word_scores[slot_of(lexicon.word_keys, whole)]
        x[13] = known if known == known else 0.0
        tag, headed = parsed.element_tag[parsed.block_element[block]], parsed.block_flags[block] & IN_HEADING != 0
        if heading_at < 0 and tag == _H1:
            heading_at = i
        if share > 0.5 and count <= _WORDS:
            fit = share * min(in_title / (last_title - first_title), 1.0)
            fit *= (1.5 if headed else 1.0) * (1.3 if tag == _H1 else 1.0)
            if fit > title_fit:
                title_at, title_fit = i, fit
    _places(parsed, page, title_at, heading_at, tag_order, rows, at)
    _repeats(texts, rows, at)
    for i in range(n):
        mean, least, near = np.float32(0.0), np.float32(0.0), 0
        for j in range(max(0, i - 3), min(n, i + 4)):
            mean += rows[j, at + 9]
            least = min(least, rows[j, at + 13])
            near += 1
        rows[i, at + 14], rows[i, at + 15] = mean / near, least
    return at + 18


@kernel
def _places(parsed: Parsed, page: Page, title_at: int, heading_at: int, tag_order: Any, rows: Any, at: int) -> None:
    """Distances from the block most like the title, the first `<h1>`, and the headings before and behind."""
    n = page.blocks.size
    total = max(page.chars[0], 1)
    latest = -1
    for i in range(n):
        x = rows[i, at:]
        if title_at >= 0:
            x[1], x[2] = i - title_at, (page.chars_before[i] - page.chars_before[title_at]) / total
        else:
            x[1], x[2] = np.nan, np.nan
        if heading_at >= 0:
            x[3], x[4] = i > heading_at, i - heading_at
        else:
            x[3], x[4] = np.nan, np.nan
        x[6] = i - latest if latest >= 0 else np.nan
        x[8] = tag_order[parsed.element_tag[parsed.block_element[page.blocks[latest]]]] if latest >= 0 else np.nan
        if parsed.block_flags[page.blocks[i]] & IN_HEADING:
            latest = i
    latest = -1
    for i in range(n - 1, -1, -1):
        rows[i, at + 7] = latest - i if latest >= 0 else np.nan
        if parsed.block_flags[page.blocks[i]] & IN_HEADING:
            latest = i


@kernel
def _repeats(texts: Any, rows: Any, at: int) -> None:
    """Whether the same words stood on the page before, and whether they stand there twice at all."""
    from_hash = numbered(texts)
    counts = np.zeros(texts.size, np.int64)
    for i in range(texts.size):
        rows[i, at + 16] = counts[from_hash[i]] > 0
        counts[from_hash[i]] += 1
    for i in range(texts.size):
        rows[i, at + 17] = counts[from_hash[i]] > 1


@kernel
def _tokens(parsed: Parsed, page: Page, number: int, lexicon: Lexicon, marks: int, rows: Any, at: int) -> None:
    """What classes and ids of the element and of those around it say: scores, and marks that any of them has."""
    base = parsed.element_offsets[number]
    elements = page.chars.size
    scores = np.zeros((elements, 7), np.float32)  # own, nearest, next, least, most, sum, levels below least
    held = np.zeros(elements, np.int64)
    for e in range(elements):
        if page.held[e] == 0:
            continue  # it has no candidate in it
        if e:
            parent = parsed.element_parent[base + e] - base
            for column in range(1, 6):
                scores[e, column] = scores[parent, column]
            scores[e, 6] = scores[parent, 6] + np.float32(1.0)
            held[e] = held[parent]
        tag = parsed.element_tag[base + e]
        strongest, known = np.float32(0.0), False
        for token in range(parsed.token_offsets[base + e], parsed.token_offsets[base + e + 1]):
            slot = slot_of(lexicon.token_keys, parsed.token_hashes[token])
            score = lexicon.token_scores[slot]
            if score == score:
                known = True
                if abs(score) > abs(strongest):
                    strongest = score
            if tag != _BODY and tag != _HTML:
                held[e] |= lexicon.token_marks[slot]
        if known:
            scores[e, 2] = scores[e, 1]
            scores[e, 0] = scores[e, 1] = strongest
            scores[e, 5] += strongest
            if strongest < scores[e, 3]:
                scores[e, 3], scores[e, 6] = strongest, 0
            scores[e, 4] = max(scores[e, 4], strongest)
    for i in range(page.blocks.size):
        e = page.element[i]
        for column in range(7):
            rows[i, at + column] = scores[e, column]
        for mark in range(marks):
            rows[i, at + 7 + mark] = held[e] >> mark & 1
