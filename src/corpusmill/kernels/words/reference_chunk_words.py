"""What kernels/words/chunk_words.py computes, in plain Python: the definition that the kernel is tested against."""

from __future__ import annotations

from unicodedata import category

JOINS = frozenset("-‐‑/\\@.")  # punctuation that no chunk loses
SIGNS = frozenset("<>`´")  # what it loses beside punctuation, currency signs and pictures
OPENING = frozenset("+=")  # what it loses at its start alone
PARTS = frozenset(":/<>=-–—~,")  # what parts a word before a letter
ENDINGS = ("s", "d", "m", "ll", "re", "ve")


def words(text: str, *, hyphens_part: bool = True) -> list[str]:
    """Words and signs of a text; `hyphens_part`: a hyphen between letters parts a word in two."""
    parts = PARTS if hyphens_part else PARTS - {"-"}
    return [word for chunk in text.split() for word in _chunk(chunk, parts)]


def is_sign(character: str, *, opening: bool) -> bool:
    """Whether a chunk loses it at its end, or with `opening` at its start."""
    if character in SIGNS or (opening and character in OPENING):
        return True
    kind = category(character)
    return (kind[0] == "P" or kind in ("Sc", "So")) and character not in JOINS


def _chunk(chunk: str, parts: frozenset[str]) -> list[str]:
    head: list[str] = []
    while chunk and (chunk.startswith("..") or is_sign(chunk[0], opening=True)):
        length = len(chunk) - len(chunk.lstrip(".")) or 1
        head.append(chunk[:length])
        chunk = chunk[length:]
    tail: list[str] = []
    while chunk:
        length = len(chunk) - len(chunk.rstrip(".")) or 1
        if chunk[-1] == ".":
            if length == 1 and (len(chunk) == 1 or _is_abbreviation(chunk)):
                break
        elif not is_sign(chunk[-1], opening=False):
            break
        tail.insert(0, chunk[-length:])
        chunk = chunk[:-length]
    return head + _core(chunk, parts) + tail


def _is_abbreviation(chunk: str) -> bool:
    letter = chunk[-2]
    return _letter(letter) and (category(letter) == "Lu" if len(chunk) == 2 else chunk[-3] == ".")


def _core(core: str, parts: frozenset[str]) -> list[str]:
    found: list[str] = []
    start, at = 0, 1
    while at < len(core) - 1 and not _is_address(core):
        end = at + 1
        while core[at] == "-" and end < len(core) - 1 and core[end] == "-":
            end += 1
        if _cuts(core[at], core[at - 1], core[end], parts):
            found += [*_piece(core[start:at]), core[at:end]]
            start, at = end, end
        else:
            piece = core[start:at]
            short = 1 <= len(piece) <= 2 and _is(piece[0], "Ll") and _is(piece[-1], "Ll")  # `l'eau`, `qu'on`
            if core[at] in "'’" and short and _letter(core[at + 1]) and core[at + 1 :].lower() not in (*ENDINGS, "t"):
                found.append(core[start : at + 1])
                start = at + 1
            at += 1
    return found + _piece(core[start:])


def _is_address(core: str) -> bool:
    """Whether it looks like the name of a host, file or module, or a URL."""
    if not _alphanumeric(core[0]):
        return False
    for at in range(1, len(core) - 1):
        if core.startswith("://", at):
            return True
        if core[at] == "." and _alphanumeric(core[at - 1]) and _is(core[at + 1], "Ll"):
            return True
    return False


def _cuts(sign: str, before: str, after: str, parts: frozenset[str]) -> bool:
    if sign == ".":
        return _is(before, "Ll") and _is(after, "Lu")
    if sign in "+-*^" and _is(before, "Nd") and (_is(after, "Nd") or after == "-"):
        return True
    return sign in parts and _alphanumeric(before) and _letter(after)


def _piece(piece: str) -> list[str]:
    """With the endings of English contractions as tokens of their own."""
    for letters in (1, 2):
        sign = len(piece) - letters - 1
        if sign >= 0 and piece[sign] in "'’":
            ending = piece[sign + 1 :].lower()
            if ending in ENDINGS and sign > 0:
                return [piece[:sign], piece[sign:]]
            if ending == "t" and sign > 1 and piece[sign - 1] in "nN":
                return [piece[: sign - 1], piece[sign - 1 :]]
    return [piece] if piece else []


def _is(character: str, kind: str) -> bool:
    return category(character) == kind


def _letter(character: str) -> bool:
    return category(character)[0] == "L"


def _alphanumeric(character: str) -> bool:
    return _letter(character) or _is(character, "Nd")
