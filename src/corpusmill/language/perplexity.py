"""Perplexity of documents as CCNet measures it: normal form, pieces, 5-gram model, one number a document.

Source: specification of CCNet §6. Low is like the text that the model was trained on. Needs a model a language: folders
`<lang>/` that `corpusmill train lm` made, or CCNet's published pairs `<lang>.sp.model` and `<lang>.arpa.bin`, which the
package kenlm reads (pip install 'corpusmill[kenlm]').
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpusmill.errors import ModelRefused
from corpusmill.files import sha256_of
from corpusmill.language.ccnet_text import document_form
from corpusmill.models.card import CARD, read_card
from corpusmill.models.ngram.files import KIND, PIECES, load

Score = Callable[[list[str]], tuple[Sequence[float], Sequence[int]]]  # texts of pieces → log10, words and the end


class Perplexity:
    """The model of one language; raises ModelRefused where it is not whole."""

    def __init__(self, models: Path, language: str) -> None:
        import sentencepiece

        folder = models / language
        published = models / f"{language}.arpa.bin"
        self._score, pieces = _published(published) if published.is_file() else _ours(folder)
        self._pieces = sentencepiece.SentencePieceProcessor()
        try:
            self._pieces.LoadFromSerializedProto(pieces.read_bytes())
        except (OSError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise ModelRefused(f"{pieces} is no SentencePiece model: {reason}") from None

    def measure(self, texts: pa.Array) -> pa.Array:
        """Perplexity of each text, one decimal (float64); null for a null."""
        known = [text for text in texts.to_pylist() if text is not None]
        cut = self._pieces.encode([document_form(text) for text in known], out_type=str)
        log10, lengths = self._score([" ".join(found) for found in cut])
        values = iter([round(10.0 ** (-total / length), 1) for total, length in zip(log10, lengths, strict=True)])
        return pa.array([next(values) if valid else None for valid in texts.is_valid().to_pylist()], pa.float64())


def available(models: Path) -> list[str]:
    """Languages that `models` has a model of."""
    ours = {path.parent.name for path in models.glob(f"*/{CARD}")}
    return sorted(ours | {path.name.removesuffix(".arpa.bin") for path in models.glob("*.arpa.bin")})


def model_sha256(models: Path, language: str) -> str:
    """What decides a language's perplexities: of a model of ours its card, which holds the hash of every file.

    ModelRefused where a model of ours is not as its card says, or a published one lacks its pieces.
    """
    published, pieces = models / f"{language}.arpa.bin", models / f"{language}.sp.model"
    if published.is_file():
        if not pieces.is_file():
            raise ModelRefused(f"{pieces} is missing: it belongs to {published.name}")
        return hashlib.sha256(f"{sha256_of(published)}\n{sha256_of(pieces)}\n".encode()).hexdigest()
    folder = models / language
    read_card(folder, KIND)
    _pieces_in(folder)
    return sha256_of(folder / CARD)


def _pieces_in(folder: Path) -> Path:
    if not (folder / PIECES).is_file():
        raise ModelRefused(f"{folder} has no {PIECES}: it was trained on pieces; train it with --text")
    return folder / PIECES


def _ours(folder: Path) -> tuple[Score, Path]:
    model = load(folder)
    pieces = _pieces_in(folder)

    def score(texts: list[str]) -> tuple[Sequence[float], Sequence[int]]:
        found = model.score(texts)
        return found.log10.tolist(), np.diff(found.ends, prepend=0).tolist()

    return score, pieces


def _published(path: Path) -> tuple[Score, Path]:
    try:
        import kenlm  # type: ignore[import-not-found]
    except ImportError:
        raise ModelRefused(f"{path} needs the package kenlm: pip install 'corpusmill[kenlm]'") from None
    try:
        model = kenlm.Model(str(path))
    except (OSError, RuntimeError) as error:
        raise ModelRefused(f"{path} is no KenLM model: {str(error).splitlines()[0]}") from None

    def score(texts: list[str]) -> tuple[Sequence[float], Sequence[int]]:
        return [model.score(text) for text in texts], [len(text.split()) + 1 for text in texts]

    return score, path.with_name(path.name.removesuffix(".arpa.bin") + ".sp.model")
