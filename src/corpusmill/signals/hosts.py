"""Hosts of URLs and their registered domains, by the Public Suffix List's section of ICANN, as tldextract 5.4 has them.

>>> host = host_of("https://news.bbc.co.uk:443/a?b")
>>> host.registered_domain, host.full_name
('bbc.co.uk', 'news.bbc.co.uk')
>>> host_of("http://localhost/"), host_of("http://127.0.0.1/").registered_domain
(Host(subdomain='', domain='localhost', suffix=''), '')
"""

from __future__ import annotations

import functools
import re
import string
from typing import Any, NamedTuple

from corpusmill.signals.lists import bundled

_SCHEME = frozenset(string.ascii_letters + string.digits + "+-.")
_FULL_STOPS = re.compile("[\u3002\uff0e\uff61]")  # those of other scripts, which IDNA takes for dots
_END = ""  # in a node of the tree: a rule ends here


class Host(NamedTuple):
    """What stands before, at and behind the dot where names are registered; letters as in the URL."""

    subdomain: str
    domain: str
    suffix: str  # empty: no public suffix, as for addresses and local names

    @property
    def registered_domain(self) -> str:
        """The domain with its suffix; empty where one of them is missing."""
        return f"{self.domain}.{self.suffix}" if self.domain and self.suffix else ""

    @property
    def full_name(self) -> str:
        """All three; empty where domain or suffix is missing."""
        return ".".join(filter(None, self)) if self.domain and self.suffix else ""


def host_of(url: str) -> Host:
    """The host of anything like a URL, with or without a scheme; never raises."""
    labels = _FULL_STOPS.sub(".", net_location(url)).split(".")
    size = _suffix_size(labels)
    if size == 0:
        return Host(".".join(labels[:-1]), labels[-1], "")
    before = labels[: len(labels) - size]
    return Host(".".join(before[:-1]), before[-1] if before else "", ".".join(labels[len(labels) - size :]))


def net_location(url: str) -> str:
    """The part of a URL between scheme and path, without user, port and final dots.

    >>> net_location("//a:b@Example.org.:80/x"), net_location("example.org?q"), net_location("x y://z")
    ('Example.org', 'example.org', 'x y')
    """
    slashes = url.find("//")
    if slashes == 0:
        url = url[2:]
    elif slashes >= 2 and url[slashes - 1] == ":" and _SCHEME.issuperset(url[: slashes - 1]):
        url = url[slashes + 2 :]
    authority = re.split("[/?#]", url, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("[") and "]" in authority:
        return authority[: authority.index("]") + 1]
    return authority.partition(":")[0].strip().rstrip(".\u3002\uff0e\uff61")


def _suffix_size(labels: list[str]) -> int:
    """How many labels at the end are a public suffix."""
    node = _suffixes()
    depth = size = 0
    for label in reversed(labels):
        lower = label.lower()
        if lower and lower in node:
            depth += 1
            node = node[lower]
            if _END in node:
                size = depth
        elif "*" in node:
            return depth if f"!{lower}" in node else depth + 1
        else:
            break
    return size


@functools.cache
def _suffixes() -> dict[str, Any]:
    """The rules as a tree of labels, last label first; each in Unicode and, as hosts write it, in Punycode."""
    tree: dict[str, Any] = {}
    for rule in bundled("public_suffixes.txt").read_text(encoding="utf-8").split("\n"):
        if not rule or rule.startswith("//"):
            continue
        node = tree
        for label in reversed(rule.split(".")):
            child = node.setdefault(label, {})
            if not label.isascii():
                node[f"xn--{label.encode('punycode').decode('ascii')}"] = child
            node = child
        node[_END] = {}
    return tree
