"""What kind of file an input is: by its first bytes, then by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from corpusmill.read.grammars import ArcGrammar, WarcGrammar
from corpusmill.read.gzip_members import MAGIC as GZIP_MAGIC
from corpusmill.read.gzip_members import gzip_pieces
from corpusmill.read.lines import BOM
from corpusmill.read.pieces import Believable, Piece, Window, plain_pieces
from corpusmill.read.zstd_frames import MAGIC as ZSTD_MAGIC
from corpusmill.read.zstd_frames import Zstd

WARC, ARC = WarcGrammar(), ArcGrammar()

# The names that a folder is searched for, with the format that each promises.
SUFFIXES = {
    ".warc": "warc",
    ".warc.wet": "wet",
    ".wet": "wet",
    ".warc.wat": "wat",
    ".wat": "wat",
    ".arc": "arc",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_PLAIN_STARTS = (b"WARC/", b"filedesc:", b"{", b"PAR1", BOM + b"{")
_PADDING = b" \t\r\n\0"


class Format(NamedTuple):
    """`kind` is "" where neither bytes nor name say what it is."""

    kind: str  # warc, wet, wat, arc, jsonl, parquet
    compression: str  # gzip, zstd, plain


def named_format(name: str) -> Format:
    """What the name of a file promises.

    >>> named_format("CC-MAIN-20240520-00000.warc.wet.gz")
    Format(kind='wet', compression='gzip')
    """
    name = name.lower()
    compression = "plain"
    for suffix, compressed in COMPRESSIONS.items():
        if name.endswith(suffix):
            name, compression = name.removesuffix(suffix), compressed
    kinds = [kind for suffix, kind in sorted(SUFFIXES.items(), key=lambda item: -len(item[0])) if name.endswith(suffix)]
    return Format(kinds[0] if kinds else "", compression)


def sniff(window: Window, name: str) -> Format:
    """What the file is. The bytes decide where they say anything; a name that differs is not believed."""
    promised = named_format(name)
    start = bytes(window.view(0, 512))
    if start.startswith(b"PAR1"):
        return Format("parquet", "plain")
    if start[:3] == GZIP_MAGIC:
        compression = "gzip"
    elif start[:4] == ZSTD_MAGIC or start[1:4] == b"\x2a\x4d\x18":
        compression = "zstd"
    elif start.startswith(_PLAIN_STARTS):
        compression = "plain"
    else:
        compression = promised.compression
    if promised.kind == "parquet":
        return Format("parquet", "plain")
    first = next(open_pieces(window, compression, lambda start, whole: True)(0), None)
    text = first.data[:4096].lstrip(_PADDING).removeprefix(BOM).lstrip(_PADDING) if first else b""
    if WARC.begins(text):
        kind = promised.kind if promised.kind in ("wet", "wat") else "warc"
    elif text.startswith(b"filedesc:"):
        kind = "arc"
    elif text.startswith(b"{"):
        kind = "jsonl"
    else:
        kind = promised.kind
    return Format(kind, compression)


def open_pieces(window: Window, compression: str, believable: Believable) -> Callable[[int], Iterator[Piece]]:
    """The decompressor for a file: called with an offset, it gives the pieces from there on."""
    if compression == "gzip":
        return lambda offset: gzip_pieces(window, believable, offset)
    if compression == "zstd":
        return Zstd(window, believable).pieces
    return lambda offset: plain_pieces(window, offset)


def begins_with_record(start: bytes, whole: bool) -> bool:
    """Whether decoded bytes begin a WARC or ARC record; a whole member is believed by its checksum."""
    return whole or WARC.begins(start) or start.startswith((b"http://", b"https://", b"filedesc:", b"dns:"))


def decodes_far(start: bytes, whole: bool) -> bool:
    """For lines, which have no magic: chance does not decode a member whole, nor 2 KiB of one to text."""
    return whole or (len(start) >= 2048 and b"\0" not in start)
