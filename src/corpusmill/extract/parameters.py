"""The `[extract]` table of a recipe, and which extractors there are."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import NamedTuple

from corpusmill.errors import RecipeError, Refused, nearest


class ExtractorKind(NamedTuple):
    """How one named extractor is found."""

    function: str | None  # "module:function", called in a child: HTML as str → (text, title or None); None: no child
    package: str  # what must be installed
    extra: str | None  # the extra of corpusmill that brings it; None: part of the core
    max_depth: int | None  # deeper trees it cuts without a word; None: no limit of its own
    definition: str


LEARNED = "learned"
PROFILES = ("article", "whole-page")
MARKUPS = ("text", "markdown")

EXTRACTORS: dict[str, ExtractorKind] = {
    LEARNED: ExtractorKind(
        None,
        "numba",
        None,
        None,
        "main content by a trained model over blocks of text, as plain text or Markdown; in the worker itself",
    ),
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
    attributes, a nesting of 4.8 million and 19,437 tags. The deadline and the memory limit only protect the run; a page
    that meets them is a fault. The time of `learned` does not grow with depth, attributes and nesting: for it those,
    deadline and memory limit do not count, and `max_tags` does, which bounds its memory.
    """

    extractor: str = "learned"
    profile: str | None = None  # of learned: "article" (also where None), or "whole-page", with comments and the like
    markup: str | None = None  # of learned: "text" (also where None), or "markdown"
    model: str | None = None  # of learned: a file of corpusmill train extractor; None: the bundled one
    max_html_bytes: int = 8 << 20
    max_depth: int = 1000  # elements open at once
    max_attributes: int = 500  # of one tag
    max_nesting: int = 20_000_000  # sum of depths over all tags and runs of text
    max_tags: int = 500_000  # "<" of a page
    deadline_seconds: float = 30.0  # CPU time for one page; ten times as much by the clock
    memory_limit_bytes: int = 1 << 30  # address space of the child

    def mistakes(self) -> list[str]:
        found = []
        if self.extractor not in EXTRACTORS:
            found.append(f"extract.extractor {self.extractor!r} is unknown.{nearest(self.extractor, EXTRACTORS)}")
        for name, known in (("profile", PROFILES), ("markup", MARKUPS), ("model", None)):
            value = getattr(self, name)
            if value is not None and self.extractor != LEARNED and self.extractor in EXTRACTORS:
                found.append(f"extract.{name} is for the extractor {LEARNED!r}; found the extractor {self.extractor!r}")
            if value is not None and known is not None and value not in known:
                found.append(f"extract.{name} {value!r} is unknown.{nearest(value, known)}")
        for name in _LIMITS:
            if getattr(self, name) <= 0:
                found.append(f"extract.{name}: found {getattr(self, name)}, wanted a number above 0")
        if self.memory_limit_bytes < 128 << 20:
            least = 128 << 20
            found.append(f"extract.memory_limit_bytes: found {self.memory_limit_bytes}, wanted at least {least}")
        return found

    def kind(self) -> ExtractorKind:
        """The chosen extractor; raises Refused where it is not installed, RecipeError with all other mistakes."""
        if mistakes := self.mistakes():
            raise RecipeError(mistakes)
        kind = EXTRACTORS[self.extractor]
        if importlib.util.find_spec(kind.package) is None:
            wanted = f"corpusmill[{kind.extra}]" if kind.extra else kind.package
            raise Refused(f"the extractor {self.extractor!r} needs the package {kind.package}: pip install '{wanted}'")
        return kind


_LIMITS = ("max_html_bytes", "max_depth", "max_attributes", "max_nesting", "max_tags", "deadline_seconds")
