"""Tokenizers behind one interface: SentencePiece models, Hugging Face `tokenizer.json` files, files of ranks.

Ids come without special tokens, truncation or padding, whatever the file asks for: document boundaries live in the
lengths of the ragged pair (see `ragged.py`), not in the token stream.
"""

from __future__ import annotations

import functools
import hashlib
import lzma
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt
import orjson
import pyarrow as pa

from corpusmill.errors import ModelRefused, Refused
from corpusmill.tokenize.cuts import showing_model
from corpusmill.tokenize.fast_json import FastEngine, fast_engine
from corpusmill.tokenize.flat import FlatIds, InRows
from corpusmill.tokenize.prepared import Facts, Prepared, keep, place_of, recall
from corpusmill.tokenize.ranks import RanksTokenizer, Unencodable, are_ranks
from corpusmill.tokenize.special import SpecialIds, named_specials, token_dtype
from corpusmill.tokenize.switching import Switching
from corpusmill.tokenize.trial import Encoders

if TYPE_CHECKING:
    from corpusmill.tokenize.byte_pairs import BytePairEngine
    from corpusmill.tokenize.sentence_pieces import SentencePieceEngine


class Tokenizer(Protocol):
    """Text to token ids, all of them in [0, vocabulary_size)."""

    @property
    def name(self) -> str:
        """Short name, used as a folder name."""

    @property
    def vocabulary_size(self) -> int:
        """One more than the highest id."""

    @property
    def sha256(self) -> str:
        """Hex digest of the model file: the same digest gives the same ids."""

    @property
    def special(self) -> SpecialIds:
        """Ids that are never in what `encode_batch` gives."""

    def prepare(self) -> None:
        """Do now what is done once before much text is encoded."""

    def encode(self, texts: pa.Array) -> FlatIds:
        """Ids of all texts, Arrow strings of which none is null, in the type `token_dtype(vocabulary_size)`.

        There are no special tokens among them; "" gives no ids. They are valid until the next call.

        Raises `ranks.Unencodable` where the tokenizer itself cannot encode one of them.
        """

    def encode_batch(self, texts: Sequence[str]) -> list[npt.NDArray[Any]]:
        """The same of Python's strings, an array a text."""


class SentencePieceTokenizer(InRows):
    """A SentencePiece model (T5, Llama 2, or `train_sentencepiece`'s own). The package need not be loaded where the
    file was made ready before (`prepared.py`).
    """

    def __init__(self, name: str, model: bytes, threads: int = 1) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(model).hexdigest()
        self._model = model
        self._place = place_of(self.sha256, "sentencepiece")
        self._prepared = recall(self._place)
        self._facts = self._prepared.facts if self._prepared else self._described()
        self.vocabulary_size, self.special = self._facts
        self._dtype = token_dtype(self.vocabulary_size)
        self._threads = threads
        self._encode = Switching(self._slowly, self.fast)

    @functools.cached_property
    def _processor(self) -> Any:
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor()
        processor.LoadFromSerializedProto(self._model)
        return processor

    def _described(self) -> Facts:
        size = int(self._processor.get_piece_size())
        if size == 0:
            raise ValueError("the model has no pieces")
        ids = (self._processor.bos_id(), self._processor.eos_id(), self._processor.pad_id())
        return Facts(size, SpecialIds(*(None if number < 0 else number for number in ids)))

    def prepare(self) -> None:
        self._encode.prepare()

    def fast(self) -> SentencePieceEngine | None:
        """Our own engine, tried out on this model."""
        from corpusmill.tokenize.sentence_piece_file import (  # with kernels
            PieceModel,
            as_arrays,
            of_arrays,
            of_model,
        )
        from corpusmill.tokenize.sentence_pieces import SentencePieceEngine, encodes_as, is_known_version

        if self._prepared is not None:
            return SentencePieceEngine(of_arrays(self._prepared.file), self.by_reference, self._dtype)
        if not is_known_version():
            return None
        try:
            model = PieceModel.parse(self._model)
            vocabulary = of_model(model)
            own = SentencePieceEngine(vocabulary, self.by_reference, self._dtype) if vocabulary else None
        except ValueError:  # what we cannot parse though the package can, or have no room for
            return None
        if vocabulary is None or own is None or not encodes_as(own, self.by_reference, model):
            return None
        keep(self._place, Prepared(self._facts, (), (), as_arrays(vocabulary)))
        return own

    def encode(self, texts: pa.Array) -> FlatIds:
        return self._encode(texts.cast(pa.large_string()))

    def by_reference(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text as the package itself gives them."""
        return [row.tolist() for row in self._arrays(list(texts))]

    def _slowly(self, texts: pa.Array) -> FlatIds:
        # The bytes that it works on, and arrays, not lists: these would cost a sixth of the time.
        content = texts.cast(pa.large_binary()).to_pylist()
        return FlatIds.of(self._arrays(content), self._dtype)

    def _arrays(self, texts: list[str] | list[bytes]) -> Any:
        return self._processor.encode(texts, out_type="numpy", num_threads=self._threads)


class JsonTokenizer(InRows):
    """A `tokenizer.json` of the package `tokenizers` (GPT-2, GPT-NeoX, Llama 3, …), which need not be loaded where the
    file was made ready before (`prepared.py`).
    """

    def __init__(self, name: str, model: bytes, threads: int = 1) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(model).hexdigest()
        self._model = model
        self._place = place_of(self.sha256, "tokenizers")
        self._prepared = recall(self._place)
        self._facts = self._prepared.facts if self._prepared else self._described()
        self.vocabulary_size, self.special = self._facts
        self._dtype = token_dtype(self.vocabulary_size)
        self._parallel = threads > 1
        self._encode = Switching(lambda texts: FlatIds.of(self.by_reference(texts.to_pylist()), self._dtype), self.fast)

    @functools.cached_property
    def _tokenizer(self) -> Any:
        return _loaded(self._model.decode())

    def _described(self) -> Facts:
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        size = max(vocabulary.values(), default=-1) + 1  # not the number of entries: ids may have gaps
        if size == 0:
            raise ValueError("the vocabulary is empty")
        return Facts(size, named_specials(vocabulary))

    def prepare(self) -> None:
        self._encode.prepare()

    def fast(self) -> BytePairEngine | FastEngine | None:
        """A faster engine, tried out on this tokenizer: our own, or else fastokens."""
        from corpusmill.tokenize.byte_pair_file import of_json  # with kernels
        from corpusmill.tokenize.byte_pairs import BytePairEngine, byte_pair_engine

        if self._prepared is not None:
            return BytePairEngine.recalled(self._prepared, self.by_reference, self._dtype)
        added = self._tokenizer.get_added_tokens_decoder()
        special = [str(token) for token in added.values()]
        described = orjson.loads(self._model)
        showing = self._showing(described)
        shown = _loaded(showing)
        reference = Encoders(self.by_reference, lambda texts: self._ids_of(shown, texts))
        file = of_json(described, added)
        own = byte_pair_engine(file, reference, self._dtype, special) if file else None
        if file is None or own is None:
            return fast_engine(self._model.decode(), showing, reference, special)
        keep(self._place, Prepared(self._facts, own.unsure, own.sure, file.as_arrays()))
        return own

    @staticmethod
    def _showing(described: dict[str, Any]) -> str:
        """The file with the vocabulary that shows where it cuts."""
        shown = described | {"added_tokens": [], "post_processor": None, "model": showing_model()}
        return orjson.dumps(shown).decode()

    def encode(self, texts: pa.Array) -> FlatIds:
        found = self._encode(texts.cast(pa.large_string()))
        return FlatIds(found.ids.astype(self._dtype, copy=False), found.lengths)

    def by_reference(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text as the package `tokenizers` itself gives them."""
        return self._ids_of(self._tokenizer, texts)

    def _ids_of(self, tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
        os.environ["TOKENIZERS_PARALLELISM"] = "true" if self._parallel else "false"  # read at every call
        try:
            encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        except Exception as error:  # bare, as of a vocabulary that lacks a word and a token for what is unknown
            raise Unencodable(str(error)) from error
        return [encoding.ids for encoding in encodings]


def _loaded(model: str) -> Any:
    """A file may carry the truncation of the model it was made for: a corpus wants whole documents."""
    tokenizer = _import_tokenizers().Tokenizer.from_str(model)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if getattr(tokenizer.model, "dropout", None):
        raise ModelRefused(
            f"this tokenizer.json draws its ids at random (model.dropout = {tokenizer.model.dropout}), anew each time; "
            "set that to null"
        )
    return tokenizer


def load_tokenizer(path: Path, threads: int = 1, pattern: str | None = None) -> Tokenizer:
    """The tokenizer in `path`, known by its first bytes: `{` begins a `tokenizer.json`, a token in base64 and its rank
    a file of ranks, anything else is read as SentencePiece. The file may be compressed by xz.

    `threads` encode a batch; the ids do not depend on them. `pattern` is how texts are cut with a file of ranks, see
    `ranks.pattern_of`. Raises ModelRefused for a missing or corrupt file, Refused where a package is not installed or
    a pattern is missing.
    """
    path = path.absolute()
    try:
        model = path.read_bytes()
        if path.suffix == ".xz":
            model = lzma.decompress(model)
    except (OSError, lzma.LZMAError) as error:
        raise ModelRefused(f"{path}: the tokenizer cannot be read: {_reason(error)}") from error
    name = tokenizer_name(path)
    kind = "a file of ranks" if are_ranks(model) else "a SentencePiece model"
    kind = "a tokenizer.json" if model.lstrip()[:1] == b"{" else kind
    if pattern is not None and kind != "a file of ranks":
        raise Refused(f"{path} is {kind}, which needs no --pattern: leave it out")
    try:
        if kind == "a file of ranks":
            return RanksTokenizer(name, model, pattern, threads)
        return (JsonTokenizer if kind == "a tokenizer.json" else SentencePieceTokenizer)(name, model, threads)
    except Refused:
        raise
    except Exception as error:  # the packages raise bare Exception or RuntimeError for a file they cannot parse
        raise ModelRefused(
            f"{path}: not {kind} ({len(model):,} bytes, {_reason(error)}); "
            "wanted a SentencePiece .model, a Hugging Face tokenizer.json or a file of ranks (.tiktoken)"
        ) from error


def tokenizer_name(path: Path) -> str:
    """That of the file without suffixes, or of the folder for a file called `tokenizer.json`, as they all are.

    >>> tokenizer_name(Path("gpt-neox-20b.tiktoken.xz")), tokenizer_name(Path("llama/tokenizer.json"))
    ('gpt-neox-20b', 'llama')
    """
    plain = path.with_suffix("") if path.suffix == ".xz" else path
    return (path.absolute().parent.name if plain.name == "tokenizer.json" else plain.stem) or plain.stem


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _import_tokenizers() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise Refused(
            "tokenizer.json needs the package tokenizers, which is not installed: pip install 'corpusmill[tokenizers]'"
        ) from error
    return tokenizers
