"""How records of WARC and ARC files begin, and how their headers are read."""

from __future__ import annotations

import re

from corpusmill.read.records import Fields


def _first_gap(data: bytes, at: int, limit: int) -> int:
    """Index behind the first empty line (CRLF or bare LF); -1 where there is none before `limit`."""
    mixed = data.find(b"\n\r\n", at, limit)
    bare = data.find(b"\n\n", at, mixed if mixed >= 0 else limit)
    if bare >= 0:
        return bare + 2
    return mixed + 3 if mixed >= 0 else -1


class WarcGrammar:
    """WARC 0.17 to 1.1, with bare line feeds, folded lines and any order of fields."""

    name = "WARC"
    _folded = re.compile(rb"\r?\n[ \t]+")
    boundary = re.compile(rb"WARC/[01]\.\d{1,2}[ \t]*\r?\n[A-Za-z][A-Za-z-]{0,60}:")

    def begins(self, data: bytes, at: int = 0, /) -> bool:
        return data.startswith(b"WARC/", at)

    def header_end(self, data: bytes, at: int, limit: int, /) -> int:
        return _first_gap(data, at, limit)

    def fields(self, header: bytes, /) -> Fields:
        if b"\n " in header or b"\n\t" in header:
            header = self._folded.sub(b" ", header)
        fields: Fields = {}
        for line in header.split(b"\n")[1:]:
            name, colon, value = line.partition(b":")
            if colon:
                fields.setdefault(name.strip().lower(), value.strip())
        return fields


class ArcGrammar:
    """ARC 1 and 2: one line `URL address date type [… ] length`, then the block. Fields get their WARC names."""

    name = "ARC"
    # URLs with blanks are read, but not looked for: the pattern stays linear
    boundary = re.compile(rb"(?<=\n)[a-z][a-z0-9+.-]{1,15}:\S{0,8000} \S{1,60} \d{14} [^\n]{1,400} \d{1,15}\r?\n")
    _line = re.compile(
        rb"([a-z][a-z0-9+.-]{1,15}:[^\n]{0,9000}?) (\S+) (\d{8,14}) ([^\n]{1,400}) (\d{1,18})[ \t]*\r?\n"
    )

    def begins(self, data: bytes, at: int = 0, /) -> bool:
        return self._line.match(data, at) is not None

    def header_end(self, data: bytes, at: int, limit: int, /) -> int:
        end = data.find(b"\n", at, limit)
        return end + 1

    def fields(self, header: bytes, /) -> Fields:
        match = self._line.match(header)
        if match is None:
            return {}
        url, _, date, rest, length = match.groups()
        media_type = rest.split(b" ", 1)[0]
        is_http = url.startswith((b"http:", b"https:"))
        kind = b"warcinfo" if url.startswith(b"filedesc:") else b"response" if is_http else b"resource"
        fields = {b"warc-type": kind, b"warc-target-uri": url, b"content-length": length}
        if len(date) == 14:
            parts = (date[:4], date[4:6], date[6:8], date[8:10], date[10:12], date[12:])
            fields[b"warc-date"] = b"%s-%s-%sT%s:%s:%sZ" % parts
        fields[b"content-type"] = b"application/http" if is_http else media_type
        return fields
