"""From documents to a language model with its pieces, as CCNet makes them: one document is one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from corpusmill.errors import InputRefused
from corpusmill.language.ccnet_text import document_form
from corpusmill.models.ngram.train import NgramParameters, Trained, train_on_lines
from corpusmill.models.pieces import FOR_LANGUAGE_MODELS, train_unigram

_ENCODED_AT_ONCE = 1000


@dataclass(frozen=True)
class LanguageModelParameters:
    """How a language's model is made; CCNet's values."""

    language: str
    vocabulary_size: int = 65_536  # fewer where the text does not hold so many
    ngrams: NgramParameters = field(default_factory=NgramParameters)


def train_on_text(
    documents: Iterable[str],
    parameters: LanguageModelParameters,
    training_text: Mapping[str, str],
    out: Path,
    arpa: Path | None = None,
) -> Trained:
    """A model of `documents`; `training_text` names them, with their hashes, for the card. Blank ones are left out.

    Raises InputRefused where no document has text.
    """
    import sentencepiece

    forms = [form for form in map(document_form, documents) if form]
    if not forms:
        raise InputRefused(f"there is no text to train a model of {parameters.language!r} on")
    pieces = train_unigram(forms, parameters.vocabulary_size, FOR_LANGUAGE_MODELS)
    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(pieces)
    lines: list[str] = []
    for start in range(0, len(forms), _ENCODED_AT_ONCE):
        cut = processor.encode(forms[start : start + _ENCODED_AT_ONCE], out_type=str)
        lines += [" ".join(found) for found in cut]
    described = {"language": parameters.language, "vocabulary_size": parameters.vocabulary_size}
    return train_on_lines(
        pa.array(lines, pa.large_string()), parameters.ngrams, training_text, out, arpa, pieces, described
    )
