"""Features of blocks in plain Python, written from the meaning of their names: what `features.py` is tested against.

Every sum is made anew for every block, so a page takes the square of its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpusmill.kernels.blocks.reference_page import NOTHING, Block, Element, Page, page_of

_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]+")
_ANNOUNCED = 48  # words of a title or description
_COMPARED, _KNOWN, _SAME = 24, 12, 40  # words of a block: with the title, in the lexicon, with other blocks
_LEVELS, _NEIGHBOURS, _WINDOWS = 6, 2, (5, 12)

Row = dict[str, float]


@dataclass(frozen=True)
class Known:
    """What is told beforehand: a lexicon, and which columns there are."""

    tokens: Mapping[int, float]  # scores, by the hash of a token
    words: Mapping[tuple[bytes, ...], float]  # of single words and, behind an empty one, of all of a short block
    marks: Mapping[str, set[int]]  # hashes of tokens of each mark
    tags: Sequence[str]  # elements in the order of their numbers; others come behind them
    flags: Sequence[str]

    def tag(self, element: Element) -> float:
        return self.tags.index(element.tag) if element.tag in self.tags else len(self.tags)


def words_of(text: bytes) -> list[bytes]:
    """Runs of letters, digits and bytes beyond ASCII in lower case.

    >>> words_of("A b-2, é".encode())
    [b'a', b'b', b'2', b'\\xc3\\xa9']
    """
    return [word.lower() for word in _WORD.findall(text)]


def features_of(pages: Any, number: int, candidate: Sequence[bool], known: Known) -> list[Row]:
    """By name the features of each candidate of page `number` of an `extract.blocks.tables.ParsedPages`."""
    page = page_of(pages, number, candidate)
    rows: list[Row] = [{} for _ in page.blocks]
    for i, (block, row) in enumerate(zip(page.blocks, rows, strict=True)):
        _own(block, known, row)
        _containers(page, block, known, row)
        _neighbours(page, i, known, row)
        _page(page, i, row)
        _groups(page, i, row)
        _headings(page, i, known, row)
        _words(page, block, known, row)
        _tokens(block, known, row)
    _title(page, rows)
    for i, row in enumerate(rows):
        near = rows[max(0, i - 3) : i + 4]
        row["words_near"] = sum(other["words_mean"] for other in near) / len(near)
        row["words_near_least"] = min(0.0, *(other["words_whole"] for other in near))
        same = [words_of(other.text)[:_SAME] == words_of(page.blocks[i].text)[:_SAME] for other in page.blocks]
        row["repeats_before"], row["repeats"] = any(same[:i]), sum(same) > 1
    return rows


def _total(blocks: Sequence[Block], name: str) -> int:
    return sum(block.counts[name] for block in blocks)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _links(blocks: Sequence[Block]) -> float:
    return _share(_total(blocks, "link_chars"), _total(blocks, "chars"))


def _mean(blocks: Sequence[Block], name: str) -> float:
    return _share(_total(blocks, name), len(blocks))


def _paragraphs(blocks: Sequence[Block]) -> float:
    return _share(sum(block.chars for block in blocks if block.element.tag == "p"), _total(blocks, "chars"))


def _own(block: Block, known: Known, row: Row) -> None:
    counts = block.counts
    for name in ("chars", "words", "links", "commas", "sentence_ends", "separators", "images", "controls", "tags"):
        row[name] = counts[name]
    row["line_breaks"] = counts["line_breaks"]
    row["longest_word"] = counts["longest_word_chars"]
    row["chars_per_word"] = counts["chars"] / max(1, counts["words"])
    for name, counter in (
        ("link_density", "link_chars"),
        ("punctuation", "punctuation"),
        ("digits", "digits"),
        ("capitals", "capitals"),
        ("emphasis", "emphasis_chars"),
        ("code", "code_chars"),
        ("non_ascii", "non_ascii_chars"),
    ):
        row[name] = _share(counts[counter], block.chars)
    row["list_depth"], row["joined"] = block.list_depth, block.joined
    row["depth"], row["ordinal"] = block.element.depth, block.element.ordinal
    row["tag"], row["inner_tag"] = known.tag(block.element), known.tag(block.inner)
    for flag in known.flags:
        row[f"in_{flag}"] = flag in block.flags


def _containers(page: Page, block: Block, known: Known, row: Row) -> None:
    """Its element, then each around it that has more characters than the one before."""
    levels: list[Element] = []
    for element in block.element.chain():
        if not levels or _total(element.blocks, "chars") > _total(levels[-1].blocks, "chars"):
            levels.append(element)
    for level in range(_LEVELS):
        if level >= len(levels):
            held = [NOTHING] * 8
        else:
            blocks, chars = levels[level].blocks, _total(levels[level].blocks, "chars")
            share = _share(chars, _total(page.blocks, "chars"))
            held = [chars, _links(blocks), share, len(blocks), _mean(blocks, "chars"), _paragraphs(blocks)]
            held += [known.tag(levels[level]), _mean(blocks, "sentence_ends")]
        names = ["chars", "link_density", "share", "blocks", "mean_chars", "paragraphs", "tag", "sentence_ends"]
        row |= {f"container{level}_{name}": value for name, value in zip(names, held, strict=True)}


def _neighbours(page: Page, i: int, known: Known, row: Row) -> None:
    for distance in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
        if distance and 0 <= i + distance < len(page.blocks):
            other = page.blocks[i + distance]
            said = [other.chars, _links([other]), known.tag(other.element)]
        else:
            said = [NOTHING] * 3
        if distance:
            names = ("chars", "link_density", "tag")
            row |= {f"block{distance:+d}_{name}": value for name, value in zip(names, said, strict=True)}
    for reach in _WINDOWS:
        near = page.blocks[max(0, i - reach) : i + reach + 1]
        row[f"window{reach}_chars"] = _mean(near, "chars")
        row[f"window{reach}_link_density"] = _links(near)
        row[f"window{reach}_sentence_ends"] = _mean(near, "sentence_ends")
        row[f"window{reach}_headings"] = sum("heading" in block.flags for block in near)


def _page(page: Page, i: int, row: Row) -> None:
    blocks, chars = page.blocks, _total(page.blocks, "chars")
    longest = max(block.chars for block in blocks)
    row |= {
        "page_blocks": len(blocks),
        "page_link_density": _links(blocks),
        "page_paragraphs": _paragraphs(blocks),
        "page_lists": _share(sum("list" in block.flags for block in blocks), len(blocks)),
        "page_sentence_ends": _mean(blocks, "sentence_ends"),
        "page_tables": _share(sum(block.chars for block in blocks if "table" in block.flags), chars),
        "index": i,
        "index_share": i / len(blocks),
        "chars_before_share": _share(_total(blocks[:i], "chars"), chars),
        "length_of_longest": _share(blocks[i].chars, longest),
    }


def _groups(page: Page, i: int, row: Row) -> None:
    own, chars = page.blocks[i], _total(page.blocks, "chars")
    path = [block for block in page.blocks if block.same_path == own.same_path]
    kind = [block for block in page.blocks if block.same_class == own.same_class]
    for name, group in (("path", path), ("class", kind)):
        row[f"{name}_blocks"], row[f"{name}_chars"] = len(group), _total(group, "chars")
        row[f"{name}_mean_chars"] = _mean(group, "chars")
        row[f"{name}_share"] = _share(_total(group, "chars"), chars)
    row["path_link_density"] = _links(path)
    row["path_first"] = page.blocks.index(path[0]) / len(page.blocks)
    row["path_last"] = page.blocks.index(path[-1]) / len(page.blocks)


def _headings(page: Page, i: int, known: Known, row: Row) -> None:
    headings = [j for j, block in enumerate(page.blocks) if "heading" in block.flags]
    before, behind = [j for j in headings if j < i], [j for j in headings if j > i]
    row["heading_before"] = i - before[-1] if before else NOTHING
    row["heading_tag"] = known.tag(page.blocks[before[-1]].element) if before else NOTHING
    row["heading_behind"] = behind[0] - i if behind else NOTHING
    main = [j for j, block in enumerate(page.blocks) if block.element.tag == "h1"]
    row["behind_h1"] = i > main[0] if main else NOTHING
    row["h1_blocks"] = i - main[0] if main else NOTHING


def _words(page: Page, block: Block, known: Known, row: Row) -> None:
    words = words_of(block.text)
    first = words[:_KNOWN]
    scores = [known.words[(word,)] for word in first if (word,) in known.words]
    row["words_mean"] = _share(sum(scores), len(first))
    row["words_least"], row["words_most"] = min(0.0, 0.0, *scores), max(0.0, 0.0, *scores)
    row["words_last"] = scores[-1] if scores else 0.0
    row["words_whole"] = known.words.get((b"", *words), 0.0) if 0 < len(words) <= _KNOWN else 0.0
    row["title_share"] = _share(sum(word in title_of(page) for word in words[:_COMPARED]), len(words[:_COMPARED]))
    described = sum(word in description_of(page) for word in words[:_COMPARED])
    row["description_share"] = _share(described, len(words[:_COMPARED]))


def title_of(page: Page) -> set[bytes]:
    """Words of the first og:title with any, else of the first title with any."""
    named = [meta["content"] for meta in page.metas if meta.get("named") == b"og:title" and "content" in meta]
    return next(filter(None, map(_announced, [*named, *page.text_titles])), set())


def description_of(page: Page) -> set[bytes]:
    """Words of the longest description, the first of those equally long."""
    names = (b"description", b"og:description")
    found = [meta["content"] for meta in page.metas if meta.get("named") in names and "content" in meta]
    return _announced(max(found, key=len, default=b""))


def _announced(text: bytes) -> set[bytes]:
    return set(list(dict.fromkeys(words_of(text)))[:_ANNOUNCED])


def _title(page: Page, rows: Sequence[Row]) -> None:
    """Distances from the block that is most like the title: most of its words, and most of the title's."""
    title = title_of(page)

    def likeness(i: int) -> float:
        block, words = page.blocks[i], words_of(page.blocks[i].text)
        share = rows[i]["title_share"]
        if share <= 0.5 or len(words) > _COMPARED:
            return 0.0
        heading = (1.5 if "heading" in block.flags else 1.0) * (1.3 if block.element.tag == "h1" else 1.0)
        return share * min(sum(word in title for word in words) / len(title), 1.0) * heading

    best = max(range(len(rows)), key=likeness, default=0)
    chars = _total(page.blocks, "chars")
    for i, row in enumerate(rows):
        row["title_blocks"], row["title_chars"] = NOTHING, NOTHING
        if likeness(best) > 0:
            row["title_blocks"] = i - best
            row["title_chars"] = _share(_total(page.blocks[:i], "chars") - _total(page.blocks[:best], "chars"), chars)


def _tokens(block: Block, known: Known, row: Row) -> None:
    """An element counts by the strongest score among its tokens; those without any known one say nothing."""
    levels = [[known.tokens[token] for token in e.tokens if token in known.tokens] for e in block.element.chain()]
    said = [(level, max(scores, key=abs)) for level, scores in enumerate(levels) if scores]  # the first of equals
    scores = [score for _, score in said]
    least = min(0.0, 0.0, *scores)
    outermost = [level for level, score in said if score == least and least < 0]
    row["token_own"] = scores[0] if levels[0] else 0.0
    row["token_nearest"], row["token_before"] = [*scores, 0.0, 0.0][:2]
    row["token_least"], row["token_most"], row["token_sum"] = least, max(0.0, 0.0, *scores), sum(scores)
    row["token_levels"] = outermost[-1] if outermost else len(levels) - 1
    held = {token for e in block.element.chain() if e.tag not in ("body", "html") for token in e.tokens}
    for mark, tokens in known.marks.items():
        row[f"mark_{mark}"] = bool(held & tokens)
