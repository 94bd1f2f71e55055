"""The `[extract]` table of a recipe, and which extractors there are."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from corpusmill.errors import Refused


class ExtractorKind(NamedTuple):
    """How one named extractor is found."""

    function: str  # "module:function", called in the child with the HTML as str; returns (text, title or None)
    package: str  # what must be installed
    extra: str | None  # the extra of corpusmill that brings it; None: part of the core
    max_depth: int | None  # deeper trees it cuts without a word; None: no limit of its own
    definition: str


EXTRACTORS: dict[str, ExtractorKind] = {
    "resiliparse": ExtractorKind(
        "corpusmill.extract.by_resiliparse:main_content",
        "resiliparse",
        None,
        None,
        "main content by Resiliparse's rules, no alternative texts, no link targets",
    ),
    "resiliparse-all": ExtractorKind(
        "corpusmill.extract.by_resiliparse:all_text",
        "resiliparse",
        None,
        None,
        "all visible text by Resiliparse, navigation and footers included",
    ),
    "trafilatura": ExtractorKind(
        "corpusmill.extract.by_trafilatura:main_content",
        "trafilatura",
        "trafilatura",
        250,  # libxml2 drops whatever lies below 254 elements
        "main content by Trafilatura without comments; about 20 times slower",
    ),
}


@dataclass(frozen=True)
class ExtractParameters:
    """How HTML becomes text.

    The limits on shape are measured before a parser sees the page and decide the same way on every machine: at each of
    them Resiliparse needs about a second or less, and of 7,089 ordinary pages the most extreme has depth 130, 90
    attributes and a nesting of 4.8 million. The deadline and the memory limit only protect the run; a page that meets
    them is a fault.
    """

    extractor: str = "resiliparse"
    max_html_bytes: int = 8 << 20
    max_depth: int = 1000  # elements open at once
    max_attributes: int = 500  # of one tag
    max_nesting: int = 20_000_000  # sum of depths over all tags and runs of text
    deadline_seconds: float = 30.0  # CPU time for one page; ten times as much by the clock
    memory_limit_bytes: int = 1 << 30  # address space of the child

    def kind(self) -> ExtractorKind:
        """The chosen extractor; raises Refused where it is unknown, not installed, or a limit makes no sense."""
        kind = EXTRACTORS.get(self.extractor)
        if kind is None:
            near = get_close_matches(self.extractor, EXTRACTORS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise Refused(f"extract.extractor: there is no {self.extractor!r}, only {', '.join(EXTRACTORS)}{hint}")
        if importlib.util.find_spec(kind.package) is None:
            wanted = f"corpusmill[{kind.extra}]" if kind.extra else kind.package
            raise Refused(f"the extractor {self.extractor!r} needs the package {kind.package}: pip install '{wanted}'")
        for name in ("max_html_bytes", "max_depth", "max_attributes", "max_nesting", "deadline_seconds"):
            if getattr(self, name) <= 0:
                raise Refused(f"extract.{name}: found {getattr(self, name)}, wanted a number above 0")
        if self.memory_limit_bytes < 128 << 20:
            raise Refused(f"extract.memory_limit_bytes: found {self.memory_limit_bytes}, wanted at least {128 << 20}")
        return kind
