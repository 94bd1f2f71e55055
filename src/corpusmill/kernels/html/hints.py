"""What a page says of itself, by one look at its elements: metas, linked data, times, who is named as its author."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import blank
from corpusmill.kernels.html.elements import (
    CONTENT,
    DATETIME,
    HASH_START,
    HTTP_EQUIV,
    ITEMPROP,
    LANG,
    NAME,
    NUMBERS,
    PROPERTY,
    REL,
    fold,
    name_hash,
    words_of,
)
from corpusmill.kernels.html.lookup import keys_of, slot_in
from corpusmill.machine_code.jit import kernel

FIELDS = words_of("title author date modified language site linked_data address heading author_text date_text")
TITLE, AUTHOR, DATE, MODIFIED, LANGUAGE, SITE, LINKED_DATA, ADDRESS, MAIN_HEADING, AUTHOR_TEXT, DATE_TEXT = range(
    len(FIELDS)
)
HINT_FIELD, HINT_RANK, HINT_ELEMENT, HINT_START, HINT_END = range(5)
HINT_COLUMNS = 5
MOST_RUNS = 50  # of an element's text that are read
MOST_TEXTS = 20  # elements of a page whose class says that they hold an author or a day, none worse than one before

# Names of metas, the best first; http-equiv, name, property and itemprop are looked up alike.
NAMES_OF = {
    TITLE: "citation_title og:title twitter:title headline dc.title dcterms.title parsely-title sailthru.title",
    AUTHOR: "author citation_author article:author dc.creator dcterms.creator parsely-author sailthru.author byl"
    " article.author shareaholic:article_author_name creator book:author og:author dc.contributor",
    DATE: "article:published_time datepublished citation_publication_date date dc.date dc.date.issued dcterms.issued"
    " dc.date.created dcterms.created dcterms.date pubdate publishdate publish-date publish_date publication_date"
    " parsely-pub-date sailthru.date article.published article_date_original originalpublicationdate citation_date"
    " cxenseparse:recs:publishtime rnews:datepublished og:published_time og:article:published_time date_published"
    " article:published published_time displaydate timestamp datecreated",
    MODIFIED: "article:modified_time datemodified og:updated_time lastmod last-modified dc.date.modified"
    " dcterms.modified revised",
    LANGUAGE: "content-language og:locale dc.language dcterms.language language inlanguage",
    SITE: "og:site_name application-name",
    ADDRESS: "og:url",
}
_KNOWN = [
    (name_hash(name), field << 8 | rank) for field, names in NAMES_OF.items() for rank, name in enumerate(names.split())
]
_HASHES, _places = keys_of((value for value, _ in _KNOWN), 512)
_FIELDS = np.zeros(len(_HASHES), np.int64)
_FIELDS[_places] = [field for _, field in _KNOWN]
META, SCRIPT, HTML, TIME, H_ONE = (NUMBERS[name] for name in words_of("meta script html time h1"))
_AUTHOR, _PUBLISHED = np.uint64(name_hash("author")), np.uint64(name_hash("datepublished"))

# Classes, ids and itemprops of what holds an author's name, the best first; and ranks before them for rel and itemprop.
AUTHOR_CLASSES = words_of(
    "author-name authorname author_name byline-name post-author entry-author article-author byline__name author vcard"
    " byline by-line by writer article__author post__author submitted-by"
)
DATE_CLASSES = words_of(
    "entry-date post-date published pubdate publish-date article-date date-published post__date article__date posted-on"
    " entry-time timestamp dateline date datum time meta-date news-date post_date news_date date-header submitted"
    " post-meta entry-meta article-meta meta byline info"
)
_NO_AUTHOR, _NO_DAY = len(AUTHOR_CLASSES), len(DATE_CLASSES)
_CLASSES = sorted({*AUTHOR_CLASSES, *DATE_CLASSES})
_CLASS_HASHES, _places = keys_of(map(name_hash, _CLASSES), 512)
_CLASS_RANKS = np.zeros((len(_CLASS_HASHES), 2), np.int64)
for _column, _names in enumerate((AUTHOR_CLASSES, DATE_CLASSES)):
    _CLASS_RANKS[_places, _column] = [_names.index(name) if name in _names else len(_names) for name in _CLASSES]


@kernel
def _word_hash(data: np.ndarray, start: int, end: int) -> Any:
    while start < end and blank(data[start]):
        start += 1
    while start < end and blank(data[end - 1]):
        end -= 1
    state = HASH_START
    for at in range(start, end):
        state = fold(state, data[at])
    return state


@kernel
def _known(word: np.uint64) -> Any:
    slot = slot_in(_HASHES, word)
    return _FIELDS[slot] if slot >= 0 else -1


@kernel
def _add(hints: np.ndarray, count: int, field: Any, rank: Any, element: int, start: int, end: int) -> int:
    hints[count, HINT_FIELD] = field
    hints[count, HINT_RANK] = rank
    hints[count, HINT_ELEMENT] = element
    hints[count, HINT_START] = start
    hints[count, HINT_END] = end
    return count + 1


@kernel
def _runs_of(
    element: int,
    source: np.ndarray,
    stop: np.ndarray,
    span_element: np.ndarray,
    span_source: np.ndarray,
    first: int,
    last: int,
) -> tuple[int, int]:
    """The runs of text in an element, MOST_RUNS at most, of those of its page; the first is behind its begin."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if span_source[middle] < source[element]:
            low = middle + 1
        else:
            high = middle
    end = low
    while end < last and end - low < MOST_RUNS and element <= span_element[end] < stop[element]:
        end += 1
    return low, end


@kernel
def find_hints(
    source: np.ndarray,
    tag: np.ndarray,
    token_offsets: np.ndarray,
    hashes: np.ndarray,
    kinds: np.ndarray,
    first_elements: np.ndarray,
    value_element: np.ndarray,
    value_name: np.ndarray,
    value_start: np.ndarray,
    value_end: np.ndarray,
    first_values: np.ndarray,
    element_source: np.ndarray,
    element_stop: np.ndarray,
    span_element: np.ndarray,
    span_source: np.ndarray,
    first_spans: np.ndarray,
    hints: np.ndarray,
    first_hints: np.ndarray,
) -> None:
    """Fill `hints` [n, 5] page by page; a rank is the better the lower.

    HINT_START and HINT_END count in the pages' bytes; of what is said by an element's own text, they are the first of
    the runs of text behind its begin, and behind the last of those in it, or behind MOST_RUNS of them.
    `hints` has room for a row a value and three an element.
    """
    count = 0
    for page in range(len(first_elements) - 1):
        row, last = first_values[page], first_values[page + 1]
        spans = first_spans[page], first_spans[page + 1]
        while row < last:
            element = value_element[row]
            start = end = -1
            when = says = np.int64(-1)
            published = author = False
            while row < last and value_element[row] == element:
                name, a, b = value_name[row], value_start[row], value_end[row]
                if name == CONTENT:
                    start, end = a, b
                elif name == LANG:
                    if tag[element] == HTML:
                        count = _add(hints, count, LANGUAGE, -1, element, a, b)
                elif name == DATETIME:
                    when = row
                elif name == REL:
                    author = author or _word_hash(source, a, b) == _AUTHOR
                elif name in (NAME, PROPERTY, ITEMPROP, HTTP_EQUIV):
                    word = _word_hash(source, a, b)
                    found = _known(word)
                    if says < 0:
                        says = found
                    published = published or word == _PUBLISHED
                    author = author or (word == _AUTHOR and name == ITEMPROP)
                row += 1
            if tag[element] == META:
                if says >= 0 and end > start:
                    count = _add(hints, count, says >> 8, says & 255, element, start, end)
            elif tag[element] == SCRIPT:
                if end > start:
                    count = _add(hints, count, LINKED_DATA, 0, element, start, end)
            elif when >= 0:
                rank = 50 if published else (100 if tag[element] == TIME else 101)
                count = _add(hints, count, DATE, rank, element, value_start[when], value_end[when])
            elif author:
                runs = _runs_of(element, element_source, element_stop, span_element, span_source, *spans)
                count = _add(hints, count, AUTHOR_TEXT, 0, element, *runs)
        best_author, best_day, authors, days = _NO_AUTHOR - 1, _NO_DAY - 1, 0, 0
        for element in range(first_elements[page], first_elements[page + 1]):
            if tag[element] == H_ONE:
                runs = _runs_of(element, element_source, element_stop, span_element, span_source, *spans)
                count = _add(hints, count, MAIN_HEADING, 0, element, *runs)
            best, best_date = _NO_AUTHOR, _NO_DAY
            for token in range(token_offsets[element], token_offsets[element + 1]):
                if kinds[token] == 0:
                    slot = slot_in(_CLASS_HASHES, hashes[token])
                    if slot >= 0:
                        best = min(best, _CLASS_RANKS[slot, 0])
                        best_date = min(best_date, _CLASS_RANKS[slot, 1])
            if best <= best_author and authors < MOST_TEXTS:
                best_author = best
                authors += 1
                runs = _runs_of(element, element_source, element_stop, span_element, span_source, *spans)
                count = _add(hints, count, AUTHOR_TEXT, best + 1, element, *runs)
            if best_date <= best_day and days < MOST_TEXTS:
                best_day = best_date
                days += 1
                runs = _runs_of(element, element_source, element_stop, span_element, span_source, *spans)
                count = _add(hints, count, DATE_TEXT, best_date, element, *runs)
        first_hints[page + 1] = count
