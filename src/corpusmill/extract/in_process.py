"""Pages to text without a child: the learned extractor, whose time and memory are bounded by the page's size alone.

A batch goes from bytes to columns of Arrow; no page of UTF-8 and none of its texts becomes an object of Python.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.extract.cleaning import BINARY_SHARE, MAGIC, PROBE_CHARS, is_binary
from corpusmill.extract.extracted import Extracted, Fault, body_bytes, body_offsets, chunks, loss_of
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.extract.trained import model_file
from corpusmill.read.charset_batch import Decoded, decode_pages

if TYPE_CHECKING:
    from corpusmill.extract.blocks.tables import ParsedPages
    from corpusmill.extract.learned.model import ExtractorModel

BATCH_PAGES = 256
BATCH_BYTES = 1 << 21  # spreads the cost of a call; a page alone is bounded by max_html_bytes and max_tags

_BEGINS_MAGIC = np.zeros(256, bool)
_BEGINS_MAGIC[[magic[0] for magic in MAGIC]] = True
_ENDS = ("", "a tag", "a comment", "raw text")  # by ParsedPages.unclosed


class _Found(NamedTuple):
    """One batch, row by row as its pages."""

    columns: list[pa.Array]  # texts, titles, charsets, authors, published, languages
    binary: npt.NDArray[np.bool_]
    unclosed: npt.NDArray[np.int8]


class InProcessExtractor:
    """The extractor `learned`, with the contract of `Extractor`: text or a loss for every page, in their order.

    Dropped `empty_text` and `binary_text`; quarantined `html_too_large` and `html_too_many_tags` (the limits of the
    parameters), `html_unclosed` (no text, for the page ends inside markup that swallowed it), `extract_memory` and
    `extract_error`, each of which costs its page alone. Depth, nesting and attributes have no limit, since time does
    not grow with them. Results do not depend on batches. Raises Refused for parameters that cannot work.

    >>> from corpusmill.schema import PAGES, batch_of
    >>> body = b"<title>T</title><p>Some text of a page, and more."
    >>> pages = batch_of(PAGES, {"ordinal": [0], "offset": [0], "is_text": [False], "body": [body]}, 1)
    >>> with InProcessExtractor(ExtractParameters("learned")) as extractor:
    ...     extracted = extractor.extract(pages)
    >>> extracted.texts.to_pylist(), extracted.titles.to_pylist()
    (['Some text of a page, and more.'], ['T'])
    """

    def __init__(self, parameters: ExtractParameters) -> None:
        parameters.kind()
        self.parameters = parameters

    @cached_property
    def _model(self) -> ExtractorModel:
        from corpusmill.extract.learned.model import ExtractorModel, shipped_model

        path = self.parameters.model
        return shipped_model() if path is None else ExtractorModel.load(model_file(Path(path)))

    def __enter__(self) -> InProcessExtractor:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held between calls."""

    def extract(self, pages: pa.RecordBatch) -> Extracted:
        """Text of `pages` (schema.PAGES, HTML only), in their order."""
        bodies = pages.column("body")
        faults = self._refused(bodies)
        lengths = np.diff(body_offsets(bodies))
        accepted = [row for row in range(pages.num_rows) if row not in faults]
        parts: list[tuple[list[int], _Found]] = []
        for rows in chunks(accepted, lengths, BATCH_PAGES, BATCH_BYTES):
            self._try(pages, rows, parts, faults)
        return _assembled(pages, parts, faults)

    def blocks(self, page: pa.RecordBatch) -> list[tuple[bool, str]]:
        """The blocks of one page (schema.PAGES) that a reader sees, in order: whether it is kept, and its text.

        Nothing for a page that a limit refuses.
        """
        from corpusmill.extract.blocks.parse import parse  # loads kernels, as does the next
        from corpusmill.extract.blocks.text import seen

        if self._refused(page.column("body")):
            return []
        parsed = parse(decode_pages(page.column("body"), page.column("charset")).pages)
        chosen = self._chosen(parsed)
        rows = np.flatnonzero(seen(parsed) | chosen).tolist()
        spans = zip(parsed.blocks.starts[rows].tolist(), parsed.blocks.ends[rows].tolist(), strict=True)
        texts = (bytes(parsed.text[start:end]).decode() for start, end in spans)
        return list(zip(chosen[rows].tolist(), texts, strict=True))

    def _refused(self, bodies: pa.LargeBinaryArray) -> dict[int, Fault]:
        """Rows that would take too much memory, with the limit each exceeds."""
        limits = self.parameters
        offsets, data = body_offsets(bodies), body_bytes(bodies)
        lengths = np.diff(offsets)
        found: dict[int, Fault] = {}
        for row in np.flatnonzero(lengths > min(limits.max_html_bytes, limits.max_tags)).tolist():
            if lengths[row] > limits.max_html_bytes:
                message = f"bytes: found {lengths[row]}, wanted at most {limits.max_html_bytes}"
                found[row] = Fault("html_too_large", message)
            elif (brackets := _brackets(data[offsets[row] : offsets[row + 1]])) > limits.max_tags:
                found[row] = Fault("html_too_many_tags", f"'<': found {brackets}, wanted at most {limits.max_tags}")
        return found

    def _try(
        self, pages: pa.RecordBatch, rows: list[int], parts: list[tuple[list[int], _Found]], faults: dict[int, Fault]
    ) -> None:
        """The rows into `parts`; where that fails, each alone, and what then fails into `faults`."""
        try:
            parts.append((rows, self._found(pages, rows)))
        except Exception as error:  # MemoryError too: what is too much for a batch need not be for a page
            if len(rows) > 1:
                for row in rows:
                    self._try(pages, [row], parts, faults)
                return
            reason = "extract_memory" if isinstance(error, MemoryError) else "extract_error"
            faults[rows[0]] = Fault(reason, f"{type(error).__name__}: {error}"[:500])

    def _found(self, pages: pa.RecordBatch, rows: list[int]) -> _Found:
        from corpusmill.extract.blocks.parse import parse  # loads kernels, as do the next
        from corpusmill.extract.writing.markdown import markdown_texts
        from corpusmill.extract.writing.metadata import metadata_of
        from corpusmill.extract.writing.plain import plain_texts

        bodies, labels = (_at(pages.column(name), rows) for name in ("body", "charset"))
        decoded = decode_pages(bodies, labels)
        parsed = parse(decoded.pages)
        chosen = self._chosen(parsed)
        write = markdown_texts if self.parameters.markup == "markdown" else plain_texts
        texts = _trimmed(write(parsed, chosen))
        known = metadata_of(parsed, decoded.pages)
        columns = [texts, known.titles, decoded.charsets, known.authors, known.published, known.languages]
        return _Found(columns, _binary(bodies, decoded), parsed.unclosed)

    def _chosen(self, parsed: ParsedPages) -> npt.NDArray[np.bool_]:
        """The blocks that are main content."""
        from corpusmill.extract.learned.choose import ARTICLE, main_content

        return main_content(parsed, self.parameters.profile or ARTICLE, self._model)


def _at(column: pa.Array, rows: list[int]) -> pa.Array:
    """The rows of a column, in place where they follow each other."""
    if rows[-1] - rows[0] + 1 == len(rows):
        return column.slice(rows[0], len(rows))
    return column.take(pa.array(rows))


def _trimmed(texts: pa.Array) -> pa.Array:
    """`texts` (large_string) without white space at both ends; as they are where there is none, which is the rule."""
    from corpusmill.kernels.characters.trim import trimmed  # loads kernels
    from corpusmill.kernels.gather import gathered

    offsets, data = body_offsets(texts), body_bytes(texts)
    starts, ends = trimmed(data, offsets)
    if np.array_equal(starts, offsets[:-1]) and np.array_equal(ends, offsets[1:]):
        return texts
    kept = np.concatenate(([0], np.cumsum(ends - starts)))
    buffers = pa.py_buffer(kept), pa.py_buffer(gathered(data, starts, ends - starts))
    return pa.LargeStringArray.from_buffers(len(texts), *buffers)


def _brackets(page: npt.NDArray[np.uint8]) -> int:
    from corpusmill.kernels.html.blocks import count_brackets  # loads kernels

    return int(count_brackets(page))


def _binary(bodies: pa.Array, decoded: Decoded) -> npt.NDArray[np.bool_]:
    """Pages that `is_binary` takes for something else than text; it is asked only where counts leave it open."""
    offsets, data = body_offsets(bodies), body_bytes(bodies)
    lengths = np.diff(offsets)
    first = np.zeros(len(bodies), np.uint8)
    first[lengths > 0] = data[offsets[:-1][lengths > 0]]
    probed = np.minimum(lengths // 4, PROBE_CHARS)  # characters, at least, none of them probed twice
    open_still = (decoded.meaningless < 0) | (decoded.meaningless > BINARY_SHARE * probed) | _BEGINS_MAGIC[first]
    found = np.zeros(len(bodies), bool)
    for row in np.flatnonzero(open_still).tolist():
        found[row] = is_binary(bytes(bodies[row].as_buffer()), decoded.pages[row].as_py())
    return found


def _assembled(pages: pa.RecordBatch, parts: list[tuple[list[int], _Found]], faults: dict[int, Fault]) -> Extracted:
    losses = {row: loss_of(pages, row, "quarantined", fault.reason, fault.message) for row, fault in faults.items()}
    kept_rows: list[npt.NDArray[np.int64]] = []
    kept_columns: list[list[pa.Array]] = []
    for rows, found in parts:
        empty = pc.binary_length(found.columns[0]).to_numpy(zero_copy_only=False) == 0
        kept = ~(empty | found.binary)
        for at in np.flatnonzero(~kept).tolist():
            ends = _ENDS[found.unclosed[at]]
            if found.binary[at] or not ends:
                reason = "binary_text" if found.binary[at] else "empty_text"
                losses[rows[at]] = loss_of(pages, rows[at], "dropped", reason, None)
            else:
                message = f"no text: the page ends inside {ends} that is never closed"
                losses[rows[at]] = loss_of(pages, rows[at], "quarantined", "html_unclosed", message)
        whole = kept.all()
        kept_columns.append(found.columns if whole else [column.filter(pa.array(kept)) for column in found.columns])
        kept_rows.append(np.array(rows)[kept])
    types = (pa.large_string(), *[pa.string()] * 5)
    texts, titles, charsets, *others = (
        pa.concat_arrays([columns[number] for columns in kept_columns]) if kept_columns else pa.nulls(0, kind)
        for number, kind in enumerate(types)
    )
    return Extracted(
        pa.array(np.concatenate([np.zeros(0, np.int64), *kept_rows])),
        texts,
        titles,
        charsets,
        [losses[row] for row in sorted(losses)],
        *others,
    )
