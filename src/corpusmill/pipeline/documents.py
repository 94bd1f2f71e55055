"""Pages to documents: the extract and language stages over one chunk, with the fate of every page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.extract.extracted import PageExtractor, body_bytes, body_offsets
from corpusmill.extract.robots import robots_of_pages
from corpusmill.keys import BUCKETS
from corpusmill.language.identify import LanguageIdentifier
from corpusmill.schema import DOCUMENTS, PAGES, Loss, batch_of

_AS_READ = (  # columns that documents have of their pages
    *("url", "title", "record_id", "payload_digest", "perplexity", "robots"),
    *("author", "published", "html_language", "metadata"),
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]+)?")


class Converted(NamedTuple):
    """Documents of one chunk, ids not yet given, in the order of the input."""

    documents: pa.RecordBatch  # schema.DOCUMENTS with empty doc_id
    ordinals: pa.Array
    offsets: pa.Array
    losses: list[Loss]


@dataclass(frozen=True)
class PagesToDocuments:
    """The map from schema.PAGES to schema.DOCUMENTS; `keep_languages` empty keeps all."""

    extractor: PageExtractor
    identifier: LanguageIdentifier
    keep_languages: tuple[str, ...]
    input_file: str

    def __call__(self, pages: pa.RecordBatch) -> Converted:
        pages, texts, charsets, losses = texts_of_pages(self.extractor, pages)
        languages, scores = self._languages(pages, texts)
        if self.keep_languages:
            kept = pc.is_in(languages, pa.array(self.keep_languages, languages.type)).to_numpy(zero_copy_only=False)
            losses += _language_losses(pages, languages, scores, np.flatnonzero(~kept))
            rows = pa.array(np.flatnonzero(kept))
            pages, texts, charsets, languages, scores = (
                column.take(rows) for column in (pages, texts, charsets, languages, scores)
            )
        documents = documents_of(pages, texts, charsets, languages, scores, self.input_file)
        return Converted(documents, pages["ordinal"], pages["offset"], losses)

    def _languages(self, pages: pa.RecordBatch, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Language and score; an input that brings a language and a bucket was measured before, and keeps them."""
        given = [
            bucket in BUCKETS and is_language(language)
            for bucket, language in zip(pages["bucket"].to_pylist(), pages["language"].to_pylist(), strict=True)
        ]
        return languages_of(self.identifier, texts, given, pages["language"], pages["language_score"])


def languages_of(
    identifier: LanguageIdentifier, texts: pa.Array, given: Sequence[bool], languages: pa.Array, scores: pa.Array
) -> tuple[pa.Array, pa.Array]:
    """Language and score of each text; those that are `given` keep theirs."""
    if all(given):
        return languages, scores
    found, measured = identifier.identify(texts)
    mask = pa.array(given, pa.bool_())
    return pc.if_else(mask, languages, found), pc.if_else(mask, scores, measured)


def texts_of_pages(
    extractor: PageExtractor, pages: pa.RecordBatch
) -> tuple[pa.RecordBatch, pa.Array, pa.Array, list[Loss]]:
    """Rows that have text, in order: their pages (without bodies), texts and charsets; and the others.

    Of HTML the pages get title, what it asks of crawlers, and what else it says of itself.
    """
    is_text = pages["is_text"].to_numpy(zero_copy_only=False)
    html = np.flatnonzero(~is_text)
    given = np.flatnonzero(is_text)
    described = pages.drop_columns(["body"])  # bodies are most of the bytes: copied no more than needed
    if not len(html):
        return described, pages["body"].cast(pa.large_string()), pa.array(["utf-8"] * len(given), pa.string()), []
    extracted = extractor.extract(pages.take(pa.array(html)) if len(given) else pages)
    found = html[extracted.rows.to_numpy()]
    texts, charsets = extracted.texts, extracted.charsets
    columns = {
        "title": extracted.titles,
        "robots": _robots(pages, found),
        "author": extracted.authors,
        "published": extracted.published,
        "html_language": extracted.languages,
    }
    if len(given):
        given_pages = pages.take(pa.array(given))
        rows = np.concatenate([given, found])
        order = pa.array(np.argsort(rows, kind="stable"))
        texts = pa.concat_arrays([given_pages["body"].cast(pa.large_string()), texts]).take(order)
        charsets = pa.concat_arrays([pa.array(["utf-8"] * len(given), pa.string()), charsets]).take(order)
        columns = {name: pa.concat_arrays([given_pages[name], each]).take(order) for name, each in columns.items()}
        found = np.sort(rows)
    described = described.take(pa.array(found))
    for name, column in columns.items():
        described = described.set_column(described.schema.get_field_index(name), PAGES.field(name), column)
    return described, texts, charsets, extracted.losses


def _robots(pages: pa.RecordBatch, rows: np.ndarray) -> pa.Array:
    """What these pages of HTML ask of crawlers."""
    bodies = pages["body"]
    offsets = body_offsets(bodies)
    headers = pages["robots"].take(pa.array(rows)).to_pylist()
    return pa.array(robots_of_pages(body_bytes(bodies), offsets[rows], offsets[rows + 1], headers), pa.string())


def _language_losses(pages: pa.RecordBatch, languages: pa.Array, scores: pa.Array, rows: np.ndarray) -> list[Loss]:
    losses = []
    for row in rows.tolist():
        found, score = languages[row].as_py(), scores[row].as_py()
        losses.append(
            Loss(
                "dropped",
                "language",
                "language_uncertain" if found == "und" else "language_not_kept",
                pages["ordinal"][row].as_py(),
                pages["offset"][row].as_py(),
                pages["record_id"][row].as_py(),
                pages["url"][row].as_py(),
                message=f"{found} {score}",
            )
        )
    return losses


def is_language(code: str | None) -> bool:
    """Whether `code` can stand in a key."""
    return code is not None and _LANGUAGE.fullmatch(code) is not None


def documents_of(
    pages: pa.RecordBatch, texts: pa.Array, charsets: pa.Array, languages: pa.Array, scores: pa.Array, input_file: str
) -> pa.RecordBatch:
    """schema.DOCUMENTS with empty doc_id, of pages and what was found of each."""
    rows = pages.num_rows
    encoded = [text.as_buffer() if text.is_valid else b"" for text in texts.cast(pa.large_binary())]
    lines = nlines(texts)
    buckets = [bucket if bucket in BUCKETS else "all" for bucket in pages["bucket"].to_pylist()]
    same = {name: pages[name] for name in _AS_READ}
    return batch_of(
        DOCUMENTS,
        {
            **same,
            "doc_id": [""] * rows,
            "date_download": pages["date"],
            "digest": pc.coalesce(pages["digest"], pa.array([_digest(text) for text in encoded], pa.string())),
            "length": pc.utf8_length(texts),
            "nlines": lines,
            "source_domain": pa.array([source_domain(url) for url in pages["url"].to_pylist()], pa.string()),
            "cc_segment": pc.fill_null(pages["cc_segment"], input_file),
            "original_nlines": pc.coalesce(pages["original_nlines"].cast(pa.int64()), lines),
            "original_length": pc.coalesce(pages["original_length"].cast(pa.int64()), pc.binary_length(texts)),
            "language": languages,
            "language_score": scores,
            "bucket": buckets,
            "charset": charsets,
            "warc_file": [input_file] * rows,
            "warc_offset": pages["offset"],
            "raw_content": texts,
        },
        rows,
    )


def nlines(texts: pa.Array) -> pa.Array:
    """Lines of each text (int64); an empty text has none."""
    has_text = pc.binary_length(texts).cast(pa.bool_())
    return pc.add(pc.count_substring(texts, "\n").cast(pa.int64()), has_text.cast(pa.int64()))


def source_domain(url: str | None) -> str | None:
    """Network location of `url`, port and case kept (RedPajama-V2 §2); null for what is no URL.

    >>> source_domain("https://www.Example.org:8080/a")
    'www.Example.org:8080'
    """
    if url is None:
        return None
    try:
        return urlsplit(url).netloc or None
    except ValueError:
        return None


def _digest(text: Sequence[int] | bytes) -> str:
    """`sha1:` and base32, as CCNet's digest of the whole text."""
    return "sha1:" + base64.b32encode(hashlib.sha1(text).digest()).decode()  # type: ignore[arg-type]
