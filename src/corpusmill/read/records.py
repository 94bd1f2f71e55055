"""Cuts decoded pieces into records by a grammar (WARC or ARC), and finds the next record after every kind of damage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from corpusmill.read.pieces import PIECE_BYTES, Fault, Piece
from corpusmill.schema import QUARANTINE_HEAD_BYTES

Fields = dict[bytes, bytes]  # names in lower case, values stripped; of equal names the first counts

_LENGTH = re.compile(rb"[0-9]{1,18}")
_LINE_ENDS = re.compile(rb"[\r\n]*")
_MAX_REWINDS = 16
_OVERLAP = 512  # a boundary's pattern may lie across two pieces


class Record(NamedTuple):
    """One whole record."""

    offset: int
    fields: Fields
    block: bytes


class Damage(NamedTuple):
    """A record that is broken, or a region that is none. `fields` is what could be read of its header."""

    offset: int
    reason: str
    message: str
    length: int
    head: bytes
    fields: Fields


class Grammar(Protocol):
    """What a record looks like from outside."""

    boundary: re.Pattern[bytes]  # the beginning of a record, strict enough to be looked for in damaged data
    name: str

    def begins(self, data: bytes, at: int = 0, /) -> bool: ...

    def header_end(self, data: bytes, at: int, limit: int, /) -> int:
        """Index behind the header that begins at `at` and ends before `limit`; -1 where its end is not there."""
        ...

    def fields(self, header: bytes, /) -> Fields: ...


class _Mark(NamedTuple):
    at: int  # index in the data, may be negative
    offset: int
    inner: int  # decoded bytes of the member before `at`


class Records:
    """Iterates over the records of one file; memory is bounded by `max_record_bytes` and one piece.

    `open_at(offset)` gives the pieces from the member (plain: from the byte) at `offset` on.
    """

    def __init__(
        self,
        open_at: Callable[[int], Iterator[Piece]],
        grammar: Grammar,
        plain: bool,
        max_header_bytes: int,
        max_record_bytes: int,
    ) -> None:
        self._open_at, self._grammar, self._plain = open_at, grammar, plain
        self._max_header, self._max_record = max_header_bytes, max_record_bytes
        self._pieces = open_at(0)
        self._next: Piece | None = None  # read but not yet part of the data
        self._data, self._at = b"", 0
        self._marks: list[_Mark] = []
        self._fault: Fault | None = None  # follows the data
        self._closed = False  # nothing can be added to the data: fault, end of file, or the next piece begins a record
        self._member_ended = False  # the data ends with the end of a sound member
        self._rewinds = 0

    # -- the data ahead ---------------------------------------------------------------------------------------------

    def _peek(self) -> Piece | None:
        if self._next is None:
            self._next = next(self._pieces, None)
        return self._next

    def _more(self) -> bool:
        """Whether anything is left; loads the next piece where no data is ahead."""
        if self._at < len(self._data) or self._fault is not None:
            return True
        piece = self._peek()
        if piece is None:
            return False
        inner = 0
        if self._marks and not piece.begins and not self._plain:
            inner = self._marks[-1].inner + len(self._data) - self._marks[-1].at
        self._next = None
        self._data, self._at, self._fault = piece.data, 0, piece.fault
        self._marks = [_Mark(0, piece.offset, inner)]
        self._closed, self._member_ended = piece.fault is not None, piece.ends
        return True

    def _ahead(self, wanted: int) -> int:
        """Tries to have `wanted` bytes ahead; returns how many there are."""
        ahead = len(self._data) - self._at
        if ahead >= wanted or self._closed:
            return ahead
        parts = [self._data[self._at :]]
        marks = [mark._replace(at=mark.at - self._at) for mark in self._marks]
        while len(marks) > 1 and marks[1].at <= 0:
            del marks[0]
        while ahead < wanted:
            piece = self._peek()
            if piece is None or (piece.begins and ahead and self._grammar.begins(piece.data)):
                self._closed = True
                break
            if piece.begins or self._plain:
                marks.append(_Mark(ahead, piece.offset, 0))
            parts.append(piece.data)
            ahead += len(piece.data)
            self._next, self._member_ended = None, piece.ends
            if piece.fault is not None:
                self._fault, self._closed = piece.fault, True
                break
        self._data, self._at, self._marks = b"".join(parts), 0, marks
        return ahead

    def _mark(self) -> _Mark:
        """The member or plain piece of the next byte, moved to it."""
        mark = self._marks[0]
        for other in self._marks[1:]:
            if other.at > self._at:
                break
            mark = other
        forward = self._at - mark.at
        return _Mark(self._at, mark.offset + forward if self._plain else mark.offset, mark.inner + forward)

    # -- records ----------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Record | Damage]:
        grammar, max_header = self._grammar, self._max_header
        while self._more():
            self._skip_line_ends()
            data, at = self._data, self._at
            if at == len(data):
                if self._fault is not None:
                    yield self._take_fault(self._fault.offset, {})
                continue
            if len(data) - at < max_header and not self._closed and not self._member_ended:
                self._ahead(max_header)
                data, at = self._data, self._at
            offset = self._mark().offset
            if not grammar.begins(data, at):
                yield self._garbage(offset)
                continue
            end = grammar.header_end(data, at, at + max_header)
            if end < 0 and not self._closed and len(data) - at < max_header:
                self._ahead(max_header)
                data, at = self._data, self._at
                end = grammar.header_end(data, at, at + max_header)
            if end < 0:
                yield self._endless_header(offset)
                continue
            yield self._record(offset, grammar.fields(data[at:end]), end - at)

    def _skip_line_ends(self) -> None:
        match = _LINE_ENDS.match(self._data, self._at)
        assert match is not None  # it may be empty
        self._at = match.end()

    def _record(self, offset: int, fields: Fields, header_bytes: int) -> Record | Damage:
        text = fields.get(b"content-length", b"")
        if not _LENGTH.fullmatch(text):
            what = f"is {text[:40]!r}" if b"content-length" in fields else "is missing"
            return self._wrong_length(offset, fields, header_bytes, f"Content-Length {what}; wanted a number of bytes")
        length = int(text)
        wanted = header_bytes + length
        data, at = self._data, self._at
        if len(data) - at < wanted + 5 and not (self._closed or (self._member_ended and len(data) - at >= wanted)):
            self._ahead(min(wanted, header_bytes + self._max_record) + 5)
            data, at = self._data, self._at
        if length > self._max_record and len(data) - at > header_bytes + self._max_record:
            return self._oversize(offset, fields, header_bytes, length)
        start, end = at + header_bytes, at + wanted
        if end > len(data):
            if self._fault is not None:
                return self._take_fault(offset, fields)
            message = f"Content-Length is {length}, but only {len(data) - start} bytes are there"
            return self._wrong_length(offset, fields, header_bytes, message)
        after = end + 4
        if data[end:after] != b"\r\n\r\n":
            tail = data[end : end + 5]
            after = end + len(tail) - len(tail.lstrip(b"\r\n"))
            swallowed = after - end < 4 and data[after - 4 : after] == b"\r\n\r\n"  # some of the line ends: too long
            if swallowed or (after < end + len(tail) and not self._grammar.begins(data, after)):
                message = f"Content-Length is {length}, but no record ends there: {tail!r} follows"
                return self._wrong_length(offset, fields, header_bytes, message)
        if after == len(data) and self._fault is not None:
            return self._take_fault(offset, fields)
        self._at = after
        return Record(offset, fields, data[start:end])

    # -- damage -----------------------------------------------------------------------------------------------------

    def _take_fault(self, offset: int, fields: Fields) -> Damage:
        """Everything ahead is lost with the fault that follows it: one item."""
        fault = self._fault
        assert fault is not None
        head = self._head() or fault.head
        self._at, self._fault = len(self._data), None
        return Damage(offset, fault.reason, fault.message, fault.length, head, fields)

    def _head(self) -> bytes:
        return self._data[self._at : self._at + QUARANTINE_HEAD_BYTES]

    def _damage(self, offset: int, reason: str, message: str, fields: Fields, step: int) -> Damage:
        """The item for what begins here and goes on to the next record, which is looked for `step` bytes on."""
        head = self._head()
        self._at += step
        length = step + self._skip_to_boundary()
        if self._at == len(self._data) and self._fault is not None:
            return self._take_fault(offset, fields)._replace(head=head)
        return Damage(offset, reason, message, length, head, fields)

    def _garbage(self, offset: int) -> Damage:
        message = f"no {self._grammar.name} record begins here, but {self._head()[:16]!r}"
        return self._damage(offset, "garbage", message, {}, 0)

    def _endless_header(self, offset: int) -> Damage:
        ahead = len(self._data) - self._at
        if ahead >= self._max_header:
            message = f"no end of the record's header within {self._max_header} bytes"
            return self._damage(offset, "header_too_long", message, {}, 1)
        return self._damage(offset, "truncated_record", f"the record's header ends after {ahead} bytes", {}, 1)

    def _wrong_length(self, offset: int, fields: Fields, header_bytes: int, message: str) -> Damage:
        """Looks for the next record in the block itself: a length too large must not swallow its neighbours."""
        damage = self._damage(offset, "content_length", message, fields, header_bytes)
        if damage.reason == "content_length" and self._at == len(self._data) and self._peek() is None:
            return damage._replace(reason="truncated_record") if "only" in message else damage
        return damage

    def _oversize(self, offset: int, fields: Fields, header_bytes: int, length: int) -> Damage:
        """Passes over a record that is too large to be held; its length may be a lie, so the end is checked."""
        head = self._head()
        self._at += header_bytes
        block, left = self._mark(), length
        while left and self._more():
            step = min(left, len(self._data) - self._at)
            self._at += step
            left -= step
            if not left or self._at < len(self._data):
                break
            if self._fault is not None:
                return self._take_fault(offset, fields)._replace(head=head)
            piece = self._peek()
            if piece is not None and piece.begins and self._grammar.begins(piece.data):
                break
        if not left:
            self._ahead(5)
            tail = self._data[self._at : self._at + 5]
            blank = len(tail) - len(tail.lstrip(b"\r\n"))
            if blank == len(tail) or self._grammar.begins(self._data, self._at + blank):
                message = f"the record has {length} bytes; at most {self._max_record} are read (max_page_bytes)"
                return Damage(offset, "oversize", message, header_bytes + length, head, fields)
        message = f"Content-Length is {length}, but no record ends there"
        skipped = length - left
        if self._rewind(block):
            skipped = self._skip_to_boundary()
        return Damage(offset, "content_length", message, header_bytes + skipped, head, fields)

    def _skip_to_boundary(self) -> int:
        """Goes on to the next record; returns the bytes passed over."""
        passed = 0
        while True:
            match = self._grammar.boundary.search(self._data, self._at)
            stop = match.start() if match else len(self._data)
            if match is None and not self._closed:
                stop = max(self._at, stop - _OVERLAP)
            passed += stop - self._at
            self._at = stop
            if match is not None or self._closed:
                return passed
            self._ahead(PIECE_BYTES)

    def _rewind(self, mark: _Mark) -> bool:
        """Goes back to an earlier place, by decoding again; at most 16 times a file."""
        if self._rewinds == _MAX_REWINDS:
            return False
        self._rewinds += 1
        self._pieces, self._next = self._open_at(mark.offset), None
        self._data, self._at, self._marks, self._fault = b"", 0, [], None
        skip = 0 if self._plain else mark.inner
        while skip and self._more() and self._fault is None:
            step = min(skip, len(self._data) - self._at)
            self._at += step
            skip -= step
        self._more()
        return True
