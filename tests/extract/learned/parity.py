"""Features by the kernels beside those of the plain oracle, for a lexicon made of the pages themselves.

usage: python -m tests.extract.learned.parity   (under NUMBA_BOUNDSCHECK=1: see test_bounds.py)
"""

from __future__ import annotations

import random

import numpy as np

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.learned.features import _FLAGS, _TAG_ORDER, FEATURES, FIRST_STAGE, candidates, candidates_of
from corpusmill.extract.learned.lexicon import _MARKED, NO_LEXICON, Lexicon
from corpusmill.kernels.blocks.choice import best_choice
from corpusmill.kernels.blocks.evidence import token_evidence, word_evidence
from corpusmill.kernels.blocks.features import WHOLE_BLOCK
from corpusmill.kernels.blocks.reference_context import context_of
from corpusmill.kernels.blocks.reference_features import Known, features_of, words_of
from corpusmill.kernels.html.elements import HASH_FACTOR, name_hash
from tests.extract.blocks.invariants import PAGES, PIECES
from tests.extract.learned.demo import parsed_pages

MARKED = {mark: {name_hash(word) for word in words.split()} for mark, words in _MARKED.items()}


def hash_of(words: tuple[bytes, ...]) -> int:
    """Of one word; of a whole block, where an empty word comes first."""
    hashes = [name_hash(word.decode("utf-8", "surrogateescape")) for word in words if word]
    if words[0]:
        return hashes[0]
    state = int(WHOLE_BLOCK)
    for value in hashes:
        state = (state ^ value) * int(HASH_FACTOR) % 2**64
    return state


def lexicons(pages: ParsedPages) -> tuple[Lexicon, Known]:
    """About two thirds of the tokens and words of `pages`, with scores of both signs, equal ones among them."""

    def scored(hashes: list[int]) -> dict[int, float]:
        return {value: (value % 17 - 8) / 4 for value in sorted(set(hashes)) if value % 3 and value}

    texts = [
        words_of(bytes(pages.text[start:end]))
        for start, end in zip(pages.blocks.starts, pages.blocks.ends, strict=True)
    ]
    words = {(word,) for text in texts for word in text} | {(b"", *text) for text in texts if text}
    by_hash = {hash_of(word): word for word in words if len(word) < 15 and all(map(_is_text, word))}
    tokens, scores = scored(pages.tokens.hashes.tolist()), scored([*by_hash])
    known = Known(tokens, {by_hash[value]: score for value, score in scores.items()}, MARKED, _TAG_ORDER, _FLAGS)
    columns = [np.array([*tokens], np.uint64), np.array([*tokens.values()], np.float32)]
    columns += [np.array([*scores], np.uint64), np.array([*scores.values()], np.float32)]
    return Lexicon(*columns), known


def _is_text(word: bytes) -> bool:
    return word.decode("utf-8", "replace").encode() == word


def compare(pages: list[str]) -> int:
    """Assert that every column of every candidate of `pages` is as the oracle has it; returns the number of rows."""
    parsed = parsed_pages(pages)
    lexicon, known = lexicons(parsed)
    found = candidates_of(parsed, lexicon)
    candidate = candidates(parsed)
    generator = random.Random(len(found.rows))
    likely = np.array([generator.randrange(65) / 64 for _ in found.rows], np.float32)
    found.profile("article")
    found.add_context(likely)
    for number in range(len(pages)):
        first, last = found.firsts[number : number + 2].tolist()
        rows = features_of(parsed, number, candidate, known)
        context = context_of(parsed, number, candidate, likely[first:last].tolist()) if rows else []
        assert len(rows) == last - first
        for i, (row, around) in enumerate(zip(rows, context, strict=True)):
            whole = row | around | {"profile": 1.0}
            assert whole.keys() == set(FEATURES)
            expected = np.array([whole[name] for name in FEATURES], np.float64)
            same = np.isclose(found.features[first + i], expected, rtol=1e-5, atol=1e-6, equal_nan=True)
            wrong = {FEATURES[j]: (found.features[first + i, j], expected[j]) for j in np.flatnonzero(~same)}
            assert not wrong, (number, i, wrong, pages[number][:2000])
    return len(found.rows)


def hostile_pages() -> dict[str, str]:
    """Pages of a shape that no table foresees."""
    return {
        "empty": "",
        "no candidate": "<title>x</title><script>y</script><template><p>z</template>",
        "one block": "word",
        "one block without a word": "<p>***",
        "nested": "<div>" * 5000 + "deep",
        "nested blocks": "<div>a " * 600,
        "blocks of one word": "<p>x" * 3000,
        "different words": "".join(f"<p>w{i}" for i in range(1500)),
        "only links": "<a href=/>home</a><ul>" + "<li><a href=/>link</a>" * 200,
        "Chinese": "<h1>漢字の題</h1>" + "<p>文章、もう一つ。</p>" * 30,
        "long title": "<title>" + " ".join(f"w{i}" for i in range(300)) + "</title><p>w1 w2 w3",
        "long words": "<p>" + "x" * 100_000 + "<p>" + "é" * 50_000,
        "classes": "<p class='" + "content-Body comments " * 3000 + "'>x",
        "headings": "<h1>a" * 100 + "<h2>b" * 100,
    }


def canaries(pages: ParsedPages) -> None:
    """Features are written into a matrix wider and longer than they: nothing beyond them may change."""
    from corpusmill.kernels.blocks import context as block_context
    from corpusmill.kernels.blocks import features as block_features
    from corpusmill.kernels.blocks.words import Announced

    found = candidates_of(pages, lexicons(pages)[0])
    out = np.full((len(found.rows) + 3, len(FEATURES) + 5), 7.5, np.float32)
    nothing = np.zeros(0, np.uint64), np.zeros(len(pages) + 1, np.int64)
    from corpusmill.extract.learned import features

    block_features.block_features(
        found.parsed, Announced(*nothing, *nothing), NO_LEXICON.tables, features._FLAG_BITS, features._TAG_NUMBERS,
        len(MARKED), found.firsts, out[: len(found.rows)],
    )  # fmt: skip
    width = len(FIRST_STAGE) - 1  # the profile is not of the kernel
    assert (out[: len(found.rows), width:] == 7.5).all()
    assert (out[: len(found.rows), :width] != 7.5).any(axis=0).all() or not len(found.rows)
    likely = np.full(len(found.rows), 0.25, np.float32)
    block_context.block_context(
        found.parsed, found.rows, found.groups, found.firsts, likely, out[: len(found.rows)], width + 1
    )
    assert (out[: len(found.rows), len(FEATURES) :] == 7.5).all()
    assert (out[len(found.rows) :] == 7.5).all()
    if len(found.rows):
        assert (out[: len(found.rows), width + 1 : len(FEATURES)] != 7.5).any(axis=0).all()


def through_all(pages: list[str]) -> None:
    """Everything that indexes the arrays of pages, once."""
    parsed = parsed_pages(pages)
    found = candidates_of(parsed, lexicons(parsed)[0])
    found.add_context(np.full(len(found.rows), 0.5, np.float32))
    chosen = np.zeros(len(parsed.blocks.element), bool)
    probabilities, counts = np.full(len(found.rows), 0.5, np.float32), parsed.blocks.counts
    best_choice(probabilities, found.firsts, found.rows, counts, 1.0, chosen)
    for number in range(len(pages)):
        labels = np.full(int(np.diff(found.firsts)[number]), 0.5, np.float32)
        token_evidence(found.parsed, number, labels, labels.astype(np.float64))
        word_evidence(found.parsed, number, labels)
    canaries(parsed)


def main() -> None:
    through_all([])
    through_all([*hostile_pages().values()])
    for page in hostile_pages().values():
        through_all([page])
    generator = random.Random(7)
    for page in PAGES:
        through_all([page[:end].decode("utf-8", "replace") for end in range(len(page))])
    for _ in range(200):
        through_all(["".join(generator.choices(PIECES, k=generator.randrange(60))) for _ in range(10)])
    print("all")


if __name__ == "__main__":
    main()
