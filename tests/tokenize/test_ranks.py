"""Files of ranks: ids as tiktoken gives them, any Unicode text back from its ids, files and patterns that are none."""

from __future__ import annotations

import base64
import hashlib
import lzma
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpusmill.errors import ModelRefused, Refused
from corpusmill.tokenize.ragged import RaggedArray, tokenize_texts
from corpusmill.tokenize.ranks import Unencodable, patterns
from corpusmill.tokenize.tokenizers import load_tokenizer

tiktoken = pytest.importorskip("tiktoken")

BYTES = {bytes([byte]): byte for byte in range(256)}
MERGED = {b"he": 256, b"ll": 257, b"hell": 258, b" w": 259, b"\xe6\x95": 260, b"  ": 261, b"<|endoftext|>": 300}


def ranks_file(path, ranks=BYTES | MERGED, end="\n"):
    lines = (f"{base64.b64encode(token).decode()} {rank}{end}" for token, rank in ranks.items())
    path.write_bytes("".join(lines).encode())
    return path


@pytest.fixture(scope="module")
def ranks(tmp_path_factory):
    return ranks_file(tmp_path_factory.mktemp("ranks") / "small.tiktoken")


def own(pattern):
    return tiktoken.Encoding(
        "own", pat_str=patterns()[pattern].pattern, mergeable_ranks=BYTES | MERGED, special_tokens={}
    )


@settings(derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(st.characters(codec="utf-8")), pattern=st.sampled_from(["gpt2", "cl100k", "o200k"]))
def test_any_text_has_tiktokens_ids_and_comes_back(ranks, text, pattern):
    (ids,) = load_tokenizer(ranks, pattern=pattern).encode_batch([text])
    assert ids.tolist() == own(pattern).encode_ordinary(text)
    assert own(pattern).decode(ids.tolist()) == text


def test_what_looks_like_a_special_token_is_text(ranks):
    tokenizer = load_tokenizer(ranks, pattern="gpt2")
    (ids,) = tokenizer.encode_batch(["<|endoftext|>"])
    assert 300 not in ids.tolist()
    assert (tokenizer.special.eos, tokenizer.vocabulary_size, ids.dtype) == (300, 301, np.int16)


def test_threads_and_compression_change_no_id(ranks, tmp_path):
    texts = [f"hello world {number} 数学\0" * (number % 5) for number in range(60)]
    packed = tmp_path / "small.tiktoken.xz"
    packed.write_bytes(lzma.compress(ranks.read_bytes()))
    one, four = load_tokenizer(ranks, 1, "gpt2"), load_tokenizer(packed, 4, "gpt2")
    assert [row.tolist() for row in one.encode_batch(texts)] == [row.tolist() for row in four.encode_batch(texts)]
    assert (
        (one.name, one.sha256) == (four.name, four.sha256) == ("small", hashlib.sha256(ranks.read_bytes()).hexdigest())
    )


@pytest.mark.parametrize("end", [" \n", "\r\n", " \r\n"])
def test_blanks_at_the_ends_of_lines_are_none_of_the_rank(tmp_path, end):
    tokenizer = load_tokenizer(ranks_file(tmp_path / "x.tiktoken", end=end), pattern="gpt2")
    assert tokenizer.encode_batch(["hell"])[0].tolist() == [258]


@pytest.mark.parametrize(
    ("name", "pattern", "known"),
    [("cl100k_base", None, "cl100k"), ("gpt2", None, "gpt2"), ("small", "o200k", "o200k")],
)
def test_published_names_need_no_pattern(tmp_path, name, pattern, known):
    tokenizer = load_tokenizer(ranks_file(tmp_path / f"{name}.tiktoken"), pattern=pattern)
    text = "It'S 12345 hellO\n\n  world"
    assert tokenizer.encode_batch([text])[0].tolist() == own(known).encode_ordinary(text)


def test_published_patterns_are_tiktokens_own():
    import inspect

    from tiktoken_ext import openai_public

    source = inspect.getsource(openai_public)
    assert patterns()["gpt2"].pattern == openai_public.r50k_pat_str
    assert patterns()["cl100k"].pattern in source
    parts = patterns()["o200k"].pattern.split("|\\s")
    assert all(part in source for part in parts[-3:])
    assert parts[0].split("|[^\\r")[0] in source


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (None, r"does not say.*--pattern gpt2\|cl100k\|o200k"),
        ("(", "no regular expression"),
        ("gpt", 'what it leaves out would be lost.*Did you mean "gpt2"'),
        (r"\p{L}+|\p{N}+|\p{P}+| ", "what it leaves out would be lost"),
        ("", "does not match all of a text"),
        (r"(?=\w)", "does not match all of a text"),
    ],
)
def test_a_missing_or_bad_pattern_is_refused(ranks, pattern, reason):
    with pytest.raises(Refused, match=reason):
        load_tokenizer(ranks, pattern=pattern)


def test_a_pattern_for_another_kind_of_file_is_refused(model):
    with pytest.raises(Refused, match="needs no --pattern"):
        load_tokenizer(model, pattern="gpt2")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda ranks: {t: r for t, r in ranks.items() if t != b"a"}, "no token for byte 97"),
        (lambda ranks: ranks | {b"zz": 5}, "occurs twice"),
    ],
)
def test_files_that_cannot_encode_every_text_are_refused_by_name(tmp_path, change, reason):
    path = ranks_file(tmp_path / "broken.tiktoken", change(BYTES))
    with pytest.raises(ModelRefused, match=rf"broken\.tiktoken.*{reason}"):
        load_tokenizer(path, pattern="gpt2")


def test_a_torn_line_is_refused_by_its_number(ranks, tmp_path):
    path = tmp_path / "torn.tiktoken"
    path.write_bytes(ranks.read_bytes()[:-5])
    with pytest.raises(ModelRefused, match=r"torn\.tiktoken.*line 263"):
        load_tokenizer(path, pattern="gpt2")


def test_bytes_that_are_never_in_utf8_may_be_missing(tmp_path):
    path = ranks_file(tmp_path / "x.tiktoken", {token: rank for token, rank in BYTES.items() if rank < 0xF5})
    assert load_tokenizer(path, pattern="gpt2").vocabulary_size == 0xF5


def test_missing_package_says_what_to_install(ranks, monkeypatch):
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    with pytest.raises(Refused, match=r"pip install 'corpusmill\[tiktoken\]'"):
        load_tokenizer(ranks, pattern="gpt2")


def test_a_text_that_the_pattern_gives_up_on_is_an_empty_document_and_counted(ranks, tmp_path):
    texts = ["hello", " " * 1_000_000, "world"]
    tokenizer = load_tokenizer(ranks, pattern="o200k")
    with pytest.raises(Unencodable):
        tokenizer.encode_batch(texts)
    pair = tmp_path / "x.data.npy", tmp_path / "x.len.npy"
    written = tokenize_texts([pa.array(texts)], tokenizer, *pair)
    assert (written.documents, written.unencodable) == (3, 1)
    assert [row.tolist() for row in RaggedArray(*pair)] == [
        own("o200k").encode_ordinary(t) for t in ("hello", "", "world")
    ]
