"""Small archives for the tests of this folder, built byte by byte so that every byte can be wrong on purpose."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections import Counter
from pathlib import Path

from corpusmill.read.pages import ReadParameters, read_pages
from corpusmill.schema import Loss


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def page(number: int, words: int = 40) -> bytes:
    """The body of a page that is told by its number, MARK-number."""
    text = b" ".join(b"word%d" % (number * 7919 + i * i) for i in range(words))
    return b"<!doctype html><title>MARK-%d</title><p>%s</p>" % (number, text)


def http(body: bytes, status: str = "200 OK", content_type: str = "text/html", extra: str = "") -> bytes:
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"HTTP/1.1 {status}\r\n{kind}{extra}\r\n".encode() + body


def record(
    block: bytes,
    kind: str = "response",
    number: int = 0,
    content_type: str = "application/http; msgtype=response",
    length: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    line_end: bytes = b"\r\n",
    without: tuple[str, ...] = (),
) -> bytes:
    fields = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", f"<urn:uuid:{number:08d}>"),
        ("WARC-Date", "2024-05-18T09:30:00Z"),
        ("WARC-Target-URI", f"https://site{number}.example/"),
        ("Content-Type", content_type),
        ("Content-Length", str(len(block)) if length is None else length),
        *headers,
    ]
    lines = [b"WARC/1.0", *(f"{name}: {value}".encode() for name, value in fields if name not in without)]
    return line_end.join(lines) + 2 * line_end + block + b"\r\n\r\n"


def response(number: int, body: bytes | None = None, **options: object) -> bytes:
    return record(http(page(number) if body is None else body), number=number, **options)  # type: ignore[arg-type]


def members(records: list[bytes]) -> list[bytes]:
    """One gzip member a record."""
    return [gzip.compress(data, mtime=0) for data in records]


class Outcome:
    """Everything that came of one file."""

    def __init__(self, path: Path, parameters: ReadParameters | None = None) -> None:
        self.rows: list[dict] = []
        self.losses: list[Loss] = []
        last = -1
        for chunk in read_pages(path, parameters or ReadParameters()):
            chunk.pages.validate(full=True)
            rows = chunk.pages.to_pylist()
            ordinals = sorted([row["ordinal"] for row in rows] + [loss.ordinal for loss in chunk.losses])
            assert ordinals == list(range(last + 1, last + 1 + len(ordinals)))  # conservation: each once, in order
            last += len(ordinals)
            assert all(loss.stage == "read" and loss.fate in ("dropped", "quarantined") for loss in chunk.losses)
            assert all(len(loss.head or b"") <= 4096 for loss in chunk.losses)
            self.rows += rows
            self.losses += chunk.losses

    @property
    def marks(self) -> list[int]:
        """Numbers of the pages that survived, in order; -1 for a page without its mark."""
        found = [re.search(rb"MARK-(\d+)", row["body"]) for row in self.rows]
        return [int(match[1]) if match else -1 for match in found]

    @property
    def reasons(self) -> dict[str, int]:
        return dict(Counter(loss.reason for loss in self.losses))


def read(folder: Path, data: bytes, name: str = "a.warc.gz", **parameters: object) -> Outcome:
    path = folder / name
    path.write_bytes(data)
    return Outcome(path, ReadParameters(**parameters))  # type: ignore[arg-type]
