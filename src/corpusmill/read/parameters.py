"""What a reader may be told: the table `[read]` of a recipe."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class ReadParameters:
    """What becomes a page, and how large anything may grow.

    >>> ReadParameters(statuses=(200, 203)).max_record_bytes
    10551296
    """

    statuses: tuple[int, ...] = (200,)
    """HTTP statuses of pages; every other response is dropped ("http_status")."""

    media_types: tuple[str, ...] = ("text/html", "application/xhtml+xml")
    """Media types of pages, lower case, without parameters. A missing or generic type is sniffed."""

    max_page_bytes: int = 5 * MEBIBYTE
    """Largest page body after all encodings (Common Crawl itself cuts at 5 MiB). Larger: quarantined as "oversize";
    no more than this is ever inflated."""

    max_line_bytes: int = 32 * MEBIBYTE
    """Longest line of JSON, and longest text of a Parquet row. Longer: quarantined as "oversize" without being held."""

    max_header_bytes: int = 64 << 10
    """Longest header block of a WARC record. Longer: quarantined as "header_too_long"."""

    text_column: str = "text"
    """Parquet: the column with the text of the page."""

    id_column: str = "id"
    """Parquet: the column that becomes `record_id`; may be absent."""

    url_column: str = "url"
    """Parquet: the column that becomes `url`; may be absent."""

    date_column: str = "date"
    """Parquet: the column that becomes `date`; may be absent."""

    verify_digests: bool = True
    """Compare WARC-Payload-Digest and WARC-Block-Digest with the bytes read; a page that fails is quarantined."""

    batch_pages: int = 256
    """Most pages in one chunk."""

    batch_bytes: int = 16 * MEBIBYTE
    """Page bytes after which a chunk is handed over."""

    def mistakes(self) -> list[str]:
        names = ("max_page_bytes", "max_line_bytes", "max_header_bytes", "batch_pages", "batch_bytes")
        return [f"read.{name} {value}: wanted 1 or more" for name in names if (value := getattr(self, name)) < 1]

    @property
    def max_record_bytes(self) -> int:
        """Largest WARC record that is held: a page of the largest size, and as much again for its encodings."""
        return 2 * self.max_page_bytes + self.max_header_bytes
