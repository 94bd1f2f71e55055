"""What a page says of itself: title, author, day of publication, language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import numpy as np
import pyarrow as pa

from corpusmill.extract.blocks.tables import Int64s, ParsedPages
from corpusmill.extract.blocks.text import titles_of
from corpusmill.extract.writing.dates import day_of
from corpusmill.extract.writing.linked_data import NOTHING, Described, described
from corpusmill.kernels.html.hints import (
    ADDRESS,
    AUTHOR,
    AUTHOR_TEXT,
    DATE,
    DATE_TEXT,
    HINT_COLUMNS,
    LANGUAGE,
    LINKED_DATA,
    MAIN_HEADING,
    MODIFIED,
    SITE,
    TITLE,
    find_hints,
)

_LONGEST_TITLE, _LONGEST_AUTHOR = 500, 120
_BELOW, _SHORT = 10, 120  # blocks below a heading, and the bytes of one, in which a day is looked for
_BYLINE = re.compile(
    r"^(?:(?:written|posted|published|reviewed|story)\s+)?(?:by|von|par|por|di|door|av|autor|author|auteur)\b[\s:]*",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?:/|-|$)")
_PARTS = re.compile(r"\s+[|–—·»:-]+\s+")


@dataclass(frozen=True)
class Metadata:
    """One entry a page, null where the page says nothing."""

    titles: pa.StringArray
    authors: pa.StringArray
    published: pa.StringArray  # ISO 8601 days
    languages: pa.StringArray  # BCP 47 tags in lower case, as the page has them: a hint


def metadata_of(parsed: ParsedPages, pages: pa.Array) -> Metadata:
    """Metadata of `pages`, of which `parsed` was made.

    Titles: Open Graph's and the like, the headline of linked data, the only `<h1>`, else `<title>`, without the name of
    the site behind a bar or dash. Authors: linked data (several parted by `; `), metas, rel and itemprop, then classes.
    Days: linked data, metas, itemprop, `<time>`, the address in `og:url`; the day of a change only where no other is.
    Languages: `<html lang>`, Content-Language, `og:locale`. Nothing is guessed from text.

    >>> from corpusmill.extract.blocks.parse import parse
    >>> page = '<html lang=en-GB><title>A | Site</title><h1>A</h1><meta name=author content="B &amp; C">'
    >>> pages = pa.array([page + '<time datetime="2020-01-02T03:04">'], pa.large_string())
    >>> [column[0].as_py() for column in vars(metadata_of(parse(pages), pages)).values()]
    ['A', 'B & C', '2020-01-02', 'en-gb']
    """
    hints, first = _hints(parsed)
    source = memoryview(parsed.source)  # type: ignore[arg-type]
    titles, authors, days, languages = [], [], [], []
    for page, title in enumerate(titles_of(parsed).to_pylist()):
        fields: dict[int, list[tuple[int, int, int, int]]] = {}
        for field, rank, element, start, end in hints[first[page] : first[page + 1]].tolist():
            fields.setdefault(field, []).append((rank, element, start, end))
        for rows in fields.values():
            rows.sort()
        said = _linked(fields, source)
        titles.append(_title(parsed, fields, source, said, title))
        authors.append(_author(parsed, fields, source, said))
        days.append(_published(parsed, fields, source, said))
        languages.append(_language(fields, source))
    return Metadata(*(pa.array(column, pa.string()) for column in (titles, authors, days, languages)))


_Fields = dict[int, list[tuple[int, int, int, int]]]


def _hints(parsed: ParsedPages) -> tuple[Int64s, Int64s]:
    elements, values, spans = parsed.elements, parsed.values, parsed.spans
    hints = np.empty((len(values.name) + 3 * len(elements.tag), HINT_COLUMNS), np.int64)
    first = np.zeros(len(parsed) + 1, np.int64)
    find_hints(
        parsed.source,
        elements.tag,
        elements.token_offsets,
        parsed.tokens.hashes,
        parsed.tokens.kinds,
        elements.offsets,
        values.element,
        values.name,
        values.starts,
        values.ends,
        values.offsets,
        elements.source,
        elements.stop,
        spans.element,
        spans.source_starts,
        spans.offsets,
        hints,
        first,
    )
    return hints, first


def _values(fields: _Fields, field: int, source: memoryview, longest: int = 1000) -> list[str]:
    """Values of a field, the best first, references decoded, white space collapsed."""
    found = []
    for _, _, start, end in fields.get(field, ()):
        text = " ".join(
            unescape(bytes(source[start : min(end, start + 4 * longest)]).decode("utf-8", "replace")).split()
        )
        if text and len(text) <= longest:
            found.append(text)
    return found


def _linked(fields: _Fields, source: memoryview) -> Described:
    said = NOTHING
    for _, _, start, end in fields.get(LINKED_DATA, ()):
        found = described(bytes(source[start:end]))
        said = Described(*(mine or other for mine, other in zip(said, found, strict=True)))
    return said


def _text(parsed: ParsedPages, first: int, end: int) -> str:
    """The text of the runs `first:end`."""
    spans = parsed.spans
    pieces = zip(spans.starts[first:end].tolist(), spans.ends[first:end].tolist(), strict=True)
    text = b" ".join([parsed.text[start:stop].tobytes() for start, stop in pieces]).decode()
    return " ".join(text.split())


def _title(parsed: ParsedPages, fields: _Fields, source: memoryview, said: Described, title: str | None) -> str | None:
    headings = [_text(parsed, *row[2:]) for row in fields.get(MAIN_HEADING, ())[:2]]
    headings = [heading for heading in headings if heading]
    candidates = _values(fields, TITLE, source, _LONGEST_TITLE)
    if said.title:
        candidates.append(" ".join(unescape(said.title).split()))
    if not candidates and len(headings) == 1:
        candidates.append(headings[0])
    if not candidates and title:
        candidates.append(" ".join(title.split()))
    if not candidates:
        return headings[0] if headings else None
    best = candidates[0]
    for heading in headings:
        if len(heading) > 8 and heading.lower() in best.lower():
            return heading
    return _without_site(best, _values(fields, SITE, source))


def _without_site(title: str, sites: list[str]) -> str:
    """`title` without the site's name behind its last dash or bar, where the page names the site."""
    for site in sites:
        for mark in _PARTS.finditer(title):
            if title[mark.end() :].lower() == site.lower():
                return title[: mark.start()]
            if title[: mark.start()].lower() == site.lower():
                return title[mark.end() :]
    marks = list(_PARTS.finditer(title))
    if marks and len(title[marks[-1].end() :].split()) <= 4 and len(title[: marks[-1].start()].split()) >= 3:
        return title[: marks[-1].start()]
    return title


def _author(parsed: ParsedPages, fields: _Fields, source: memoryview, said: Described) -> str | None:
    candidates = [said.author] if said.author else []
    candidates += _values(fields, AUTHOR, source, _LONGEST_AUTHOR)
    for candidate in candidates:
        if name := _name(unescape(candidate)):
            return name
    for _, _, first, end in fields.get(AUTHOR_TEXT, ())[:5]:
        if name := _name(_text(parsed, first, end)):
            return name
    return None


def _name(text: str) -> str | None:
    name = _BYLINE.sub("", " ".join(text.split())).strip(" ,;|·-")
    plausible = 1 < len(name) <= _LONGEST_AUTHOR and len(name.split()) <= 12 and any(map(str.isalpha, name))
    if not plausible or "://" in name or "@" in name or name.startswith("www.") or name.lower() in _NOBODY:
        return None
    return name


_NOBODY = {"admin", "administrator", "author", "staff", "editor", "root", "user", "guest", "unknown", "none", "null"}


def _published(parsed: ParsedPages, fields: _Fields, source: memoryview, said: Described) -> str | None:
    if said.published and (day := day_of(said.published)):
        return day
    for text in _values(fields, DATE, source):
        if day := day_of(text):
            return day
    for text in _values(fields, ADDRESS, source):
        if match := _IN_ADDRESS.search(text):
            return day_of("-".join(match.groups()))
    for _, _, first, end in fields.get(DATE_TEXT, ())[:8]:
        if day := day_of(_text(parsed, first, end)):
            return day
    for text in _below_heading(parsed, fields):
        if day := day_of(text):
            return day
    for text in _values(fields, MODIFIED, source):
        if day := day_of(text):
            return day
    return None


def _below_heading(parsed: ParsedPages, fields: _Fields) -> Iterator[str]:
    """Short texts behind the first main heading, where a day often stands."""
    blocks = parsed.blocks
    for _, element, run, _ in fields.get(MAIN_HEADING, ())[:1]:
        page = int(np.searchsorted(parsed.elements.offsets, element, "right")) - 1
        if run == parsed.spans.offsets[page + 1]:
            return
        first = int(parsed.spans.block[run])
        last = min(first + _BELOW, int(blocks.offsets[page + 1]))
        for start, end in zip(blocks.starts[first:last].tolist(), blocks.ends[first:last].tolist(), strict=True):
            if end - start <= _SHORT:
                yield bytes(parsed.text[start:end]).decode()


def _language(fields: _Fields, source: memoryview) -> str | None:
    for text in _values(fields, LANGUAGE, source):
        if match := _LANGUAGE.fullmatch(text.split(",")[0].split(".")[0].strip().lower().replace("_", "-")):
            return match[0]
    return None
