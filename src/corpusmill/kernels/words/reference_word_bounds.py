"""Word boundaries in plain Python, rule by rule as UAX #29 (Unicode 14.0) words them: oracle of the kernel."""

from __future__ import annotations

from corpusmill.kernels.characters import word_break as wb

_LETTERS = (wb.LETTER, wb.HEBREW)
_IGNORED = (wb.EXTEND, wb.FORMAT, wb.ZWJ)
_LINE_ENDS = (wb.CR, wb.LF, wb.NEWLINE)


def words(text: str) -> list[str]:
    """The pieces between two boundaries.

    >>> words("Can't jump 32.3 feet")
    ["Can't", ' ', 'jump', ' ', '32.3', ' ', 'feet']
    """
    kinds = [wb.kind_of(ord(c)) for c in text]
    places = [i for i in range(1, len(text)) if _is_boundary(kinds, i)]
    return [text[i:j] for i, j in zip([0, *places], [*places, len(text)], strict=True) if i < j]


def tokens(text: str) -> list[str]:
    """The words that are not white space alone."""
    return [word for word in words(text) if not all(wb.kind_of(ord(c)) & wb.WHITE_SPACE for c in word)]


def _is_boundary(kinds: list[int], place: int) -> bool:
    """Whether there is a boundary before the code point at `place`, which is not the first."""
    before, after = kinds[place - 1] & wb.CLASS, kinds[place] & wb.CLASS
    if before == wb.CR and after == wb.LF:
        return False  # WB3
    if before in _LINE_ENDS or after in _LINE_ENDS:
        return True  # WB3a, WB3b
    if before == wb.ZWJ and kinds[place] & wb.PICTOGRAPHIC:
        return False  # WB3c
    if before == after == wb.SPACE:
        return False  # WB3d
    if after in _IGNORED:
        return False  # WB4
    left, right = _seen(kinds[:place]), _seen([wb.LF, *kinds[place:]])[1:]
    return not (_joined(left, right) or _is_second_of_pair(left, right[0]))


def _joined(left: list[int], right: list[int]) -> bool:
    """WB5 to WB13b; both sides have a class at least."""
    a, b = left[-2] if len(left) > 1 else wb.OTHER, left[-1]
    c, d = right[0], right[1] if len(right) > 1 else wb.OTHER
    in_word, in_number = (wb.MID_LETTER, wb.MID_NUM_LET, wb.SINGLE_QUOTE), (wb.MID_NUM, wb.MID_NUM_LET, wb.SINGLE_QUOTE)
    extended = (*_LETTERS, wb.NUMERIC, wb.KATAKANA)
    return (
        (b in _LETTERS and c in _LETTERS)
        or (b in _LETTERS and c in in_word and d in _LETTERS)
        or (a in _LETTERS and b in in_word and c in _LETTERS)
        or (b == wb.HEBREW and c == wb.SINGLE_QUOTE)
        or (b == wb.HEBREW and c == wb.DOUBLE_QUOTE and d == wb.HEBREW)
        or (a == wb.HEBREW and b == wb.DOUBLE_QUOTE and c == wb.HEBREW)
        or (b == wb.NUMERIC and c == wb.NUMERIC)
        or (b in _LETTERS and c == wb.NUMERIC)
        or (b == wb.NUMERIC and c in _LETTERS)
        or (a == wb.NUMERIC and b in in_number and c == wb.NUMERIC)
        or (b == wb.NUMERIC and c in in_number and d == wb.NUMERIC)
        or (b == wb.KATAKANA and c == wb.KATAKANA)
        or (b in (*extended, wb.EXTEND_NUM_LET) and c == wb.EXTEND_NUM_LET)
        or (b == wb.EXTEND_NUM_LET and c in extended)
    )


def _is_second_of_pair(left: list[int], right: int) -> bool:
    """WB15, WB16: an odd number of regional indicators before another one."""
    count = 0
    while count < len(left) and left[-1 - count] == wb.REGIONAL:
        count += 1
    return right == wb.REGIONAL and count % 2 == 1


def _seen(kinds: list[int]) -> list[int]:
    """The classes without those that WB4 ignores: all behind anything but the start or a line end."""
    found: list[int] = []
    for kind in kinds:
        name = kind & wb.CLASS
        if name not in _IGNORED or not found or found[-1] in _LINE_ENDS:
            found.append(name)
    return found
