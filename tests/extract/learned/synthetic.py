"""Pages of made-up sites: each has a layout and names of its own; every page an article, and what stands around it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from corpusmill.extract.learned.labels import LabelledPage
from corpusmill.kernels.html.elements import words_of

_SYLLABLES = words_of("ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za")
_CLASSES = {
    "nav": ("nav", "menu", "main-menu", "navbar"),
    "article": ("article-body", "post", "entry-content", "story"),
    "comments": ("comments", "commentlist", "comment-list", "respond"),
    "related": ("related", "sidebar", "widget", "more-posts"),
    "foot": ("footer", "site-footer", "legal", "bottom"),
}
_TAGS = {"nav": ("nav", "div", "ul"), "article": ("article", "div", "section"), "foot": ("footer", "div")}


@dataclass(frozen=True)
class SyntheticPage:
    html: str
    article: str
    comments: str
    site: str

    @property
    def whole(self) -> str:
        return f"{self.article}\n{self.comments}"


def site_pages(site: int, pages: int) -> list[SyntheticPage]:
    """The pages of one site, the same for the same number."""
    generator = random.Random(site)
    classes = {part: generator.choice(names) for part, names in _CLASSES.items()}
    tags = {part: generator.choice(names) for part, names in _TAGS.items()}
    return [_page(random.Random(1000 * site + page), f"site{site}.example", classes, tags) for page in range(pages)]


def labelled(pages: list[SyntheticPage]) -> list[LabelledPage]:
    """Both views of each page."""
    views = [LabelledPage(page.html, page.article, page.site, "article") for page in pages]
    return views + [LabelledPage(page.html, page.whole, page.site, "whole-page") for page in pages]


def _page(generator: random.Random, site: str, classes: dict[str, str], tags: dict[str, str]) -> SyntheticPage:
    def words(count: int) -> str:
        return " ".join(
            "".join(generator.choices(_SYLLABLES, k=generator.randrange(1, 4))).capitalize() if not i
            else "".join(generator.choices(_SYLLABLES, k=generator.randrange(1, 4)))
            for i in range(count)
        )  # fmt: skip

    def sentences(count: int) -> str:
        return " ".join(f"{words(generator.randrange(6, 16))}, {words(5).lower()}." for _ in range(count))

    def part(name: str, inside: str) -> str:
        tag = tags.get(name, "div")
        return f"<{tag} class='{classes[name]}'>{inside}</{tag}>"

    def links(count: int) -> str:
        return "".join(f"<li><a href=/>{words(generator.randrange(1, 4))}</a>" for _ in range(count))

    title = words(6)
    paragraphs = [sentences(generator.randrange(2, 5)) for _ in range(generator.randrange(4, 9))]
    said = [sentences(generator.randrange(1, 3)) for _ in range(generator.randrange(3, 7))]
    comments = "".join(f"<div class=comment><b>{words(1)}</b> 3 May<p>{text}</div>" for text in said)
    html = (
        f"<html><head><title>{title} | {site}</title><body>"
        + part("nav", f"<ul>{links(8)}</ul>")
        + part("article", f"<h1>{title}</h1>" + "".join(f"<p>{text}" for text in paragraphs))
        + part("related", f"<h3>Related</h3><ul>{links(7)}</ul><p>{sentences(1)}")
        + part("comments", f"<h3>{len(said)} comments</h3>{comments}")
        + part("foot", f"<p>Copyright {site}. {sentences(2)}<ul>{links(5)}</ul>")
    )
    return SyntheticPage(html, "\n".join([title, *paragraphs]), "\n".join(said), site)
