"""Bad inputs, built byte by byte: what a file holds, and what a run over it must make of it.

A builder is a function that returns the bytes of one file. `@case` says beside it which marked pages must come out
(`kept`), which may be quarantined instead (`either`), how many faults must be counted and how the run may end.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass

import zstandard

from tests.read.warc_builder import http, record

DONE, REFUSED, FAULTS = 0, 2, 3

SENTENCES = (
    "The committee met on a rainy Tuesday and agreed that the old library should stay where it is.",
    "Each loaf rests for two hours before it is shaped, and then it waits under a cloth until the oven is hot.",
    "The harbour office opens at seven and the first ferry leaves a quarter of an hour later.",
    "A careful reader will notice that the index was made by hand, because the page numbers drift.",
    "In the second year the river changed its bed, so the bridge had to be extended by forty metres.",
)


@dataclass(frozen=True)
class Case:
    """One bad file and what must become of it. Marks are digits: page 2 holds the text `MARK-2`."""

    name: str
    file: str
    build: Callable[[], bytes]
    kept: str = ""  # pages that must be documents
    either: str = ""  # pages that are documents or quarantined
    never: tuple[str, ...] = ()  # texts that must not be in the documents
    texts: tuple[str, ...] = ()  # texts that must be in the documents
    faults: int = 0  # at least so many
    exits: tuple[int, ...] = (DONE,)
    says: str = ""  # in the messages or reasons


Builder = Callable[[], bytes]


class Cases(list[Case]):
    """A table of cases that fills itself by decorator."""

    def __call__(self, file: str, kept: str = "", **expected: object) -> Callable[[Builder], Builder]:
        exits = expected.pop("exits", None) or ((FAULTS,) if expected.get("faults") else (DONE,))
        exits = exits if isinstance(exits, tuple) else (exits,)

        def add(builder: Builder) -> Builder:
            name = builder.__name__.strip("_")
            self.append(Case(name, file, builder, kept, exits=exits, **expected))  # type: ignore[arg-type]
            return builder

        return add


def mark(number: int) -> str:
    return f"MARK-{number}"


def prose(number: int, sentences: int = 8) -> str:
    """Text that is no boilerplate, with the mark of its page."""
    chosen = [SENTENCES[(number + i) % len(SENTENCES)] for i in range(sentences)]
    return f"{mark(number)} {' '.join(chosen)}"


def page(number: int, before: str = "", after: str = "", head: str = "") -> bytes:
    """An ordinary page; `before` and `after` stand in its main part."""
    return (
        f"<!doctype html><html><head><title>Page {number}</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<main><h1>Notes</h1>{before}<p>{prose(number)}</p>{after}</main><footer>Imprint</footer></body></html>"
    ).encode()


def response(number: int, body: bytes | None = None, http_head: str = "", **options: object) -> bytes:
    """A response record; `http_head` are more lines of its HTTP header."""
    options.setdefault("headers", ())
    block = http(page(number) if body is None else body, extra=http_head)
    return record(block, number=number, **options)  # type: ignore[arg-type]


def conversion(number: int, text: str | bytes | None = None, **options: object) -> bytes:
    """A record of a WET file."""
    text = f"Title of {number}\n{prose(number)}\n" if text is None else text
    block = text.encode() if isinstance(text, str) else text
    return record(block, "conversion", number, "text/plain", **options)  # type: ignore[arg-type]


def gz(*records: bytes) -> bytes:
    """One gzip member a record."""
    return b"".join(gzip.compress(data, mtime=0) for data in records)


def plain(*records: bytes) -> bytes:
    return b"".join(records)


def zst(*records: bytes) -> bytes:
    """One zstd frame a record."""
    compressor = zstandard.ZstdCompressor(write_checksum=True)
    return b"".join(compressor.compress(data) for data in records)


def three(middle: bytes, pack: Callable[..., bytes] = gz) -> bytes:
    """A bad record between two good ones."""
    return pack(response(0), middle, response(2))


def around(body: bytes, http_head: str = "", **options: object) -> bytes:
    """A bad page between two good ones."""
    return three(response(1, body, http_head, **options))
