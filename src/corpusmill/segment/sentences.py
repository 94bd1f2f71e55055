"""Sentences of texts, each text alone, by the name of a splitter.

spacy_en  spaCy's blank English tokenizer with its rule-based sentencizer, as datatrove 0.10.1 splits for C4
punkt_en  NLTK's Punkt with English parameters, as TensorFlow Datasets and datatrove 0.2.0 split for C4
fast      our own: a sentence ends behind a run of end marks (`. ? !` and those of other scripts, see
          `sentence_ends`) and the closing quotes and brackets after it, where white space or the text's end
          follows; `。` `！` `？` `｡` and `．` need nothing to follow
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch, empty
from corpusmill.errors import RecipeError
from corpusmill.segment.libraries import cuts_of, spacy_sentences
from corpusmill.segment.memo import chunks_of, with_cuts
from corpusmill.segment.punkt import punkt_of
from corpusmill.segment.spacy_rules import memo_of
from corpusmill.segment.tokens import PUNCTUATION, SENTENCE_END

Int64s = npt.NDArray[np.int64]
Chosen = npt.NDArray[np.bool_]
Spans = tuple[Int64s, Int64s, Int64s]  # start and end of each sentence, [n+1] first sentence of each text


def sentence_counts(texts: pa.Array, splitter: str) -> Int64s:
    """Sentences of each text that are not white space alone.

    Raises RecipeError for an unknown splitter, ModelRefused where spaCy, NLTK or Punkt's parameters are not installed.

    >>> sentence_counts(pa.array(["One. Two?", " "]), "fast").tolist()
    [2, 0]
    """
    if splitter == "punkt_en":  # places in bytes are most of the work
        count = punkt_of("english").count
        return np.array([count(text) for text in TextBatch(texts).texts.to_pylist()], np.int64)
    return np.diff(sentence_spans(texts, splitter)[2])


def sentence_spans(texts: pa.Array, splitter: str) -> Spans:
    """Where sentences start and end, in bytes of `TextBatch(texts).data`, without white space around them.

    Those of text i are `offsets[i]:offsets[i + 1]`; sentences of white space alone are left out.
    """
    if splitter not in SPLITTERS:
        raise RecipeError([f'there is no sentence splitter "{splitter}"; there are {", ".join(SPLITTERS)}'])
    return SPLITTERS[splitter](TextBatch(texts))


def _spacy_en(batch: TextBatch) -> Spans:
    """By the memo of chunks; texts that are left to spaCy as a whole (spacy_rules.py) have their sentences by it."""
    from corpusmill.kernels.words.sentence_ends import find_ruled_sentences

    memo = memo_of("en")
    assert memo is not None
    chunks, cut = with_cuts(batch, chunks_of(batch), cuts_of)
    with memo.lock:
        entries = memo.entries_of(batch.data, chunks.starts, chunks.ends)
        linked = memo.linked(batch, chunks, entries)
        linked[cut] = False
        tokens = int((memo.first_rows[entries + 1] - memo.first_rows[entries]).sum())
        starts, ends, offsets = empty(tokens, np.int64), empty(tokens, np.int64), empty(len(batch) + 1, np.int64)
        find_ruled_sentences(
            batch.data,
            batch.offsets,
            chunks.starts,
            chunks.ends,
            chunks.offsets,
            entries,
            memo.first_rows,
            memo.kinds,
            memo.places,
            memo.widths,
            SENTENCE_END,
            PUNCTUATION,
            starts,
            ends,
            offsets,
        )
        spans = starts[: offsets[-1]], ends[: offsets[-1]], offsets
        return _replaced(batch, spans, linked, lambda text: spacy_sentences(text, "en")) if linked.any() else spans


def _punkt_en(batch: TextBatch) -> Spans:
    punkt = punkt_of("english")

    def split(text: str) -> list[str]:
        return [stripped for start, end in punkt.spans(text) if (stripped := text[start:end].strip())]

    return _of_pieces(batch, split)


def _fast(batch: TextBatch) -> Spans:
    from corpusmill.kernels.words.sentence_ends import find_sentences
    from corpusmill.segment.characters import sentence_marks

    starts, ends = np.empty(len(batch.data), np.int64), np.empty(len(batch.data), np.int64)
    offsets = np.empty(len(batch) + 1, np.int64)
    find_sentences(batch.data, batch.offsets, sentence_marks(), starts, ends, offsets)
    return starts[: offsets[-1]].copy(), ends[: offsets[-1]].copy(), offsets


def _of_pieces(batch: TextBatch, split: Callable[[str], list[str]]) -> Spans:
    """Spans of pieces that a library cuts out of each text, in their order."""
    found = [_spans_of(batch, text, split) for text in range(len(batch))]
    counts = [len(spans) for spans in found]
    flat = np.array([span for spans in found for span in spans], np.int64).reshape(-1, 2)
    return flat[:, 0], flat[:, 1], np.cumsum([0, *counts])


def _spans_of(batch: TextBatch, index: int, split: Callable[[str], list[str]]) -> list[tuple[int, int]]:
    text, at = batch.texts[index].as_py(), int(batch.offsets[index])
    place = 0  # in code points, where `at` is in bytes
    spans = []
    for piece in split(text):
        start = text.index(piece, place)
        first = at + len(text[place:start].encode())
        at, place = first + len(piece.encode()), start + len(piece)
        spans.append((first, at))
    return spans


def _replaced(batch: TextBatch, spans: Spans, chosen: Chosen, split: Callable[[str], list[str]]) -> Spans:
    """`spans` with those of the chosen texts by a library in place of theirs."""
    starts, ends, offsets = spans
    found = {text: _spans_of(batch, text, split) for text in np.flatnonzero(chosen).tolist()}
    kept = np.repeat(~chosen, np.diff(offsets))
    counts = np.where(chosen, 0, np.diff(offsets))
    places = np.append(0, np.cumsum(counts))
    inserted = [place for text, pairs in found.items() for place in [places[text]] * len(pairs)]
    flat = np.array([pair for pairs in found.values() for pair in pairs], np.int64).reshape(-1, 2)
    counts[list(found)] = [len(pairs) for pairs in found.values()]
    return (
        np.insert(starts[kept], inserted, flat[:, 0]),
        np.insert(ends[kept], inserted, flat[:, 1]),
        np.append(0, np.cumsum(counts)),
    )


SPLITTERS: Mapping[str, Callable[[TextBatch], Spans]] = {"spacy_en": _spacy_en, "punkt_en": _punkt_en, "fast": _fast}
