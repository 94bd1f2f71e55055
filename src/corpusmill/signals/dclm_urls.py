r"""URLs against lists as DCLM's `url_substring_filter` matches them in its RefinedWeb reproduction (§2).

The same lists as of the family `url`, but read in lower case and otherwise as they are. URLs are in lower case. Words
do not overlap: of two that begin at one place the longer one counts. Whole words stand between boundaries `\b`.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.signals.hashed_lists import listed
from corpusmill.signals.lists import read_lines
from corpusmill.signals.registry import signal
from corpusmill.signals.urls import addresses, count_substrings, list_path

SOURCE = "RefinedWeb specification §2; DCLM at 361714bd"


def _lower(batch: TextBatch) -> list[str]:
    return [url.lower() for url in batch.once(addresses).urls.to_pylist()]


def _counts(batch: TextBatch, values: object) -> pa.Array:
    return pa.array(values, pa.int64(), mask=batch.once(addresses).missing)


@signal("dclm_url_domain_listed", dtype=pa.int64(), unit="0 or 1", source=SOURCE, version=1, family="dclm_url")
def dclm_url_domain_listed(batch: TextBatch) -> pa.Array:
    """Whether host and port, in lower case and with every `www` deleted, are in `domains.txt`.

    The dot behind `www` stays, so `www.example.org` is found as `.example.org` alone. 0 where the URL is malformed.
    """
    path = list_path(batch.artifacts, "domains.txt", "dclm_url_domain_listed is")
    if path is None:
        return pa.nulls(len(batch), pa.int64())
    places = [_net_location(url).lower().replace("www", "") for url in batch.once(addresses).urls.to_pylist()]
    return _counts(batch, listed(path, pa.array(places, pa.string()), lower=True))


@signal("dclm_url_subwords", dtype=pa.int64(), unit="words", source=SOURCE, version=1, family="dclm_url")
def dclm_url_subwords(batch: TextBatch) -> pa.Array:
    """Distinct words of `subwords.txt` anywhere in the URL without `-` and `.`."""
    urls = [url.replace("-", "").replace(".", "") for url in batch.once(_lower)]
    return _distinct(batch, urls, "subwords.txt", "", "dclm_url_subwords is")


@signal("dclm_url_hard_words", dtype=pa.int64(), unit="words", source=SOURCE, version=1, family="dclm_url")
def dclm_url_hard_words(batch: TextBatch) -> pa.Array:
    """Distinct words of `hard_words.txt` between boundaries of words."""
    return _distinct(batch, batch.once(_lower), "hard_words.txt", r"\b", "dclm_url_hard_words is")


@signal("dclm_url_soft_words", dtype=pa.int64(), unit="words", source=SOURCE, version=1, family="dclm_url")
def dclm_url_soft_words(batch: TextBatch) -> pa.Array:
    """Distinct words of `soft_words.txt` between boundaries of words."""
    return _distinct(batch, batch.once(_lower), "soft_words.txt", r"\b", "dclm_url_soft_words is")


def _distinct(batch: TextBatch, urls: list[str], name: str, boundary: str, signals: str) -> pa.Array:
    path = list_path(batch.artifacts, name, signals)
    if path is None:
        return pa.nulls(len(batch), pa.int64())
    pattern = _pattern(path, boundary)
    anywhere = count_substrings(urls, _words(path)).tolist()  # few URLs hold any, so few pay for the pattern
    found = [len(set(pattern.findall(url))) if held else 0 for url, held in zip(urls, anywhere, strict=True)]
    return _counts(batch, found)


def _net_location(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


@functools.cache
def _words(path: Path) -> frozenset[str]:
    return frozenset(word.lower() for word in read_lines(path))


@functools.cache
def _pattern(path: Path, boundary: str) -> re.Pattern[str]:
    longest_first = sorted(_words(path), key=lambda word: (-len(word), word))
    return re.compile(rf"{boundary}(?:{'|'.join(map(re.escape, longest_first))}){boundary}")
