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

from corpusmill.batch import TextBatch
from corpusmill.errors import RecipeError
from corpusmill.segment.libraries import punkt_sentences, spacy_sentences

Int64s = npt.NDArray[np.int64]
Spans = tuple[Int64s, Int64s, Int64s]  # start and end of each sentence, [n+1] first sentence of each text


def sentence_counts(texts: pa.Array, splitter: str) -> Int64s:
    """Sentences of each text that are not white space alone.

    Raises RecipeError for an unknown splitter, ModelRefused where spaCy, NLTK or Punkt's parameters are not installed.

    >>> sentence_counts(pa.array(["One. Two?", " "]), "fast").tolist()
    [2, 0]
    """
    return np.diff(sentence_spans(texts, splitter)[2])


def sentence_spans(texts: pa.Array, splitter: str) -> Spans:
    """Where sentences start and end, in bytes of `TextBatch(texts).data`, without white space around them.

    Those of text i are `offsets[i]:offsets[i + 1]`; sentences of white space alone are left out.
    """
    if splitter not in SPLITTERS:
        raise RecipeError([f'there is no sentence splitter "{splitter}"; there are {", ".join(SPLITTERS)}'])
    return SPLITTERS[splitter](TextBatch(texts))


def _spacy_en(batch: TextBatch) -> Spans:
    return _of_pieces(batch, lambda text: spacy_sentences(text, "en"))


def _punkt_en(batch: TextBatch) -> Spans:
    return _of_pieces(batch, lambda text: punkt_sentences(text, "english"))


def _fast(batch: TextBatch) -> Spans:
    from corpusmill.kernels.sentence_ends import find_sentences
    from corpusmill.segment.characters import sentence_marks

    starts, ends = np.empty(len(batch.data), np.int64), np.empty(len(batch.data), np.int64)
    offsets = np.empty(len(batch) + 1, np.int64)
    find_sentences(batch.data, batch.offsets, sentence_marks(), starts, ends, offsets)
    return starts[: offsets[-1]].copy(), ends[: offsets[-1]].copy(), offsets


def _of_pieces(batch: TextBatch, split: Callable[[str], list[str]]) -> Spans:
    """Spans of pieces that a library cut out of each text, in their order."""
    starts, ends, offsets = [], [], [0]
    for text, base in zip(batch.texts.to_pylist(), batch.offsets.tolist(), strict=False):
        place = at = 0  # code points, and the byte where they are
        for piece in split(text):
            start = text.index(piece, place)
            at += len(text[place:start].encode())
            starts.append(base + at)
            at += len(piece.encode())
            ends.append(base + at)
            place = start + len(piece)
        offsets.append(len(starts))
    return np.array(starts, np.int64), np.array(ends, np.int64), np.array(offsets, np.int64)


SPLITTERS: Mapping[str, Callable[[TextBatch], Spans]] = {"spacy_en": _spacy_en, "punkt_en": _punkt_en, "fast": _fast}
