"""SentencePiece's files without its package: what they say, and files that are none."""

from __future__ import annotations

import contextlib
import random

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.sentence_pieces.reference import replaced
from corpusmill.tokenize.charsmap import Charsmap
from corpusmill.tokenize.protobuf import bytes_of, fields, float_of
from corpusmill.tokenize.sentence_piece_file import CONTROL, UNKNOWN, PieceModel, of_model


def test_pieces_as_the_package_has_them(model):
    own = sentencepiece.SentencePieceProcessor(model_file=str(model))
    read = PieceModel.parse(model.read_bytes())
    numbers = range(own.get_piece_size())
    assert [piece.content for piece in read.pieces] == [own.id_to_piece(number) for number in numbers]
    assert [piece.score for piece in read.pieces] == [own.get_score(number) for number in numbers]
    assert [number for number in numbers if read.pieces[number].kind == UNKNOWN] == [own.unk_id()]
    assert [number for number in numbers if read.pieces[number].kind == CONTROL] == [
        number for number in numbers if own.is_control(number)
    ]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(content=st.binary(max_size=60))
def test_other_bytes_are_read_or_refused(content):
    for read in (lambda: [*fields(content)], lambda: PieceModel.parse(content), lambda: Charsmap.of(content)):
        with contextlib.suppress(ValueError):
            read()


def test_cut_and_broken_files_are_read_or_refused(model):
    content = model.read_bytes()
    chosen = random.Random(0)
    for _ in range(1_500):
        broken = bytearray(content[: chosen.randrange(len(content))] if chosen.random() < 0.5 else content)
        for _ in range(chosen.randrange(4)):
            broken[chosen.randrange(len(broken))] = chosen.randrange(256)
        with contextlib.suppress(ValueError):
            of_model(PieceModel.parse(bytes(broken)))


@pytest.mark.parametrize("message", [b"\x08", b"\x08" + b"\xff" * 10, b"\x0a\x05ab", b"\x0d\0\0", b"\x0b"])
def test_what_is_no_message(message):
    with pytest.raises(ValueError, match="byte"):
        [*fields(message)]


def test_fields_of_another_kind():
    with pytest.raises(ValueError, match="float"):
        float_of(3)
    with pytest.raises(ValueError, match="float"):
        float_of(b"12345678")
    with pytest.raises(ValueError, match="bytes"):
        bytes_of(3)


@pytest.fixture(scope="module")
def nmt_nfkc(texts, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("nmt") / "nmt.model"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(path.with_suffix("")),
        vocab_size=300,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    return PieceModel.parse(path.read_bytes()).charsmap


def test_map_says_what_the_package_replaces(nmt_nfkc):
    charsmap = Charsmap.of(nmt_nfkc)
    normalizer = sentencepiece.SentencePieceNormalizer(rule_name="nmt_nfkc", add_dummy_prefix=False)
    for word in ("ﬁ", "½", "e\u0301", "ｱ", "\u1100\u1161\u11a8", "ﷺ", "a", "Ⅷ", "\u3000x", "ß"):
        size, made = replaced(word.encode(), 0, charsmap.units, charsmap.strings)
        found = made.decode() + word.encode()[size:].decode()
        assert found.strip() == normalizer.normalize(word).replace("▁", " ").strip()
        assert not size or made in charsmap.made
    assert {charsmap.alone[byte] for byte in b"\t\n\r"} == {b" "}
    assert charsmap.alone[1] == b""
    assert not charsmap.later & {*range(0x80)}


@pytest.mark.parametrize("size", [0, 3, 1 << 20])
def test_map_with_a_wrong_size_is_refused(nmt_nfkc, size):
    with pytest.raises(ValueError, match="cut off"):
        Charsmap.of(size.to_bytes(4, "little") + nmt_nfkc[4:])


def test_map_that_leads_nowhere_is_refused(nmt_nfkc):
    size = int.from_bytes(nmt_nfkc[:4], "little")
    with pytest.raises(ValueError, match="nowhere"):
        Charsmap.of(nmt_nfkc[: 4 + size] + b"abc\0")
    units = np.frombuffer(nmt_nfkc, np.uint32, size // 4, 4) & ~np.uint32(1 << 31)
    with pytest.raises(ValueError, match="without a value"):
        Charsmap.of(nmt_nfkc[:4] + units.tobytes() + nmt_nfkc[4 + size :])
