"""JSON lines to pages, line by line: a bad line costs one line."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from corpusmill.read.chunks import ChunkBuilder, ReadChunk
from corpusmill.read.lines import BOM, Line, split_lines
from corpusmill.read.parameters import ReadParameters
from corpusmill.read.pieces import Piece
from corpusmill.read.rows import TEXT_NAMES, identity_columns, page_columns, text_fault


def jsonl_pages(
    pieces: Iterator[Piece], plain: bool, parameters: ReadParameters, texts_only: bool = False
) -> Iterator[ReadChunk]:
    """Every line that is not blank. A byte order mark before the first line is skipped.

    A text of white space alone is dropped ("empty"), or with `texts_only` a page like others.
    """
    builder = ChunkBuilder(parameters)
    first = True
    for line in split_lines(pieces, plain, parameters.max_line_bytes):
        if first:
            line = line._replace(data=line.data.removeprefix(BOM))
        first = False
        if line.reason:
            builder.quarantined(line.reason, line.offset, line.message, length=line.length, head=line.data)
        elif line.data and not line.data.isspace():
            _add(builder, line, texts_only)
        if builder.full:
            yield builder.take()
    yield from builder.rest()


def _add(builder: ChunkBuilder, line: Line, texts_only: bool) -> None:
    data = line.data
    try:
        fields = orjson.loads(data)
    except ValueError as error:
        reason, message = json_fault(data, error)
        builder.quarantined(reason, line.offset, message, length=len(data), head=data)
        return
    if not isinstance(fields, dict):
        message = f"the line is {type(fields).__name__}, not an object"
        builder.quarantined("bad_json", line.offset, message, length=len(data), head=data)
        return
    # of several names the first that holds a string; else the first that is there is the one at fault
    there = [name for name in TEXT_NAMES if name in fields]
    name = next((name for name in there if isinstance(fields[name], str)), there[0] if there else TEXT_NAMES[0])
    text = fields.pop(name, None)
    columns = identity_columns(fields) if texts_only else page_columns(fields)
    if not isinstance(text, str):
        reason, message = text_fault(text, bool(there), name)
        identity = columns.get("record_id"), columns.get("url")
        builder.quarantined(reason, line.offset, message, *identity, length=len(data), head=data)
    elif not texts_only and (not text or text.isspace()):
        builder.dropped("empty", line.offset, columns.get("record_id"), columns.get("url"))
    else:
        builder.page(line.offset, text.encode(), is_text=True, **columns)


def json_fault(data: bytes, error: ValueError) -> tuple[str, str]:
    """Reason and message for a line that is no JSON."""
    try:
        data.decode()
    except UnicodeDecodeError as invalid:
        return "invalid_utf8", f"byte {invalid.start} of the line is not UTF-8"
    return "bad_json", str(error)
