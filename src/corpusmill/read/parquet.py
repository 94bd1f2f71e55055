"""Parquet to pages, row group by row group, in memory bounded by a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.read.chunks import ChunkBuilder, ReadChunk
from corpusmill.read.parameters import ReadParameters
from corpusmill.read.rows import page_columns, text_fault
from corpusmill.schema import PAGES, QUARANTINE_HEAD_BYTES, batch_of, numbers_of

# Rows decoded at once. A text in a dictionary stays there until its row's turn. Arrow makes that dictionary anew for
# every batch, also of texts stored as they are: few rows cost much time, and many rows of long texts much memory.
_ROWS = range(64, 1025)
_BATCH_BYTES = 8 << 20
_PLAIN_BATCH_BYTES = 2 << 20  # where it makes none: that much stays in the processor's own memory
BOMB_BYTES, BOMB_RATIO = 64 << 20, 100  # more decoded text than both, against its bytes in the file, is a bomb
_KERNEL_BYTES = 1 << 20  # of less, loading the kernel would take longer than its work
_HEAD_BYTES = 16  # of a page: its kind and size
_SIZE_BYTES = 4  # before each text in a page
_SIMPLE = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean,
    pa.types.is_timestamp, pa.types.is_date,
)  # fmt: skip


def is_text_type(kind: pa.DataType) -> bool:
    """Whether a column of this type can be the text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def column_mistake(schema: pa.Schema, column: str) -> str | None:
    """What is wrong with the text column of a table; None where nothing is."""
    names = ", ".join(schema.names) or "none"
    if column not in schema.names:
        return f"no column {column!r}; the columns are {names}; name the one with the text: read.text_column"
    if schema.names.count(column) > 1:
        return f"{schema.names.count(column)} columns are called {column!r}, wanted one; the columns are {names}"
    kind = schema.field(column).type
    if not is_text_type(kind):
        return (
            f"column {column!r} is {kind}, wanted string; the columns are {names};"
            " name another (read.text_column) or convert it first"
        )
    return None


def parquet_pages(path: Path, parameters: ReadParameters, texts_only: bool = False) -> Iterator[ReadChunk]:
    """Every row. A broken row group is one quarantined item that says how many rows are lost with it.

    So is what is left of a row group whose text grows over BOMB_BYTES and BOMB_RATIO times its bytes in the file
    ("row_group_bomb"): a dictionary gives gigabytes out of kilobytes.
    """
    builder = ChunkBuilder(parameters)
    try:
        with path.open("rb") as raw:  # Arrow itself opens no names that are not UTF-8
            metadata = pq.read_metadata(raw)
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError, ValueError) as error:
        if not path.exists():
            raise
        with path.open("rb") as raw:
            head = raw.read(QUARANTINE_HEAD_BYTES)
        message = f"the footer cannot be read: {_first_line(error)}"
        builder.quarantined("footer_unreadable", 0, message, length=path.stat().st_size, head=head)
        yield builder.take()
        return
    mistake = column_mistake(schema, parameters.text_column)
    if mistake is not None:
        builder.quarantined("text_column", 0, mistake)
        yield builder.take()
        return
    with (
        path.open("rb") as raw,
        _open(raw, [parameters.text_column], metadata) as file,
        _open(raw, [], metadata) as plain,
    ):
        for group in range(file.num_row_groups):
            rows = _rows_as_deltas(metadata.row_group(group), parameters.text_column)
            if rows == 0 and texts_only:
                rows = _sure_rows(raw, file, group, parameters.text_column)
            if rows < _ROWS.start:
                yield from _row_group(file, group, builder, parameters, texts_only)
            else:
                yield from _row_group(plain, group, builder, parameters, texts_only, rows)
    yield from builder.rest()


def _open(raw: BinaryIO, coded: list[str], metadata: pq.FileMetaData) -> pq.ParquetFile:
    """`coded` columns come as dictionaries."""
    return pq.ParquetFile(
        raw, memory_map=False, pre_buffer=False, buffer_size=1 << 20,
        page_checksum_verification=True, read_dictionary=coded, metadata=metadata,
    )  # fmt: skip


def _rows_as_deltas(group: pq.RowGroupMetaData, column: str) -> int:
    """How many rows to decode at once of a column that holds deltas, which Arrow cannot read as a dictionary; 0: none.

    What has a dictionary beside them, or prefixes that are not repeated, may be much larger than it is in the file.
    """
    chunk = _text_chunk(group, column)
    if not any(encoding.startswith("DELTA_") for encoding in chunk.encodings):
        return 0
    grows = chunk.has_dictionary_page or "DELTA_BYTE_ARRAY" in chunk.encodings
    return _ROWS.start if grows else _ROWS.stop - 1


def _text_chunk(group: pq.RowGroupMetaData, column: str) -> pq.ColumnChunkMetaData:
    chunks = (group.column(number) for number in range(group.num_columns))
    return next(chunk for chunk in chunks if chunk.path_in_schema == column)


def _sure_rows(raw: BinaryIO, coded: pq.ParquetFile, group: int, column: str) -> int:
    """So many rows, by a column's dictionary, hold at most BOMB_BYTES that are not in the file themselves; 0: nobody
    knows.

    Texts need not be read as a dictionary, which takes twice as long again, where those of a batch cannot be large. A
    chunk has no second dictionary: Arrow refuses one.
    """
    held_bytes = _dictionary_bytes(raw, coded.metadata.row_group(group), column)
    if not held_bytes:
        return 0
    if BOMB_BYTES // held_bytes >= _ROWS.stop:
        return _ROWS.stop
    try:
        first = next(coded.iter_batches(1, row_groups=[group], columns=[column], use_threads=False))
        lengths = pc.binary_length(first.column(column).dictionary)
        longest, total = pc.max(lengths).as_py(), pc.sum(lengths).as_py()
    except (pa.ArrowException, OSError, ValueError, StopIteration):
        return 0
    if longest is None or total + _SIZE_BYTES * len(lengths) != held_bytes:
        return 0  # a part of the dictionary
    return BOMB_BYTES // max(int(longest), 1)


def _dictionary_bytes(raw: BinaryIO, group: pq.RowGroupMetaData, column: str) -> int | None:
    """Bytes of a column's dictionary, not compressed: of each text _SIZE_BYTES and its own; None: nobody knows."""
    chunk = _text_chunk(group, column)
    if not chunk.has_dictionary_page or not 0 < chunk.dictionary_page_offset < chunk.data_page_offset:
        return None
    raw.seek(chunk.dictionary_page_offset)
    head = iter(raw.read(_HEAD_BYTES))
    kind, size = _number(head), _number(head)  # Thrift's compact protocol: the first two fields
    return size if kind == 2 else None


def _number(head: Iterator[int]) -> int | None:
    """The next field, a 32-bit integer."""
    if next(head, None) != 0x15:
        return None
    number = shift = 0
    for byte in head:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number >> 1
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:400]


def _row_group(
    file: pq.ParquetFile,
    group: int,
    builder: ChunkBuilder,
    parameters: ReadParameters,
    texts_only: bool,
    most_rows: int | None = None,
) -> Iterator[ReadChunk]:
    text_column, schema = parameters.text_column, file.schema_arrow
    identity = (parameters.id_column, parameters.url_column)
    others = [
        field.name
        for field in schema
        if field.name != text_column
        and (not texts_only or field.name in identity)
        and any(test(field.type) for test in _SIMPLE)
        and schema.names.count(field.name) == 1
    ]
    rows = file.metadata.row_group(group).num_rows
    limit = max(BOMB_BYTES, BOMB_RATIO * _text_chunk(file.metadata.row_group(group), text_column).total_compressed_size)
    mean_bytes = file.metadata.row_group(group).total_byte_size // max(rows, 1) + 1
    batch_bytes, most_rows = (_BATCH_BYTES, _ROWS.stop) if most_rows is None else (_PLAIN_BATCH_BYTES, most_rows)
    at_once = min(max(batch_bytes // mean_bytes, _ROWS.start), _ROWS.stop - 1, most_rows)
    done = decoded = 0
    try:
        batches = file.iter_batches(at_once, row_groups=[group], columns=[text_column, *others], use_threads=False)
        for batch in batches:
            text = batch.column(text_column)
            most_bytes = min(limit - decoded, 2 * _BATCH_BYTES)
            chunk = _whole(batch, parameters, builder.ordinal, most_bytes) if texts_only else None
            if chunk is not None:
                yield from builder.rest()
                yield chunk
                builder.ordinal += batch.num_rows
                done += batch.num_rows
                decoded += chunk.pages["body"].nbytes
                continue
            columns = {name: _values(batch.column(name)) for name in others}
            for row in range(batch.num_rows):
                fields = {name: values[row] for name, values in columns.items()}
                decoded += _add(builder, text[row], fields, parameters, texts_only)
                done += 1
                if builder.full:
                    yield builder.take()
                if decoded > limit and done < rows:
                    stored = limit // BOMB_RATIO
                    message = f"row group {group}: {rows - done} of {rows} rows left unread, since those before them"
                    message += f" hold {decoded} bytes of text, out of at most {stored} in the file"
                    builder.quarantined("row_group_bomb", -1, message)
                    return
    except (pa.ArrowException, OSError, ValueError) as error:
        message = f"row group {group}: {rows - done} of {rows} rows cannot be read: {_first_line(error)}"
        builder.quarantined("row_group_damaged", -1, message)


def _whole(batch: pa.RecordBatch, parameters: ReadParameters, ordinal: int, most_bytes: int) -> ReadChunk | None:
    """All rows as pages, without a look at each; None where one of them asks for it."""
    text = batch.column(parameters.text_column)
    if text.null_count or not batch.num_rows:
        return None
    if pa.types.is_string_view(text.type):
        text = text.cast(pa.large_string())
    lengths = pc.binary_length(text.dictionary).take(text.indices) if _is_coded(text) else pc.binary_length(text)
    if pc.max(lengths).as_py() > parameters.max_line_bytes or pc.sum(lengths).as_py() > most_bytes:
        return None
    texts = text.dictionary_decode() if _is_coded(text) else text
    columns: dict[str, Any] = {}
    for column, name in (("record_id", parameters.id_column), ("url", parameters.url_column)):
        found = batch.column(name) if name in batch.schema.names else None
        if found is not None and not pa.types.is_string(found.type):
            return None
        columns[column] = found
    try:
        for strings in columns.values():
            if strings is not None:
                strings.validate(full=True)  # UTF-8 too
    except pa.ArrowInvalid:
        return None
    if not _are_utf8(texts):
        return None
    rows = batch.num_rows
    columns |= {
        "ordinal": numbers_of(np.arange(ordinal, ordinal + rows)),
        "offset": numbers_of(np.full(rows, -1)),
        "is_text": numbers_of(np.ones(rows, np.uint8)).cast(pa.bool_()),
        "body": texts.cast(pa.large_binary()),
    }
    return ReadChunk(batch_of(PAGES, columns, rows), [])


def _are_utf8(texts: pa.Array) -> bool:
    """As `validate` says, three times as fast. None of the texts is null."""
    if texts.nbytes < _KERNEL_BYTES:
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            return False
        return True
    from corpusmill.kernels.characters.utf8_texts import are_utf8

    _, places, content = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    offsets = np.frombuffer(places, width)[texts.offset : texts.offset + len(texts) + 1]
    return offsets[0] == offsets[-1] or are_utf8(np.frombuffer(content, np.uint8), offsets)


def _is_coded(text: pa.Array) -> bool:
    return bool(pa.types.is_dictionary(text.type))


def _values(column: pa.Array) -> list[Any]:
    """Python values; times as text, since Python's own have a smaller range and coarser units than Parquet's."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp(kind.unit))  # in UTC, without the name of a zone
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        column = pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    values: list[Any] = column.to_pylist()
    return values


def _add(
    builder: ChunkBuilder, scalar: pa.Scalar, fields: dict[str, Any], parameters: ReadParameters, texts_only: bool
) -> int:
    """The page or loss of one row; returns the bytes of its text."""
    named = {}
    for column, name in (
        ("id", parameters.id_column),
        ("url", parameters.url_column),
        ("date", parameters.date_column),
    ):
        if fields.get(name) is not None:
            value = fields.pop(name)
            named[column] = value if isinstance(value, str | int) else str(value)
    fields = {name: value for name, value in fields.items() if value is not None} | named
    columns = page_columns(fields)
    record_id, url = columns.get("record_id"), columns.get("url")
    text = scalar.value if isinstance(scalar, pa.DictionaryScalar) and scalar.is_valid else scalar
    if not text.is_valid:
        reason, message = text_fault(None, True, f"column {parameters.text_column!r}")
        builder.quarantined(reason, -1, message, record_id, url)
        return 0
    body = text.as_buffer()
    if body.size > parameters.max_line_bytes:
        message = f"the text has {body.size} bytes; at most {parameters.max_line_bytes} are read (max_line_bytes)"
        builder.quarantined("oversize", -1, message, record_id, url, body.size, memoryview(body))
        return int(body.size)
    data = body.to_pybytes()
    try:
        decoded = data.decode()
    except UnicodeDecodeError as error:
        message = f"byte {error.start} of the text is not UTF-8"
        builder.quarantined("invalid_utf8", -1, message, record_id, url, len(data), data)
        return len(data)
    if not texts_only and (not decoded or decoded.isspace()):
        builder.dropped("empty", -1, record_id, url)
    else:
        builder.page(-1, data, is_text=True, **columns)
    return len(data)
