"""Training a SentencePiece vocabulary on a corpus of one's own."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpusmill.errors import Refused

# Longest stretch handed to the trainer, UTF-8 bytes: it silently skips anything longer than its own limit.
_MAX_SENTENCE_BYTES = 4096
_SMALLEST_VOCABULARY = 300  # 256 bytes, 3 special pieces, and room for some letters


def train_sentencepiece(
    texts: Iterable[str], model: Path, vocabulary_size: int, max_sample_bytes: int = 100_000_000
) -> Path:
    """Train a unigram model on `texts` and write it to `model`, which is returned.

    Special ids are T5's: padding 0, end of text 1, unknown 2, no beginning. Nothing is normalised, and characters that
    are not in the vocabulary become byte pieces, so no text gives an unknown and ids decode to the text they came from
    (but for a literal U+2581, which is how SentencePiece writes a space). The vocabulary is smaller than
    `vocabulary_size` where the texts do not hold enough pieces.
    Texts beyond `max_sample_bytes` of UTF-8 are thinned out evenly by their hash, so memory stays bounded.
    The same texts in the same order give the same bytes: one thread, no random choice.
    Raises Refused where there is no text, or the vocabulary is too small.
    """
    if vocabulary_size < _SMALLEST_VOCABULARY:
        raise Refused(
            f"a vocabulary of {vocabulary_size:,} cannot hold 256 byte pieces and the letters: "
            f"ask for at least {_SMALLEST_VOCABULARY}"
        )
    import sentencepiece

    sentences = _sentences(_sample(texts, max_sample_bytes))
    first = next(sentences, None)
    if first is None:
        raise Refused("no text to train a tokenizer on: the documents are empty")

    def all_sentences() -> Iterator[str]:
        yield first
        yield from sentences

    written = io.BytesIO()
    try:
        sentencepiece.set_random_generator_seed(0)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=all_sentences(),
            model_writer=written,  # not model_prefix: the model would hold the path, and differ between folders
            model_type="unigram",
            vocab_size=vocabulary_size,
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=0.9995,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            shuffle_input_sentence=False,
            num_threads=1,
            max_sentence_length=2 * _MAX_SENTENCE_BYTES,
            pad_id=0,
            eos_id=1,
            unk_id=2,
            bos_id=-1,
            minloglevel=3,
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise Refused(f"a vocabulary of {vocabulary_size:,} cannot be trained on these texts: {reason}") from error
    model.parent.mkdir(parents=True, exist_ok=True)
    attempt = model.with_name(f"{model.name}.attempt")
    attempt.write_bytes(written.getvalue())
    attempt.replace(model)
    return model


def _sample(texts: Iterable[str], max_bytes: int) -> list[str]:
    """All texts, in order, or an even part of them of at most `max_bytes`: those whose hash is below a falling bar."""
    held: list[tuple[int, int, str]] = []  # hash, bytes, text
    held_bytes, bar = 0, 2**64
    for text in texts:
        encoded = text.encode()
        digest = int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest(), "little")
        if digest >= bar:
            continue
        held.append((digest, len(encoded), text))
        held_bytes += len(encoded)
        while held_bytes > max_bytes and len(held) > 1:
            bar //= 2
            held = [row for row in held if row[0] < bar] or [min(held)]
            held_bytes = sum(row[1] for row in held)
    return [text for _, _, text in held]


def _sentences(texts: Iterable[str]) -> Iterator[str]:
    """Lines of `texts`, cut where they are longer than the trainer takes; no empty lines, no NUL."""
    limit = _MAX_SENTENCE_BYTES // 4  # characters: UTF-8 takes at most 4 bytes each
    for text in texts:
        for line in text.replace("\0", "").splitlines():
            for start in range(0, len(line), limit):
                stretch = line[start : start + limit]
                if not stretch.isspace():
                    yield stretch
