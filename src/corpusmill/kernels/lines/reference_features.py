"""The plain oracle of `features.py`: each feature as it is defined, with Python's own strings and dictionaries."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from corpusmill.kernels.lines import columns


def line_features(lines: Sequence[str]) -> list[list[float]]:
    """The features of the lines of one document, each stripped and none empty, in the order of `columns.NAMES`.

    >>> found = line_features(["Home |", "It rained."])
    >>> [row[columns.COLUMN["ends_sentence"]] for row in found], found[0][columns.COLUMN["chars_-1"]]
    ([0.0, 1.0], nan)
    """
    words = [_words(line) for line in lines]
    counts = Counter(word for found in words for word in found)
    often = max(3, sum(counts.values()) // 100)
    whole, first = Counter(map(tuple, words)), Counter(found[0] if found else "" for found in words)
    rows = []
    for number, (line, found) in enumerate(zip(lines, words, strict=True)):
        many = max(len(found), 1)
        start = found[0] if found else ""
        before = words[number - 1][:1] == found[:1] if number else False
        after = words[number + 1][:1] == found[:1] if number + 1 < len(lines) else False
        rows.append([
            *_own(line, found),
            sum(math.sqrt(counts[word]) for word in found) / many,
            sum(counts[word] >= often for word in found) / many,
            sum(counts[word] == 1 for word in found) / many,
            whole[tuple(found)], first[start], before, after,
        ])  # fmt: skip
    own = {name: [float(row[i]) for row in rows] for i, name in enumerate(columns.OWN)}
    return [
        [float(value) for value in (*row, *_beside(own, number), *_place(lines, own, number))]
        for number, row in enumerate(rows)
    ]


def _words(line: str) -> list[str]:
    r"""Runs of `\w`, ASCII in lower case."""
    return [re.sub("[A-Z]", lambda match: match[0].lower(), word) for word in re.findall(r"\w+", line)]


def _sign(kind: int) -> Callable[[str], bool]:
    kinds, _ = columns.sign_tables()
    return lambda char: ord(char) < columns.SIGNED_POINTS and kinds[ord(char)] == kind


def _edge(bit: int) -> Callable[[str], bool]:
    _, edges = columns.sign_tables()
    return lambda char: ord(char) < columns.SIGNED_POINTS and bool(edges[ord(char)] & bit)


def _is_lower(char: str) -> bool:
    """Lower case, or title case as ǅ has it."""
    return char.islower() or (char.istitle() and not char.isupper())


def _is_numeric(char: str) -> bool:
    return any(part.isnumeric() for part in unicodedata.normalize("NFD", char.lower()))


def _own(line: str, words: Sequence[str]) -> list[float]:
    raw = re.findall(r"\w+", line)
    ends, closes, opens = _edge(columns.ENDS_SENTENCE), _edge(columns.CLOSES), _edge(columns.OPENS_ITEM)
    money, colon, comma = _sign(columns.MONEY), _sign(columns.COLON), _sign(columns.COMMA)
    chars, many = len(line), max(len(raw), 1)
    upper = sum(char.isupper() for char in line)
    cased = sum(char.isupper() or _is_lower(char) for char in line)
    wordy, spaces = sum(map(len, raw)), sum(char.isspace() for char in line)
    last, second = line[-1], line[-2:-1]
    runs = [
        (match[0], line[match.start() - 1 : match.start()], line[match.end() : match.end() + 2])
        for match in re.finditer("[0-9]+", line)
    ]
    lengths = [len(word) for word in raw]
    return [
        math.sqrt(chars),
        len(raw),
        sum(lengths) / many,
        max(lengths, default=0),
        upper / max(cased, 1),
        sum(map(_is_numeric, line)) / chars,
        (chars - wordy - spaces) / chars,
        cased / chars,
        sum(word[0].isupper() for word in raw) / many,
        sum(length <= 3 for length in lengths) / many,
        len(set(words)) / many,
        ends(last),
        closes(last) and bool(second) and ends(second),
        colon(last),
        comma(last),
        re.match(r"\w", last) is not None and not _is_numeric(last),
        last == "…" or line.endswith(".."),
        line[0].isupper(),
        _is_lower(line[0]),
        _is_numeric(line[0]),
        opens(line[0]),
        re.match(r"\w", line) is None,
        sum(char.isspace() and ends(before) for before, char in pairwise(line)),
        len(re.findall(r"\b(?:http|www\.)", line)) + line.count("@"),
        sum(len(run) == 4 and 1900 <= int(run) < 2100 for run, _, _ in runs),
        sum(len(run) <= 2 and re.fullmatch(":[0-9]", after) is not None for run, _, after in runs),
        sum(len(run) <= 4 and re.fullmatch("[./-][0-9]", after) is not None for run, _, after in runs),
        sum(bool(before) and money(before) for _, before, _ in runs)
        + sum(money(after[:1] or "x") for *_, after in runs),
        len(runs),
        *(sum(map(_sign(kind), line)) for kind in columns.COUNTED),
    ]


def _beside(own: dict[str, list[float]], number: int) -> list[float]:
    found = []
    for name in columns.NEIGHBOURS:
        for distance in columns.DISTANCES:
            other = number + distance
            found.append(own[name][other] if 0 <= other < len(own[name]) else math.nan)
    for name in columns.AROUND:
        around = own[name][max(0, number - columns.REACH) : number + columns.REACH + 1]
        found.append(math.fsum(around) / len(around))
    return found


def _place(lines: Sequence[str], own: dict[str, list[float]], number: int) -> list[float]:
    sizes = [len(line.encode()) for line in lines]
    prose = [
        other
        for other, size in enumerate(sizes)
        if size >= columns.PROSE_BYTES and (own["ends_sentence"][other] or own["ends_sentence_closed"][other])
    ]
    since = [number - other for other in prose if other < number]
    until = [other - number for other in prose if other > number]
    return [
        number,
        len(lines) - 1 - number,
        number / len(lines),
        sum(sizes[:number]) / sum(sizes),
        sizes[number] / max(sizes),
        since[-1] if since else math.nan,
        until[0] if until else math.nan,
    ]
