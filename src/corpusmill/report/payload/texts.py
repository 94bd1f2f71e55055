"""Which documents come with their text, within a budget; and the lines in which two texts differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from corpusmill.report.payload.chosen import Chosen, taken

TEXT_CHARS = 1_500  # of a document; what is longer is cut, and says so
BUDGET_BYTES = 3_000_000
MOST_TEXTS = 1_500
A_SIDE = 5  # documents on each side of a border
_LINES_COMPARED, _LINES_SHOWN, _LINE_CHARS = 400, 14, 240


class Text(NamedTuple):
    """The beginning of a document's text."""

    number: int  # of the chosen document
    text: str
    chars: int  # of the whole


def texts(run: Path, chosen: Chosen, wanted: Iterable[int]) -> list[Text]:
    """Texts of the `wanted` numbers of documents, in their order, as many as the budget holds."""
    order = list(dict.fromkeys(wanted))[:MOST_TEXTS]
    found = {one.number: one for one in _read(run, chosen, np.array(sorted(order), np.int64))}
    left, chosen_texts = BUDGET_BYTES, []
    for number in order:
        if number in found:
            left -= len(found[number].text.encode()) + 40
            if left < 0:
                break
            chosen_texts.append(found[number])
    return chosen_texts


def _read(run: Path, chosen: Chosen, numbers: npt.NDArray[np.int64]) -> Iterator[Text]:
    before = 0
    for path, rows in zip(chosen.paths, chosen.rows, strict=True):
        first, last = np.searchsorted(numbers, [before, before + len(rows)])
        own = numbers[first:last]
        if own.size:
            columns = taken(run / "documents" / f"{path}.parquet", ["raw_content"], rows[own - before])
            if columns:
                whole = columns["raw_content"]
                heads, lengths = pc.utf8_slice_codeunits(whole, 0, TEXT_CHARS), pc.utf8_length(whole)
                for number, head, chars in zip(own.tolist(), heads.to_pylist(), lengths.to_pylist(), strict=True):
                    yield Text(number, head or "", chars or 0)
        before += len(rows)


def order_of_texts(
    chosen: Chosen, keep: npt.NDArray[np.bool_] | None, borders: Iterable[npt.NDArray[np.int64]]
) -> Iterator[int]:
    """Borders of rules first, then the first documents by hash: every part of the yield has some."""
    for border in borders:
        yield from border.tolist()
    by_hash = np.argsort(chosen.ranks)
    if keep is not None:
        yield from by_hash[~keep[by_hash]][:100].tolist()
    yield from by_hash.tolist()


def border(values: npt.NDArray[np.float64], limit: float, ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Numbers of the nearest A_SIDE documents on each side of `limit`, those at it above; ties by hash."""
    order = np.lexsort((ranks, values))
    order = order[~np.isnan(values[order])]
    place = int(np.searchsorted(values[order], limit))
    return order[max(0, place - A_SIDE) : place + A_SIDE]


def differing_lines(here: str, there: str) -> tuple[list[tuple[str, str]], int]:
    """Lines of the one text ("-") and of the other ("+") that the two do not share, and how many more there are."""
    a, b = here.splitlines()[:_LINES_COMPARED], there.splitlines()[:_LINES_COMPARED]
    found: list[tuple[str, str]] = []
    for what, a_start, a_end, b_start, b_end in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if what != "equal":
            found += [("-", line[:_LINE_CHARS]) for line in a[a_start:a_end]]
            found += [("+", line[:_LINE_CHARS]) for line in b[b_start:b_end]]
    return found[:_LINES_SHOWN], len(found) - len(found[:_LINES_SHOWN])


def failing_first(fails: npt.NDArray[np.bool_], ranks: npt.NDArray[np.int64], most: int) -> Sequence[int]:
    """The first `most` failing documents by hash."""
    failing = np.flatnonzero(fails)
    found: list[int] = failing[np.argsort(ranks[failing])][:most].tolist()
    return found
