"""CCNet documents by the strict reading rules of the RedPajama-V2 annotator (redpajama_v2.md §2)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import orjson
import pyarrow as pa

from corpusmill.keys import Key
from corpusmill.read.formats import decodes_far, named_format, open_pieces
from corpusmill.read.gzip_members import MAGIC as GZIP_MAGIC
from corpusmill.read.jsonl import json_fault
from corpusmill.read.lines import Line, split_lines
from corpusmill.read.pieces import Window
from corpusmill.read.zstd_frames import MAGIC as ZSTD_MAGIC
from corpusmill.schema import DOCUMENTS, Loss, batch_of

_STRINGS = ("raw_content", "url", "source_domain", "language", "bucket", "digest", "cc_segment", "date_download")
_INTEGERS = ("nlines", "original_nlines", "length", "original_length")
_FLOATS = ("language_score", "perplexity")
_REQUIRED = _STRINGS + _INTEGERS + _FLOATS
_INT64 = range(-(1 << 63), 1 << 63)
_INT32 = range(-(1 << 31), 1 << 31)
_MAX_LINE_BYTES = 256 << 20  # the annotator has no limit; ours only keeps a hostile line out of memory
_BATCH_BYTES = 32 << 20


class DocumentChunk(NamedTuple):
    """Consecutive documents of one file, and the lines among them that are none."""

    documents: pa.RecordBatch  # schema.DOCUMENTS
    losses: list[Loss]  # stage "read"; ordinal = number of the line


def read_ccnet(path: Path, key: Key, batch_rows: int = 512) -> Iterator[DocumentChunk]:
    """Documents of one CCNet file (gzip, zstd or plain), with the ids that `key` and their line numbers give.

    Every line takes a number, blank and broken ones too: those are quarantined ("bad_json", "invalid_utf8",
    "field_missing", "field_type", "out_of_range"). Damage to the compression is one item with the number of the line
    that it cut off; what is found behind it goes on counting from there, so ids behind damage are not those of the
    sound file.
    """
    rows: list[dict[str, Any]] = []
    losses: list[Loss] = []
    held = number = 0
    for line in _lines(path):
        found = Line(line.offset, b"", line.reason, line.message) if line.reason else _document(line)
        if isinstance(found, Line):
            head, length = line.data[:4096], line.length if line.reason else len(line.data)
            losses.append(
                Loss("quarantined", "read", found.reason, number, line.offset, None, None, length, found.message, head)
            )
        else:
            found["doc_id"] = key.document_id(number)
            found["warc_offset"] = None
            rows.append(found)
            held += len(line.data)
        number += 1
        if len(rows) >= batch_rows or held >= _BATCH_BYTES or len(losses) >= 4096:
            yield DocumentChunk(_batch(rows), losses)
            rows, losses, held = [], [], 0
    if number == 0 and path.stat().st_size == 0:
        losses.append(Loss("quarantined", "read", "empty_file", 0, 0, message="no byte in the file", length=0))
    if rows or losses:
        yield DocumentChunk(_batch(rows), losses)


def _lines(path: Path) -> Iterator[Line]:
    with Window(path) as window:
        start = bytes(window.view(0, 4))
        compression = "gzip" if start[:3] == GZIP_MAGIC else "zstd" if start == ZSTD_MAGIC else ""
        compression = compression or ("plain" if start[:1] in (b"{", b"") else named_format(path.name).compression)
        pieces = open_pieces(window, compression, decodes_far)(0)
        yield from split_lines(pieces, compression == "plain", _MAX_LINE_BYTES)


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    columns: dict[str, object] = {}
    for name in {name: None for row in rows for name in row}:
        columns[name] = [row[name] for row in rows]
    return batch_of(DOCUMENTS, columns, len(rows)) if rows else pa.RecordBatch.from_pylist([], schema=DOCUMENTS)


def _document(line: Line) -> dict[str, Any] | Line:
    """The columns of a document, or the line with the reason why it is none."""
    data = line.data
    try:
        fields = orjson.loads(data)
    except ValueError as error:
        try:
            fields = _parse_slowly(data)
        except (ValueError, RecursionError):
            reason, message = json_fault(data, error)
            return line._replace(reason=reason, message=message)
    if not isinstance(fields, dict):
        return line._replace(reason="bad_json", message=f"the line is {type(fields).__name__}, not an object")
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        return line._replace(reason="field_missing", message=f"no field {', '.join(missing)}")
    mistake = _mistake(fields)
    if mistake is not None:
        return line._replace(reason=mistake[0], message=mistake[1])
    columns = {name: fields[name] for name in _REQUIRED}
    title, line_ids = fields.get("title"), fields.get("line_ids")
    columns["title"] = title if isinstance(title, str) and _is_unicode(title) else None
    sound = isinstance(line_ids, list) and all(type(index) is int and index in _INT32 for index in line_ids)
    columns["line_ids"] = line_ids if sound else None
    return columns


def _mistake(fields: dict[str, Any]) -> tuple[str, str] | None:
    for name in _STRINGS:
        value = fields[name]
        if type(value) is not str:
            return "field_type", f"{name} is {type(value).__name__}, wanted a string"
        if not _is_unicode(value):
            return "invalid_utf8", f"{name} holds a lone surrogate or bytes that are not UTF-8"
    for name in _INTEGERS:
        value = fields[name]
        if type(value) is not int:
            return "field_type", f"{name} is {type(value).__name__}, wanted an integer"
        if value not in _INT64:  # beyond 64 unsigned bits the parser gives a float, and it ends above
            return "out_of_range", f"{name} is {str(value)[:40]}, beyond 64 bits"
    for name in _FLOATS:
        value = fields[name]
        if type(value) is int:
            try:
                fields[name] = float(value)
            except OverflowError:
                return "out_of_range", f"{name} is beyond the range of a float"
        elif type(value) is not float:
            return "field_type", f"{name} is {type(value).__name__}, wanted a number"
        elif not math.isfinite(value):
            return "out_of_range", f"{name} is {value}"
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parse_slowly(data: bytes) -> Any:
    """Parses what the fast parser refuses and the annotator accepts: bytes that are not UTF-8, and lone surrogates,
    inside fields that are not read. Both become surrogates, which `_is_unicode` finds where a field is read.
    """
    return json.loads(data.decode("utf-8", "surrogateescape"), parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
