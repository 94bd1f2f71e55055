"""Exact keys: documents are duplicates where a named property is equal.

A key is BLAKE2b of 128 bits of the property: to find two properties of one key is out of reach even for whoever writes
the pages. Documents whose keys are equal are told apart once more by a second, independent digest of 128 bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.dedupe.urls import url_key

Rows = npt.NDArray[np.uint64]  # [documents with a key, 3]: the key's halves, the document's number

Property = Callable[[pa.RecordBatch], Iterator[bytes | None]]


def _text(documents: pa.RecordBatch) -> Iterator[bytes | None]:
    for text in documents["raw_content"]:
        yield text.as_buffer().to_pybytes() if text.is_valid else None


def _normalized_text(documents: pa.RecordBatch) -> Iterator[bytes | None]:
    words = TextBatch(documents["raw_content"]).words
    content = words.data.tobytes()
    for start, end in zip(*(ends.tolist() for ends in words.spans), strict=True):
        yield content[start:end] or None


def _digest(documents: pa.RecordBatch) -> Iterator[bytes | None]:
    """CCNet's digest where the document has no payload digest of its own."""
    pairs = zip(documents["payload_digest"].to_pylist(), documents["digest"].to_pylist(), strict=True)
    for payload, digest in pairs:
        found = payload or digest
        yield found.removeprefix("sha1:").encode() if found else None


def _url(documents: pa.RecordBatch) -> Iterator[bytes | None]:
    for url in documents["url"].to_pylist():
        found = url_key(url)
        yield None if found is None else found.encode("utf-8", "surrogatepass")


def second_digests(name: str, documents: pa.RecordBatch) -> list[bytes]:
    """Of 128 bits, for documents that have the property `name`: equal keys with other digests are a collision."""
    values = (value or b"" for value in EXACT_KEYS[name][1](documents))
    return [hashlib.blake2b(value, digest_size=16, person=b"second").digest() for value in values]


def _digest_of(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=16).digest()


# Name → the columns of schema.DOCUMENTS it needs, and what is compared.
EXACT_KEYS: dict[str, tuple[tuple[str, ...], Property]] = {
    "text": (("raw_content",), _text),
    "normalized_text": (("raw_content",), _normalized_text),  # RedPajama-V2 §4: lower case, no punctuation, NFD
    "payload_digest": (("payload_digest", "digest"), _digest),
    "url": (("url",), _url),
}


def key_rows(name: str, documents: pa.RecordBatch, first_document: int) -> Rows:
    """A row for each document that has the property `name`; the first document's number is `first_document`."""
    numbers, halves = [], bytearray()
    for row, value in enumerate(EXACT_KEYS[name][1](documents)):
        if value is not None:
            numbers.append(first_document + row)
            halves += _digest_of(value)
    keys = np.frombuffer(bytes(halves), ">u8").reshape(-1, 2).astype(np.uint64)
    return np.ascontiguousarray(np.column_stack([keys, np.array(numbers, np.uint64)]))
