"""What a page says of itself: title, author, day of publication, language."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import titles_of


@dataclass(frozen=True)
class Metadata:
    """One entry a page, null where the page says nothing."""

    titles: pa.StringArray
    authors: pa.StringArray
    published: pa.StringArray  # ISO 8601 days
    languages: pa.StringArray  # BCP 47 tags as written, lower case


def metadata_of(parsed: ParsedPages, pages: pa.Array) -> Metadata:
    """Metadata of `pages`, of which `parsed` was made."""
    none = pa.nulls(len(parsed), pa.string())
    return Metadata(titles_of(parsed), none, none, none)
