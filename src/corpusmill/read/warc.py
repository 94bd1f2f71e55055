"""WARC, WET and ARC records to pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import orjson

from corpusmill.read.chunks import ChunkBuilder, ReadChunk
from corpusmill.read.content import GENERIC_TYPES, looks_binary, looks_like_html
from corpusmill.read.digests import expected_digest, matches
from corpusmill.read.http import (
    BadEncoding,
    Oversize,
    decode_content,
    parse_content_type,
    parse_response,
    unchunk,
)
from corpusmill.read.parameters import ReadParameters
from corpusmill.read.records import Damage, Fields, Record, Records
from corpusmill.read.wet import wet_text

_UNWANTED = {
    kind.encode(): f"record_type_{kind}" for kind in ("request", "metadata", "warcinfo", "continuation", "screenshot")
}
_CRAWL_PATH = re.compile(r"crawl-data/.+")


def warc_pages(records: Records, path: Path, parameters: ReadParameters) -> Iterator[ReadChunk]:
    """Every record of the file, in order."""
    reader = _WarcReader(path, parameters)
    builder = reader.builder
    for item in records:
        if isinstance(item, Record):
            reader.record(item)
        else:
            reader.damage(item)
        if builder.full:
            yield builder.take()
    yield from builder.rest()


def _text(value: bytes | None) -> str | None:
    if not value:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("utf-8", "replace")


def _url(fields: Fields) -> str | None:
    value = fields.get(b"warc-target-uri")
    if value and value[:1] == b"<" and value[-1:] == b">":  # an old fault of wget, from the grammar of the standard
        value = value[1:-1]
    return _text(value)


class _WarcReader:
    """Adds one page or loss to `builder` for every record and every damaged region."""

    def __init__(self, path: Path, parameters: ReadParameters) -> None:
        self.builder = ChunkBuilder(parameters)
        self._parameters = parameters
        self._media_types = frozenset(parameters.media_types)
        self._statuses = frozenset(parameters.statuses)
        crawl_path = _CRAWL_PATH.search(path.as_posix())
        self._crawl_path = crawl_path[0] if crawl_path else None
        self._segment = self._crawl_path or path.name
        self._by_type: dict[bytes, Callable[[Record, str | None, str | None], None]] = {
            b"response": self._response,
            b"resource": self._resource,
            b"conversion": self._conversion,
        }

    def damage(self, item: Damage) -> None:
        """A broken record or region: quarantined."""
        fields = item.fields
        self.builder.quarantined(
            item.reason,
            item.offset,
            item.message,
            _text(fields.get(b"warc-record-id")),
            _url(fields),
            item.length,
            item.head,
        )

    def record(self, record: Record) -> None:
        """A whole record: a page, or dropped or quarantined with a reason."""
        fields = record.fields
        kind = fields.get(b"warc-type", b"").lower()
        record_id, url = _text(fields.get(b"warc-record-id")), _url(fields)
        handler = self._by_type.get(kind)
        if handler is not None:
            handler(record, record_id, url)
        elif kind in _UNWANTED:
            if kind == b"warcinfo" and self._crawl_path is None and b"warc-filename" in fields:
                self._segment = unquote(_text(fields[b"warc-filename"]) or "") or self._segment
            self.builder.dropped(_UNWANTED[kind], record.offset, record_id, url)
        elif kind == b"revisit":
            self.builder.dropped("revisit", record.offset, record_id, url)
        elif kind:
            message = f"WARC-Type {kind[:80]!r}"
            self.builder.dropped("record_type_unknown", record.offset, record_id, url, message)
        else:
            self._quarantine("record_type_missing", record, record_id, url, "the record has no WARC-Type")

    def _quarantine(self, reason: str, record: Record, record_id: str | None, url: str | None, message: str) -> None:
        block = record.block
        self.builder.quarantined(reason, record.offset, message, record_id, url, len(block), block)

    def _oversize(self, record: Record, record_id: str | None, url: str | None) -> None:
        message = f"the page has more than {self._parameters.max_page_bytes} bytes (max_page_bytes)"
        self._quarantine("oversize", record, record_id, url, message)

    # -- responses --------------------------------------------------------------------------------------------------

    def _response(self, record: Record, record_id: str | None, url: str | None) -> None:
        builder, offset, block = self.builder, record.offset, record.block
        declared = record.fields.get(b"content-type", b"").lower()
        if declared and b"http" not in declared and not block.startswith(b"HTTP/"):
            builder.dropped("media_type", offset, record_id, url, f"no HTTP response: {_text(declared[:80])}")
            return
        response = parse_response(block)
        media_type = response.media_type
        if response.status is None:
            if not block.strip():
                builder.dropped("empty", offset, record_id, url)
                return
            if not looks_like_html(block):
                message = f"no HTTP status line, but {block[:16]!r}"
                self._quarantine("http_header", record, record_id, url, message)
                return
        elif response.status not in self._statuses:
            builder.dropped("http_status", offset, record_id, url, str(response.status))
            return
        elif media_type not in self._media_types and media_type not in GENERIC_TYPES:
            builder.dropped("media_type", offset, record_id, url, media_type[:80])
            return
        raw = block[response.body_start :]
        limit = self._parameters.max_page_bytes
        try:
            plain = unchunk(raw, self._parameters.max_record_bytes) if response.chunked else raw
            body = plain
            if response.encodings or plain[:3] == b"\x1f\x8b\x08":
                body = decode_content(plain, response.encodings, limit)
            if len(body) > limit:
                raise Oversize
        except Oversize:
            self._oversize(record, record_id, url)
            return
        except BadEncoding as error:
            if b"warc-truncated" in record.fields:
                message = f"cut by the crawler inside its content encoding: {error}"
                builder.dropped("truncated_encoding", offset, record_id, url, message)
            else:
                self._quarantine("content_encoding", record, record_id, url, str(error))
            return
        if response.unknown and looks_binary(body):
            message = f"nothing undoes the content encoding {_text(response.unknown[0][:40])!r}"
            self._quarantine("content_encoding", record, record_id, url, message)
            return
        unchunked = response.chunked and plain is raw
        if self._parameters.verify_digests and not self._digests_match(record, (raw, plain, body), unchunked):
            self._quarantine("payload_digest", record, record_id, url, "the payload does not match its digest")
            return
        self._html(record, record_id, url, media_type, response.charset, body, response.robots)

    def _digests_match(self, record: Record, payloads: tuple[bytes, ...], unchunked: bool = False) -> bool:
        """Whether nothing says that the payload is another than the one archived.

        WARC-Payload-Digest: writers differ on whether it covers the body as sent, without chunks, decoded, or the whole
        block with its HTTP header; any will do. Where none matches, the page is refused even if the block digest is
        right: whoever changes a payload can recompute one as easily as the other. Two kinds of honest records cannot be
        checked and are believed: those that say they were cut (WARC-Truncated: the digest may be of the whole payload),
        and bodies stored plain under a chunked header (it is of the chunks, which are gone). Without a usable payload
        digest, the block digest decides.
        """
        fields = record.fields
        if b"warc-truncated" in fields:
            return True
        expected = expected_digest(fields.get(b"warc-payload-digest", b""))
        if expected is not None:
            distinct = [data for i, data in enumerate(payloads) if i == 0 or data is not payloads[i - 1]]
            return matches(expected, [*distinct, record.block]) or unchunked
        expected = expected_digest(fields.get(b"warc-block-digest", b""))
        return expected is None or matches(expected, (record.block,))

    def _html(
        self,
        record: Record,
        record_id: str | None,
        url: str | None,
        media_type: str,
        charset: str | None,
        body: bytes,
        robots: str | None = None,
    ) -> None:
        builder, offset = self.builder, record.offset
        if not body or body.isspace():
            builder.dropped("empty", offset, record_id, url)
        elif media_type not in self._media_types and not looks_like_html(body):
            builder.dropped(
                "media_type", offset, record_id, url, f"{media_type[:80]!r}, and no HTML by its first bytes"
            )
        elif looks_binary(body):
            builder.dropped("binary", offset, record_id, url, f"declared {media_type[:80]!r}, begins {body[:8]!r}")
        else:
            builder.page(
                offset,
                body,
                is_text=False,
                record_id=record_id,
                url=url,
                date=_text(record.fields.get(b"warc-date")),
                content_type=media_type if media_type in self._media_types else "text/html",
                charset=charset,
                payload_digest=_text(record.fields.get(b"warc-payload-digest")),
                robots=robots,
            )

    # -- resources and conversions ----------------------------------------------------------------------------------

    def _resource(self, record: Record, record_id: str | None, url: str | None) -> None:
        media_type, charset = parse_content_type(record.fields.get(b"content-type", b""))
        if media_type not in self._media_types and media_type not in GENERIC_TYPES:
            self.builder.dropped("media_type", record.offset, record_id, url, media_type[:80])
            return
        limit = self._parameters.max_page_bytes
        if len(record.block) > limit:
            self._oversize(record, record_id, url)
        elif self._parameters.verify_digests and not self._digests_match(record, (record.block,)):
            self._quarantine("payload_digest", record, record_id, url, "the block does not match its digest")
        else:
            self._html(record, record_id, url, media_type, charset, record.block)

    def _conversion(self, record: Record, record_id: str | None, url: str | None) -> None:
        builder, offset, block, fields = self.builder, record.offset, record.block, record.fields
        limit = self._parameters.max_page_bytes
        media_type = parse_content_type(fields.get(b"content-type", b""))[0]
        if media_type not in ("text/plain", ""):
            builder.dropped("media_type", offset, record_id, url, media_type[:80])
            return
        if len(block) > limit:
            self._oversize(record, record_id, url)
            return
        if self._parameters.verify_digests and not self._digests_match(record, (block,)):
            self._quarantine("payload_digest", record, record_id, url, "the block does not match its digest")
            return
        try:
            title, text, original_nlines = wet_text(block)
        except UnicodeDecodeError as error:
            self._quarantine("invalid_utf8", record, record_id, url, f"byte {error.start} of the text is not UTF-8")
            return
        if not text:
            builder.dropped("empty", offset, record_id, url)
            return
        languages = _text(fields.get(b"warc-identified-content-language"))
        builder.page(
            offset,
            text.encode(),
            is_text=True,
            record_id=record_id,
            url=url,
            date=_text(fields.get(b"warc-date")),
            content_type="text/plain",
            payload_digest=_text(fields.get(b"warc-payload-digest")),
            title=title,
            cc_segment=self._segment,
            digest=_text(fields.get(b"warc-block-digest")),
            original_nlines=original_nlines,
            original_length=len(block),
            metadata=orjson.dumps({"identified_content_language": languages}).decode() if languages else None,
        )
