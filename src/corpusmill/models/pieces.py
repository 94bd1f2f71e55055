"""SentencePiece vocabularies, trained the same way every time: one thread, no random choice, nothing skipped."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpusmill.errors import Refused

# Longest stretch handed to the trainer, UTF-8 bytes: it silently skips anything longer than its own limit.
_MAX_SENTENCE_BYTES = 4096


@dataclass(frozen=True)
class Scheme:
    """What kind of pieces. Ids of -1 are not used."""

    byte_fallback: bool  # characters outside the vocabulary become bytes, not unknowns
    normalization: str  # a rule of SentencePiece's own
    padding_id: int
    unknown_id: int
    begin_id: int
    end_id: int
    remove_extra_whitespaces: bool = False


# T5's special ids, no beginning; nothing is normalised, so that ids decode to the text they came from.
FOR_TOKENS = Scheme(True, "identity", padding_id=0, unknown_id=2, begin_id=-1, end_id=1)
# CCNet's, which are the trainer's own: the text has its normal form already.
FOR_LANGUAGE_MODELS = Scheme(False, "nmt_nfkc", -1, unknown_id=0, begin_id=1, end_id=2, remove_extra_whitespaces=True)


def train_unigram(
    texts: Iterable[str], vocabulary_size: int, scheme: Scheme, max_sample_bytes: int = 100_000_000
) -> bytes:
    """A unigram model of `texts`, as the bytes of a SentencePiece file.

    The vocabulary is smaller than `vocabulary_size` where the texts do not hold enough pieces. Texts beyond
    `max_sample_bytes` of UTF-8 are thinned out evenly by their hash, so memory stays bounded. The same texts in the
    same order give the same bytes. Raises Refused where there is no text, or the vocabulary is too small for its
    letters.
    """
    import sentencepiece

    sentences = _sentences(_sample(texts, max_sample_bytes))
    first = next(sentences, None)
    if first is None:
        raise Refused("no text to train pieces on: the documents are empty")

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
            byte_fallback=scheme.byte_fallback,
            character_coverage=0.9995,
            normalization_rule_name=scheme.normalization,
            remove_extra_whitespaces=scheme.remove_extra_whitespaces,
            shuffle_input_sentence=False,
            num_threads=1,
            max_sentence_length=2 * _MAX_SENTENCE_BYTES,
            pad_id=scheme.padding_id,
            unk_id=scheme.unknown_id,
            bos_id=scheme.begin_id,
            eos_id=scheme.end_id,
            minloglevel=3,
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise Refused(f"a vocabulary of {vocabulary_size:,} cannot be trained on these texts: {reason}") from error
    return written.getvalue()


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
