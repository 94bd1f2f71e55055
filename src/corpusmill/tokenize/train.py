"""Training a SentencePiece vocabulary on a corpus of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from corpusmill.errors import Refused
from corpusmill.models.pieces import FOR_TOKENS, train_unigram

_SMALLEST_VOCABULARY = 300  # 256 bytes, 3 special pieces, and room for some letters


def train_sentencepiece(
    texts: Iterable[str], model: Path, vocabulary_size: int, max_sample_bytes: int = 100_000_000
) -> Path:
    """Train a unigram model on `texts` and write it to `model`, which is returned.

    Special ids are T5's: padding 0, end of text 1, unknown 2, no beginning. Nothing is normalised, and characters that
    are not in the vocabulary become byte pieces, so no text gives an unknown and ids decode to the text they came from
    (but for a literal U+2581, which is how SentencePiece writes a space). The vocabulary is smaller than
    `vocabulary_size` where the texts do not hold enough pieces. For the rest see `train_unigram`.
    """
    if vocabulary_size < _SMALLEST_VOCABULARY:
        raise Refused(
            f"a vocabulary of {vocabulary_size:,} cannot hold 256 byte pieces and the letters: "
            f"ask for at least {_SMALLEST_VOCABULARY}"
        )
    content = train_unigram(texts, vocabulary_size, FOR_TOKENS, max_sample_bytes)
    model.parent.mkdir(parents=True, exist_ok=True)
    attempt = model.with_name(f"{model.name}.attempt")
    attempt.write_bytes(content)
    attempt.replace(model)
    return model
