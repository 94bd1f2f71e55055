"""Title, author and day of publication in a page's linked data (JSON-LD, schema.org)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

_WANTED = (b'"headline"', b'"datePublished"', b'"author"')
_LONGEST = 1 << 20  # bytes; what is longer is no description of a page
_MOST_NODES = 500


class Described(NamedTuple):
    """What one script says; None: nothing."""

    title: str | None
    author: str | None
    published: str | None


NOTHING = Described(None, None, None)


def described(script: bytes) -> Described:
    """What a script of linked data says of its page; articles before other things. Damaged data says nothing.

    >>> described(b'{"@type": "NewsArticle", "headline": "A", "author": [{"name": "B"}, {"name": "C"}]}')
    Described(title='A', author='B; C', published=None)
    """
    if len(script) > _LONGEST or not any(word in script for word in _WANTED):
        return NOTHING
    try:
        data = orjson.loads(script)
    except orjson.JSONDecodeError:
        try:
            data = orjson.loads(bytes(byte if byte >= 32 else 32 for byte in script))  # line feeds in strings
        except orjson.JSONDecodeError:
            return NOTHING
    nodes = list(_nodes(data))
    people = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and "name" in node}
    best = NOTHING
    for node in sorted(nodes, key=lambda node: not _is_article(node)):
        found = Described(
            _text(node.get("headline")), _names(node.get("author"), people), _text(node.get("datePublished"))
        )
        best = Described(*(mine or other for mine, other in zip(best, found, strict=True)))
    return best


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Objects of `data`: at the top, in lists, in `@graph`, and what a page is about."""
    waiting, seen = [data], 0
    while waiting and seen < _MOST_NODES:
        seen += 1
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting.extend(node[:_MOST_NODES])
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in node)


def _is_article(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(isinstance(kind, str) and ("Article" in kind or "Posting" in kind) for kind in _listed(kinds))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    value = _listed(value)[0] if value else None
    return value.strip() or None if isinstance(value, str) else None


def _names(value: Any, people: dict[str, dict[str, Any]]) -> str | None:
    names: dict[str, None] = {}
    for author in _listed(value)[:20]:
        if isinstance(author, dict):
            identity = author.get("@id")
            author = author.get("name") or (people.get(identity, {}).get("name") if isinstance(identity, str) else None)
        for name in _listed(author)[:20]:
            if isinstance(name, str) and name.strip():
                names[name.strip()] = None
    return "; ".join(names) or None
