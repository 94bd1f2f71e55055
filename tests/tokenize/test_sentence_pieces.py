"""Our own engine of SentencePiece models: the ids of the package, or it is not used."""

from __future__ import annotations

import functools
import io
import itertools
import lzma
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.tokenize import sentence_pieces
from corpusmill.tokenize.sentence_piece_file import PieceModel, as_arrays, of_arrays, of_model
from corpusmill.tokenize.sentence_pieces import SentencePieceEngine, encodes_as
from corpusmill.tokenize.tokenizers import SentencePieceTokenizer

ROOT = Path(__file__).parents[2]
TEXTS = sorted((ROOT / "demo" / "text").glob("wikipedia.*.txt.xz"))
DTYPE = np.dtype(np.uint16)
SYMBOLS = ["<sep>", "ing", "▁the"]


@functools.cache
def lines() -> list[str]:
    """Some of several languages."""
    return [line for path in TEXTS for line in lzma.decompress(path.read_bytes()).decode().splitlines()[:400]]


@functools.cache
def trained(kind: str, byte_fallback: bool, rules: str, adds: bool, joins: bool, symbols: bool = False) -> bytes:
    content = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines()[::7]),
        model_writer=content,
        model_type=kind,
        vocab_size=900,
        hard_vocab_limit=False,
        character_coverage=0.98,
        byte_fallback=byte_fallback,
        normalization_rule_name=rules,
        add_dummy_prefix=adds,
        remove_extra_whitespaces=joins,
        user_defined_symbols=SYMBOLS if symbols else [],
        num_threads=1,
        minloglevel=2,
    )
    return content.getvalue()


MODELS = {
    f"{kind} {rules}{' bytes' if fallback else ''}{'' if adds else ' bare'}{'' if joins else ' blanks'}": (
        functools.partial(trained, kind, fallback, rules, adds, joins, fallback == joins)
    )
    for kind in ("unigram", "bpe")
    for (fallback, rules), (adds, joins) in zip(
        itertools.product((False, True), ("identity", "nmt_nfkc", "nfkc_cf", "nmt_nfkc_cf")),
        itertools.cycle(((True, True), (True, False), (False, True), (False, False), (True, True))),
        strict=False,
    )
}


class Case:
    """A model with the package's ids and ours."""

    def __init__(self, content: bytes, kept_slots: int = 64) -> None:
        self.own = sentencepiece.SentencePieceProcessor()
        self.own.LoadFromSerializedProto(content)
        self.left: list[str] = []
        self.model = PieceModel.parse(content)
        file = of_model(self.model)
        assert file is not None
        file = of_arrays(as_arrays(file))
        self.engine = SentencePieceEngine(file, self.by_package, DTYPE, kept_slots)

    def by_package(self, texts: list[str]) -> list[list[int]]:
        self.left += texts
        return self.own.encode(texts)

    def check(self, texts: list[str]) -> None:
        self.left.clear()
        assert self.engine.rows(texts) == self.own.encode(texts)


@pytest.fixture(scope="module", params=MODELS)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(MODELS[request.param]())


ODD = (
    *(" ", "  ", "\u3000", "\xa0", "\u200b", "\n", "\r\n", "\t", "\0", "\x01", "\x7f", "\u2028", "a", "ing", "The"),
    *("▁", "<sep>", "<unk>", "<s>", "</s>", "<0x0A>", "ﷺ", "ﬁ", "e\u0301", "\u0301", "½", "…", "🙂", "𐍈", "数学", "ß"),
    *("\ufeff", "Straße", "İ", "한국", "\u1100\u1161", "--", "...", "1234", " the", "x" * 40),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(texts=st.lists(st.one_of(st.text(), st.lists(st.sampled_from(ODD)).map("".join)), max_size=6))
def test_any_text(case, texts):
    case.check(texts)


def test_texts_of_many_languages(case):
    case.check(lines()[1::7])
    assert len(case.left) < 5


def test_a_long_text(case):
    text = "\n".join(lines() * 3)
    assert len(text) > 1_000_000
    case.check([text[:100], text.replace("▁", "x"), text[:100]])
    assert not case.left


def test_runs(case):
    case.check([run * size + end for run in ODD for size in (30, 400) for end in ("", "a", " a")])


def test_the_trial_agrees(case):
    assert encodes_as(case.engine, case.by_package, case.model)


def test_ids_do_not_depend_on_what_is_kept():
    few, many = (Case(MODELS["unigram nmt_nfkc blanks"](), slots) for slots in (4, 1 << 14))
    texts = random.Random(0).choices(lines(), k=300)
    assert few.engine.rows(texts) == many.engine.rows(texts) == many.engine.rows(texts)


def piece_model(**changes: object) -> PieceModel:
    model = PieceModel.parse(MODELS["unigram nmt_nfkc blanks"]())
    return PieceModel(**{name: getattr(model, name) for name in model.__dataclass_fields__} | changes)


def with_piece(content: str) -> PieceModel:
    model = piece_model()
    return piece_model(pieces=[*model.pieces, model.pieces[-1]._replace(content=content)])


@pytest.mark.parametrize(
    "model",
    [
        piece_model(kind=4),
        piece_model(blanks_behind=True),
        piece_model(marks_blanks=False),
        piece_model(charsmap=b"\x08\0\0\0"),
        piece_model(byte_fallback=True),
        piece_model(pieces=piece_model().pieces[3:]),
        with_piece("a▁b"),
        with_piece(""),
    ],
)
def test_what_is_not_known_is_left_to_the_package(model):
    assert of_model(model) is None


def test_ids_of_another_vocabulary_are_not_trusted():
    one, other = (Case(MODELS[name]()) for name in ("unigram identity", "unigram nmt_nfkc blanks"))
    assert not encodes_as(one.engine, other.by_package, one.model)


def test_a_tokenizer_made_ready_needs_no_package(tmp_path, monkeypatch):
    monkeypatch.setenv("CORPUSMILL_CACHE", str(tmp_path))
    model = MODELS["unigram nmt_nfkc blanks"]()
    texts = pa.array(lines()[:50], pa.large_string())
    first = SentencePieceTokenizer("small", model)
    first.prepare()
    assert [row.tolist() for row in first.encode(texts).rows()] == (wanted := Case(model).own.encode(lines()[:50]))
    monkeypatch.setattr(sentencepiece, "SentencePieceProcessor", None)
    again = SentencePieceTokenizer("small", model)
    again.prepare()
    assert [row.tolist() for row in again.encode(texts).rows()] == wanted
    assert again.special == first.special
    assert again.encode(texts).ids.dtype == np.dtype(np.int16)


def test_other_versions_of_the_package_are_used_themselves(monkeypatch):
    monkeypatch.setenv("CORPUSMILL_CACHE", "")
    monkeypatch.setattr(sentence_pieces, "FIRST_VERSION", (99, 0, 0))
    assert SentencePieceTokenizer("small", MODELS["unigram nmt_nfkc blanks"]()).fast() is None
