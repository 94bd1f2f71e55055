"""Sites of pages: the registrable domain by the public suffix list, and groups of pages that folds keep together."""

from __future__ import annotations

import gzip
import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit


@lru_cache(maxsize=4)
def suffixes(path: Path) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Suffixes, parents of wildcards and exceptions of a public suffix list, its ICANN section alone.

    The private section is left out on purpose: two blogs of one host share its templates, so they count as one site.
    """
    rules = set()
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        if "===END ICANN DOMAINS===" in line:
            break
        rule = line.split()[0] if line.strip() and not line.startswith("//") else ""
        rules.add(rule.encode("idna").decode() if rule and not rule.isascii() and rule[0] not in "*!" else rule)
    return (
        frozenset(rule for rule in rules if rule and rule[0] not in "*!"),
        frozenset(rule[2:] for rule in rules if rule.startswith("*.")),
        frozenset(rule[1:] for rule in rules if rule.startswith("!")),
    )


def site_of(url: str, suffix_list: Path) -> str:
    """The registrable domain of `url`, "" where it has no host, the host where that is an address or a suffix."""
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
    try:
        ipaddress.ip_address(host)
        return host
    except ValueError:
        pass
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return host
    plain, wild, exceptions = suffixes(suffix_list)
    labels = host.split(".")
    for at in range(len(labels)):
        name, parent = ".".join(labels[at:]), ".".join(labels[at + 1 :])
        if name in exceptions:
            return name
        if name in plain or parent in wild:
            return ".".join(labels[max(at - 1, 0) :])
    return ".".join(labels[-2:])


def groups_of(count: int, alike: Iterable[Sequence[int]]) -> list[int]:
    """Of each of `count` rows the smallest row that it hangs together with; every sequence of `alike` is one bond.

    >>> groups_of(5, [(0, 3), (3, 4)])
    [0, 1, 2, 0, 0]
    """
    parents = list(range(count))

    def root(row: int) -> int:
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    for rows in alike:
        roots = sorted({root(row) for row in rows})
        for other in roots[1:]:
            parents[other] = roots[0]
    return [root(row) for row in range(count)]
