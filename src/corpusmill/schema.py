"""Every table's Arrow schema. Tables of a key (`keys.py`) have the same rows in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.own_process import is_own, without

if is_own():  # Arrow loads pandas where it is installed, to ask whether what it is given is of pandas: 0.2 s
    with without("pandas"):
        pa.array(())

SCHEMA_VERSION = 1

# What a reader hands over: one row a page, bytes not yet understood (is_text false) or text already extracted (true).
# The columns from `title` on are filled only by inputs that bring them (WET, CCNet JSON lines, …).
PAGES = pa.schema(
    [
        pa.field("ordinal", pa.int64(), False),  # 0-based number of the record, line or row in its input file
        pa.field("offset", pa.int64(), False),  # of its gzip member, record or line in the file, in bytes; -1: none
        ("record_id", pa.string()),  # WARC-Record-ID, or the input's own id
        ("url", pa.string()),
        ("date", pa.string()),  # WARC-Date or the input's own date, as found
        ("content_type", pa.string()),  # media type, lower case, without parameters
        ("charset", pa.string()),  # label in the HTTP header, as found
        ("payload_digest", pa.string()),  # "sha1:…", verified where the reader could
        ("robots", pa.string()),  # lines of X-Robots-Tag in the HTTP header, as found
        pa.field("is_text", pa.bool_(), False),  # body is UTF-8 text, not HTML
        pa.field("body", pa.large_binary(), False),  # after transfer and content encodings
        ("title", pa.string()),
        ("author", pa.string()),
        ("published", pa.string()),
        ("html_language", pa.string()),
        ("cc_segment", pa.string()),
        ("digest", pa.string()),
        ("original_nlines", pa.int64()),
        ("original_length", pa.int64()),
        ("language", pa.string()),
        ("language_score", pa.float64()),
        ("perplexity", pa.float64()),
        ("bucket", pa.string()),
        ("metadata", pa.string()),  # JSON object of the input's other fields
    ]
)

# The CCNet schema (RedPajama-V2 §2) and where each document came from.
DOCUMENTS = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        ("url", pa.string()),
        ("date_download", pa.string()),
        ("digest", pa.string()),
        ("length", pa.int64()),  # characters of raw_content
        ("nlines", pa.int64()),
        ("source_domain", pa.string()),
        ("title", pa.string()),
        ("cc_segment", pa.string()),
        ("original_nlines", pa.int64()),
        ("original_length", pa.int64()),  # bytes
        ("line_ids", pa.list_(pa.int32())),  # which of the original lines raw_content keeps; null: all of them
        ("language", pa.string()),
        ("language_score", pa.float64()),
        ("perplexity", pa.float64()),
        ("bucket", pa.string()),
        ("charset", pa.string()),  # the encoding the page was decoded with
        ("warc_file", pa.string()),
        ("warc_offset", pa.int64()),
        ("record_id", pa.string()),
        ("payload_digest", pa.string()),
        ("robots", pa.string()),  # what the page asks of crawlers, "*:noindex"; null: no HTML, see extract/robots.py
        # What the page says of itself; null: nothing, or another extractor than learned (extract/writing/metadata.py).
        ("author", pa.string()),
        ("published", pa.string()),  # date by ISO 8601
        ("html_language", pa.string()),  # language tag
        ("metadata", pa.string()),
        pa.field("raw_content", pa.large_string(), False),  # last, so that scans of the others need not touch it
    ]
)

# The life of every record that was read, one row each: nothing disappears (conservation).
FATES = pa.schema(
    [
        pa.field("ordinal", pa.int64(), False),
        pa.field("offset", pa.int64(), False),
        ("record_id", pa.string()),
        ("url", pa.string()),
        pa.field("fate", pa.string(), False),  # kept, dropped or quarantined
        pa.field("stage", pa.string(), False),  # the stage that decided: read, extract, language, store
        ("reason", pa.string()),  # null when kept
        ("doc_id", pa.string()),  # null unless kept
    ]
)

QUARANTINE = pa.schema(
    [
        pa.field("input_file", pa.string(), False),
        pa.field("ordinal", pa.int64(), False),
        pa.field("offset", pa.int64(), False),
        pa.field("length", pa.int64(), False),  # bytes concerned; -1: not known
        ("record_id", pa.string()),
        ("url", pa.string()),
        pa.field("stage", pa.string(), False),
        pa.field("reason", pa.string(), False),
        ("message", pa.string()),
        ("head", pa.binary()),  # at most the first 4 KiB of the raw bytes
    ]
)

MINHASH = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("id_int", pa.int64(), False),
        ("signature", pa.list_(pa.int32(), 128)),  # bits of uint32; null under 13 words (RedPajama-V2 §11)
    ]
)

SCORES = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        ("score", pa.float64()),  # by a model, see the manifest; null: empty text, or not in the model's language
    ]
)

# What another model of languages says of the documents and their lines (`corpusmill languages`).
LANGUAGES = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field(
            "language", pa.string(), False
        ),  # of the whole document, as the model names it; "und" below the threshold
        pa.field("language_score", pa.float64(), False),
        # of the lines that are long enough, with the characters they hold: most first, ties by name
        ("line_languages", pa.list_(pa.struct([("language", pa.string()), ("chars", pa.int64())]))),
        ("line_language", pa.string()),  # the first of these; null: no line is long enough
        ("line_agreement", pa.float64()),  # part of these characters in the language of documents; null: none
    ]
)

CLUSTERS = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),  # only documents that share their cluster with another
        pa.field("cluster", pa.string(), False),  # id of the document that stays
        pa.field("survivor", pa.bool_(), False),
        ("similarity", pa.float64()),  # to the survivor; null: not measured
        ("earlier", pa.int32()),  # which earlier run the survivor is in, by place in --against; null: this one
    ]
)

# What new documents changed for documents of earlier runs (`corpusmill dedupe --against`).
CHANGES = pa.schema(
    [
        pa.field("earlier", pa.int32(), False),  # the run of the document, by place in --against
        pa.field("doc_id", pa.string(), False),
        pa.field("was", pa.string(), False),  # alone, stays, duplicate
        ("was_cluster", pa.string()),  # id of the document that stayed; null: alone
        ("was_cluster_earlier", pa.int32()),  # the run that it is in
        pa.field("now", pa.string(), False),
        ("cluster", pa.string()),
        ("cluster_earlier", pa.int32()),  # null: this run, or alone
    ]
)

# Documents whose digest an earlier one had, as RedPajama-V2 publishes them (§12).
DUPLICATES = pa.schema(
    [
        pa.field("shard_id", pa.string(), False),
        pa.field("doc_id", pa.string(), False),
        pa.field("digest", pa.string(), False),  # without "sha1:"
    ]
)

# What is repeated inside each document; the text itself stays as it is.
DUPLICATE_SPANS = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        # repeated paragraphs, in code points of raw_content, ascending
        pa.field("spans", pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64())])), False),
        pa.field("repeated", pa.int64(), False),  # n-grams that were there before, or characters of the spans
        pa.field("total", pa.int64(), False),  # n-grams, or characters
    ]
)

# What each document has in common with evaluation items (`corpusmill decontaminate`); the text itself stays as it is.
CONTAMINANTS = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("hits", pa.int64(), False),  # places where a run of an item stands
        pa.field("items", pa.int64(), False),  # that they are of
        pa.field("share", pa.float64(), False),  # the largest part of one item that stands in the document
        pa.field("pieces", pa.int64(), False),  # what cutting around the hits leaves; 1: the whole text
        pa.field("left_chars", pa.int64(), False),  # code points in these
        # what is shown, in code points of raw_content, by item, then ascending; share: of the item, in the document
        pa.field(
            "spans",
            pa.list_(
                pa.struct(
                    [
                        ("start", pa.int64()),
                        ("end", pa.int64()),
                        ("benchmark", pa.string()),
                        ("item", pa.string()),
                        ("share", pa.float64()),
                    ]
                )
            ),
            False,
        ),
        # what is cut, ascending: the pieces are what lies between
        pa.field("cuts", pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64())])), False),
    ]
)

# The passages that repeat most of a group of documents, where each first occurs.
PASSAGES = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("start", pa.int64(), False),  # code points of raw_content
        pa.field("end", pa.int64(), False),
        pa.field("tokens", pa.int64(), False),
        pa.field("occurrences", pa.int64(), False),
        pa.field("text", pa.string(), False),
    ]
)

# What an edit does to a text, in code points of the text before it, ascending; the text itself stays as it is.
REPLACEMENTS = pa.list_(
    pa.struct([pa.field("start", pa.int32()), pa.field("end", pa.int32()), pa.field("text", pa.string())])
)

# Every failing rule of a document with its value and threshold, in the order of the recipe.
FAILED = pa.list_(pa.struct([("rule", pa.string()), ("value", pa.float64()), ("threshold", pa.float64())]))

# The edits of a recipe up to one of them, applied to the documents of a key.
EDITS = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        ("replacements", REPLACEMENTS),  # of the last edit; null: it changes nothing
        ("failed", FAILED),  # rules of the last edit itself
    ]
)

SELECTION = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("keep", pa.bool_(), False),
        ("failed", FAILED),
        pa.field("failed_rules", pa.int64(), False),  # bit i: rule i of the recipe, in the order of `failed`
        ("line_ids", pa.list_(pa.int32())),  # lines of raw_content that stay; null: all
        # of each edit of the recipe in turn, where the document is kept and changed; null: the text stays as it is
        ("replacements", pa.list_(REPLACEMENTS)),
    ]
)

# The documents of a ragged pair, in its order (`<name>.ids.parquet`).
TOKENIZED = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("piece", pa.int32(), False),  # 0; 1, 2, … where a text was cut into several documents
        pa.field("text_bytes", pa.int32(), False),  # UTF-8 bytes of the text tokenised
    ]
)

# Which documents a shard of a mix has: a document that is repeated has a row for each copy.
MIXED = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("piece", pa.int32(), False),
        ("text_bytes", pa.int32()),  # null: its source did not say
        pa.field("source", pa.string(), False),
        pa.field("epoch", pa.int32(), False),  # how often the source was gone through before, from 0
        pa.field("copy", pa.int32(), False),  # of the document in that epoch, from 0; above 0 by upsampling only
    ]
)

# The documents of a selection that a proof may train on (`corpusmill prove`).
PROOF_TOKENS = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("piece", pa.int32(), False),
        pa.field("language", pa.string(), False),
        pa.field("tokens", pa.int32(), False),  # one more than the text has, for its end
        pa.field("overlaps", pa.bool_(), False),  # with the held-back text: it is left out
    ]
)

# What the proxy model of one sample said to each item of each set.
PROOF_CELL = pa.schema(
    [
        pa.field("set", pa.string(), False),  # "reference/en", or the name of an evaluation set
        pa.field("measure", pa.string(), False),  # bits per byte, accuracy
        pa.field("value", pa.float64(), False),  # bits, or 0 to 1
        pa.field("weight", pa.float64(), False),  # bytes, or 1
    ]
)


class Loss(NamedTuple):
    """A record that a stage did not pass on: dropped by intent, or quarantined because it is broken or dangerous."""

    fate: str  # "dropped" or "quarantined"
    stage: str
    reason: str  # a short fixed word, counted in the manifest: "http_status", "truncated_gzip", …
    ordinal: int
    offset: int
    record_id: str | None = None
    url: str | None = None
    length: int = -1
    message: str | None = None  # what was found and what was wanted, for people
    head: bytes | None = None  # raw bytes, at most QUARANTINE_HEAD_BYTES


QUARANTINE_HEAD_BYTES = 4096


def numbers_of(values: npt.NDArray[Any]) -> pa.Array:
    """The values as an Arrow array, not copied.

    `pa.array` and `pa.scalar` look whether they are given something of pandas, which they load first where it is
    installed: a fifth of a second in every worker.

    >>> numbers_of(np.array([1, 2], np.int32)).to_pylist()
    [1, 2]
    """
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def repeated(text: str, rows: int) -> pa.Array:
    """A column of one text, made without `pa.scalar`.

    >>> repeated("né", 2).to_pylist()
    ['né', 'né']
    """
    content = text.encode()
    ends = np.arange(rows + 1, dtype=np.int32) * np.int32(len(content))
    return pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(ends), pa.py_buffer(content * rows)])


def batch_of(schema: pa.Schema, columns: Mapping[str, object], rows: int) -> pa.RecordBatch:
    """A batch of `schema` from `columns`; columns that are not given are null."""
    arrays = []
    for field in schema:
        value = columns.get(field.name)
        if value is None:
            arrays.append(pa.nulls(rows, field.type))
        elif isinstance(value, pa.Array):
            arrays.append(value if value.type == field.type else value.cast(field.type))
        else:
            arrays.append(pa.array(value, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
