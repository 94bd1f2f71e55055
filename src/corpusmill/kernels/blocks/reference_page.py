"""One page out of the arrays of `extract.blocks`, as objects: what the oracles of features and of context read."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpusmill.kernels.html.elements import ATTRIBUTES, FLAG_NAMES, NAMES
from corpusmill.kernels.html.tables import COUNTERS

NOTHING = float("nan")


@dataclass(eq=False)
class Element:
    """An open tag; the first of a page is the page itself."""

    tag: str  # "" for the page and for names that are not listed
    parent: Element | None
    path: int
    depth: int
    ordinal: int
    tokens: list[int]
    blocks: list[Block] = field(default_factory=list)  # candidates inside, however deep

    def chain(self) -> Iterator[Element]:
        """Itself, its parent, and so on to the page."""
        element: Element | None = self
        while element:
            yield element
            element = element.parent


@dataclass(eq=False)
class Block:
    """A candidate."""

    element: Element
    inner: Element
    flags: set[str]
    joined: int
    list_depth: int
    text: bytes
    counts: dict[str, int]

    @property
    def chars(self) -> int:
        return self.counts["chars"]

    @property
    def same_path(self) -> Hashable:
        """Equal for blocks with the same names of elements down to them."""
        return self.element.path

    @property
    def same_class(self) -> Hashable:
        """Equal for blocks with the same name and tokens of their element and its parent."""
        return tuple(
            (element.tag, tuple(element.tokens)) for element, _ in zip(self.element.chain(), "ab", strict=False)
        )


@dataclass(eq=False)
class Page:
    elements: list[Element]
    blocks: list[Block]
    text_titles: list[bytes]  # texts of its `<title>`
    metas: list[dict[str, bytes]]  # what each `<meta>` is named by, in any case, and its content


def page_of(pages: Any, number: int, candidate: Sequence[bool]) -> Page:
    """Page `number` of an `extract.blocks.tables.ParsedPages`; `candidate` says of each block whether it counts."""
    base, stop = pages.elements.offsets[number : number + 2].tolist()
    elements: list[Element] = []
    for row in range(base, stop):
        elements.append(_element(pages, row, base, elements))
    first, last = pages.blocks.offsets[number : number + 2].tolist()
    blocks = [_block(pages, row, base, elements) for row in range(first, last)]
    chosen = [block for row, block in zip(range(first, last), blocks, strict=True) if candidate[row]]
    for block in chosen:
        for element in block.element.chain():
            element.blocks.append(block)
    titles = [block.text for block in blocks if "title" in block.flags]
    return Page(elements, chosen, titles, _metas(pages, number))


def _element(pages: Any, row: int, base: int, before: list[Element]) -> Element:
    columns = pages.elements
    parent = int(columns.parent[row]) - base
    tokens = pages.tokens.hashes[columns.token_offsets[row] : columns.token_offsets[row + 1]].tolist()
    return Element(
        NAMES[columns.tag[row]],
        before[parent] if parent >= 0 else None,
        int(columns.path[row]),
        int(columns.depth[row]),
        int(columns.ordinal[row]),
        tokens,
    )


def _block(pages: Any, row: int, base: int, elements: list[Element]) -> Block:
    columns = pages.blocks
    return Block(
        elements[columns.element[row] - base],
        elements[columns.inner[row] - base],
        {name for bit, name in enumerate(FLAG_NAMES) if int(columns.flags[row]) >> bit & 1},
        int(columns.joined[row]),
        int(columns.list_depth[row]),
        bytes(pages.text[columns.starts[row] : columns.ends[row]]),
        dict(zip(COUNTERS, columns.counts[row].tolist(), strict=True)),
    )


def _metas(pages: Any, number: int) -> list[dict[str, bytes]]:
    metas: dict[int, dict[str, bytes]] = {}
    values = pages.values
    for row in range(*values.offsets[number : number + 2].tolist()):
        element = int(values.element[row])
        name = ATTRIBUTES[values.name[row]]
        if NAMES[pages.elements.tag[element]] == "meta" and name in ("name", "property", "content"):
            value = bytes(pages.source[values.starts[row] : values.ends[row]])
            if name == "content":
                metas.setdefault(element, {})["content"] = value
            else:
                metas.setdefault(element, {})["named"] = value.lower()
    return list(metas.values())
