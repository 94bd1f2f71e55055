"""Training: the same texts give the same bytes, and there is always a model or a reason."""

from __future__ import annotations

import pytest
import sentencepiece

from corpusmill.errors import Refused
from corpusmill.tokenize.train import train_sentencepiece


def test_training_twice_gives_the_same_bytes_in_any_folder(model, texts, tmp_path):
    again = train_sentencepiece(iter(texts), tmp_path / "deeper" / "other.model", 420)
    assert again.read_bytes() == model.read_bytes()
    assert [path.name for path in again.parent.iterdir()] == ["other.model"]


def test_other_texts_give_other_bytes(model, texts, tmp_path):
    other = train_sentencepiece(texts[:150], tmp_path / "other.model", 420)
    assert other.read_bytes() != model.read_bytes()


def test_special_ids_are_those_of_t5(model):
    own = sentencepiece.SentencePieceProcessor(model_file=str(model))
    assert (own.pad_id(), own.eos_id(), own.unk_id(), own.bos_id()) == (0, 1, 2, -1)


def test_a_vocabulary_beyond_the_text_shrinks(tmp_path):
    path = train_sentencepiece(["a small text, and no more"] * 3, tmp_path / "tiny.model", 32_000)
    own = sentencepiece.SentencePieceProcessor(model_file=str(path))
    assert 256 < own.get_piece_size() < 400


def test_long_lines_and_odd_characters_are_learnt_from(tmp_path):
    path = train_sentencepiece(["harbour kitchen garden " * 3_000 + "\0\r\n\u2028 \t "], tmp_path / "long.model", 400)
    own = sentencepiece.SentencePieceProcessor(model_file=str(path))
    assert own.encode("garden harbour", out_type=str) == ["▁garden", "▁harbour"]  # the one line was not skipped


@pytest.mark.parametrize("texts", [[], [""], ["\n \n", "\0"]])
def test_no_text_is_refused(texts, tmp_path):
    with pytest.raises(Refused, match="no text"):
        train_sentencepiece(texts, tmp_path / "none.model", 1_000)
    assert not list(tmp_path.iterdir())


def test_a_vocabulary_smaller_than_the_bytes_is_refused(texts, tmp_path):
    with pytest.raises(Refused, match="at least 300"):
        train_sentencepiece(texts, tmp_path / "none.model", 100)


def test_more_letters_than_the_vocabulary_holds_is_refused_with_the_reason(tmp_path):
    letters = ["".join(chr(0x4E00 + i) for i in range(2_000))]
    with pytest.raises(Refused, match=r"vocabulary of 310 cannot be trained"):
        train_sentencepiece(letters, tmp_path / "none.model", 310)


def test_a_sample_is_bounded_even_in_order_and_does_not_depend_on_the_cut():
    from corpusmill.models.pieces import _sample

    texts = [f"text {number:05d}" for number in range(10_000)]  # 10 bytes each
    sample = _sample(iter(texts), 20_000)
    assert 5_000 < sum(map(len, sample)) <= 20_000
    assert sample == sorted(sample)
    first, second = (sum(int(text[5:]) // 5_000 == half for text in sample) for half in (0, 1))
    assert 0.7 < first / second < 1.4
    assert _sample(texts, 100_000) == texts
