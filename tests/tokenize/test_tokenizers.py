"""Loading tokenizers: ids as the tokenizer's own package gives them, and files that are none."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pyarrow as pa
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import ModelRefused, Refused
from corpusmill.tokenize.ragged import tokenize_texts
from corpusmill.tokenize.tokenizers import load_tokenizer


def test_sentencepiece_gives_its_own_ids_without_special_tokens(model):
    tokenizer = load_tokenizer(model)
    texts = ["harbour kitchen", "", "never seen: ☃ \x00 \U0001f600", "Straße\n\n  café "]
    own = sentencepiece.SentencePieceProcessor(model_file=str(model))
    found = tokenizer.encode_batch(texts)
    assert [row.tolist() for row in found] == [own.encode(text, add_bos=False, add_eos=False) for text in texts]
    assert {row.dtype for row in found} == {np.dtype("int16")}
    assert found[1].size == 0
    assert tokenizer.name == "small"
    assert tokenizer.vocabulary_size == own.get_piece_size()
    assert tokenizer.sha256 == hashlib.sha256(model.read_bytes()).hexdigest()


def test_threads_do_not_change_the_ids(model):
    texts = [f"garden {number} " * (number % 7) for number in range(50)]
    one, four = (load_tokenizer(model, threads).encode_batch(texts) for threads in (1, 4))
    assert [row.tolist() for row in one] == [row.tolist() for row in four]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\u2581")))
def test_any_text_comes_back_from_its_ids(model, text):
    own = sentencepiece.SentencePieceProcessor(model_file=str(model))
    (ids,) = load_tokenizer(model).encode_batch([text])
    assert own.unk_id() not in ids.tolist()
    assert own.decode(ids.tolist()) == text


def test_tokenizer_json_without_its_special_tokens_truncation_and_padding(tokenizer_json):
    tokenizer = load_tokenizer(tokenizer_json)
    assert [row.tolist() for row in tokenizer.encode_batch(["a b a far", "", "b"])] == [[2, 3, 2, 40_000], [], [3]]


def test_vocabulary_reaches_the_highest_id_where_ids_have_gaps(tokenizer_json):
    tokenizer = load_tokenizer(tokenizer_json)
    assert tokenizer.vocabulary_size == 40_001
    assert tokenizer.encode_batch(["a"])[0].dtype == np.uint16


def test_tokenizer_json_is_named_after_its_folder(tokenizer_json):
    assert load_tokenizer(tokenizer_json).name == tokenizer_json.parent.name


def test_missing_package_says_what_to_install(tokenizer_json, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(Refused, match=r"pip install 'corpusmill\[tokenizers\]'"):
        load_tokenizer(tokenizer_json)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"\xff\xfe garbage", b"{}", b'{"version": "1.0"', b"\x1f\x8b\x08"]
)
def test_a_file_that_is_no_tokenizer_is_refused_by_name(tmp_path, content):
    pytest.importorskip("tokenizers")
    path = tmp_path / "broken.model"
    path.write_bytes(content)
    with pytest.raises(ModelRefused, match=r"broken\.model"):
        load_tokenizer(path)


def test_a_cut_model_is_refused(tmp_path, model):
    path = tmp_path / "cut.model"
    path.write_bytes(model.read_bytes()[:-7])
    with pytest.raises(ModelRefused, match=r"cut\.model"):
        load_tokenizer(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "absent.model", tmp_path):
        with pytest.raises(ModelRefused, match="cannot be read"):
            load_tokenizer(path)


def test_a_text_that_a_vocabulary_has_no_unknown_for_is_counted_and_costs_no_other(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    own = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "b": 1}, unk_token="[UNK]"))
    own.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    own.save(str(tmp_path / "tokenizer.json"))
    tokenizer = load_tokenizer(tmp_path / "tokenizer.json")
    written = tokenize_texts([pa.array(["a b", "c", "b"])], tokenizer, tmp_path / "x.data.npy", tmp_path / "x.len.npy")
    assert (written.documents, written.tokens, written.unencodable) == (3, 3, 1)


def test_ids_drawn_at_random_are_refused(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    own = tokenizers.Tokenizer(tokenizers.models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")], dropout=0.5))
    own.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ModelRefused, match=r"at random \(model\.dropout = 0\.5\)"):
        load_tokenizer(tmp_path / "tokenizer.json")
