"""URLs against lists of the artifacts folder, as datatrove's URLFilter does and with lists of hosts.

The lists are `url_lists/*.txt`, see docs/url_lists_and_masks.md. Signals are null for documents without a URL and, with
a warning, where their list is missing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.signals.hashed_lists import listed
from corpusmill.signals.hosts import host_of
from corpusmill.signals.lists import UT1_CATEGORIES, read_lines
from corpusmill.signals.registry import signal

SOURCE = "RefinedWeb specification §2; datatrove 0.10.1, URLFilter"
FOLDER = "url_lists"

_SEPARATORS = re.compile("[^a-zA-Z0-9]+")


class Addresses(NamedTuple):
    """The URLs of a batch, empty where a document has none; hosts are empty where they have no public suffix."""

    urls: pa.Array
    domains: pa.Array  # registered ones
    hosts: pa.Array
    missing: np.ndarray


def addresses(batch: TextBatch) -> Addresses:
    """The column `url` of a batch, with what the signals look up."""
    given = batch.columns.get("url")
    column = pa.nulls(len(batch), pa.string()) if given is None else given.cast(pa.string())
    urls = pc.fill_null(column, "")
    hosts = [host_of(url) for url in urls.to_pylist()]
    return Addresses(
        urls,
        pa.array([host.registered_domain for host in hosts], pa.string()),
        pa.array([host.full_name for host in hosts], pa.string()),
        np.asarray(pc.is_null(column)),
    )


def list_path(artifacts: Artifacts, name: str, signals: str) -> Path | None:
    """The list `name`; None and a warning that `signals` are null where the folder has none."""
    path = artifacts.path(FOLDER, name)
    if path is None:
        artifacts.missing(f"no {FOLDER}/{name}: {signals} null")
    return path


def normalised(text: str) -> str:
    """ASCII letters and digits alone, in lower case."""
    return _SEPARATORS.sub("", text).lower()


def _column(batch: TextBatch, values: object) -> pa.Array:
    return pa.array(values, pa.int64(), mask=batch.once(addresses).missing)


def _listed(
    batch: TextBatch, path: Path | None, texts: pa.Array, *, lower: bool = False, parents: bool = False
) -> pa.Array:
    if path is None:
        return pa.nulls(len(batch), pa.int64())
    return _column(batch, listed(path, texts, lower=lower, parents=parents))


@signal("url_domain_listed", dtype=pa.int64(), unit="0 or 1", source=SOURCE, version=1, family="url")
def url_domain_listed(batch: TextBatch) -> pa.Array:
    """Whether the registered domain is in `domains.txt`; upper and lower case differ."""
    path = list_path(batch.artifacts, "domains.txt", "url_domain_listed and url_subdomain_listed are")
    return _listed(batch, path, batch.once(addresses).domains)


@signal("url_subdomain_listed", dtype=pa.int64(), unit="0 or 1", source=SOURCE, version=1, family="url")
def url_subdomain_listed(batch: TextBatch) -> pa.Array:
    """Whether the full name of the host is in `domains.txt`; upper and lower case differ."""
    path = list_path(batch.artifacts, "domains.txt", "url_domain_listed and url_subdomain_listed are")
    return _listed(batch, path, batch.once(addresses).hosts)


@signal("url_listed", dtype=pa.int64(), unit="0 or 1", source=SOURCE, version=1, family="url")
def url_listed(batch: TextBatch) -> pa.Array:
    """Whether the URL as it is stands in `urls.txt`."""
    return _listed(batch, list_path(batch.artifacts, "urls.txt", "url_listed is"), batch.once(addresses).urls)


@signal("url_hard_words", dtype=pa.int64(), unit="words", source=SOURCE, version=1, family="url")
def url_hard_words(batch: TextBatch) -> pa.Array:
    """Words of `hard_words.txt` among the runs of ASCII letters and digits, which keep their case."""
    return _words(batch, "hard_words.txt", "url_hard_words is")


@signal("url_soft_words", dtype=pa.int64(), unit="words", source=SOURCE, version=1, family="url")
def url_soft_words(batch: TextBatch) -> pa.Array:
    """Words of `soft_words.txt` among the runs of ASCII letters and digits, which keep their case; each once."""
    return _words(batch, "soft_words.txt", "url_soft_words is")


def _words(batch: TextBatch, name: str, signals: str) -> pa.Array:
    path = list_path(batch.artifacts, name, signals)
    if path is None:
        return pa.nulls(len(batch), pa.int64())
    words = _normalised_words(path)
    urls = batch.once(addresses).urls.to_pylist()
    return _column(batch, [len(words.intersection(_SEPARATORS.split(url))) for url in urls])


@signal("url_subwords", dtype=pa.int64(), unit="words", source=SOURCE, version=1, family="url")
def url_subwords(batch: TextBatch) -> pa.Array:
    """Words of `subwords.txt` anywhere in the URL's ASCII letters and digits in lower case; each once."""
    path = list_path(batch.artifacts, "subwords.txt", "url_subwords is")
    if path is None:
        return pa.nulls(len(batch), pa.int64())
    urls = batch.once(addresses).urls.to_pylist()
    return _column(batch, count_substrings([normalised(url) for url in urls], _normalised_words(path)))


def count_substrings(texts: list[str], words: frozenset[str]) -> np.ndarray:
    """How many of `words` each text holds."""
    from corpusmill.kernels.matching.automaton import count_distinct

    automaton = _automaton(words)
    wanted = TextBatch(pa.array(texts, pa.string()))
    counts = np.empty(len(wanted), np.int64)
    count_distinct(wanted.data, wanted.offsets, automaton, np.full(len(automaton.lengths), -1), counts)
    return counts


@functools.cache
def _automaton(words: frozenset[str]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - kernels are imported late
    from corpusmill.kernels.matching.automaton import make_automaton

    return make_automaton(sorted(words))


@functools.cache
def _normalised_words(path: Path) -> frozenset[str]:
    return frozenset(filter(None, map(normalised, read_lines(path))))


def lower_hosts(batch: TextBatch) -> pa.Array:
    """The host of each URL, in lower case, without `www.`."""
    from corpusmill.signals.hosts import net_location

    urls = batch.once(addresses).urls.to_pylist()
    return pa.array([net_location(url).lower().removeprefix("www.") for url in urls], pa.string())


@signal("url_blocked", dtype=pa.int64(), unit="0 or 1", source="this project", version=1, family="url_hosts")
def url_blocked(batch: TextBatch) -> pa.Array:
    """Whether the host or a domain above it is in `blocked_hosts.txt`; case and `www.` do not matter."""
    path = list_path(batch.artifacts, "blocked_hosts.txt", "url_blocked is")
    return _listed(batch, path, batch.once(lower_hosts), lower=True, parents=True)


@signal("url_allowed", dtype=pa.int64(), unit="0 or 1", source="this project", version=1, family="url_hosts")
def url_allowed(batch: TextBatch) -> pa.Array:
    """Whether the host or a domain above it is in `allowed_hosts.txt`; case and `www.` do not matter."""
    path = list_path(batch.artifacts, "allowed_hosts.txt", "url_allowed is")
    return _listed(batch, path, batch.once(lower_hosts), lower=True, parents=True)


def _category(name: str) -> Callable[[TextBatch], pa.Array]:
    def measured(batch: TextBatch) -> pa.Array:
        path = batch.artifacts.path("bad_urls", "blacklists", name, "domains")
        if path is None:
            batch.artifacts.missing(f"no bad_urls/blacklists/{name}/domains: url_ut1_{name} is null")
        return _listed(batch, path, batch.once(lower_hosts), lower=True, parents=True)

    measured.__name__ = f"url_ut1_{name}"
    measured.__doc__ = (
        f"Whether the host or a domain above it is in `bad_urls/blacklists/{name}/domains` of the UT1 lists."
    )
    return measured


for _name in UT1_CATEGORIES:
    if _name != "agressive":  # a spelling that no folder of the archive has
        signal(f"url_ut1_{_name}", dtype=pa.int64(), unit="0 or 1", source="UT1 Toulouse", version=1, family="url_ut1")(
            _category(_name)
        )
