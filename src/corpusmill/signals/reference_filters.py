r"""What Gopher, FineWeb and DCLM count, in plain Python on one text: oracle of the signals, by their names.

Exact only where the interpreter has Unicode 14.0 (CPython 3.11).

>>> lines("a\n\nb\n")
['a', 'b', '']
>>> gopher("a\nb\na")["gopher_duplicate_line_fraction"] == 1 / 3
True
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

Value = float | None

STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")


def gopher(text: str) -> dict[str, Value]:
    """The family `gopher`."""
    paragraphs = re.split(r"\n{2,}", text.strip())
    stripped = [line.strip() for line in text.splitlines()]
    found: dict[str, Value] = {
        "gopher_char_count": len(text),
        "gopher_hash_count": text.count("#"),
        "gopher_ellipsis_count": text.count("...") + text.count("…"),
        "gopher_bullet_line_fraction": _share(sum(line[:1] in ("•", "-") for line in stripped if line), len(stripped)),
        "gopher_ellipsis_line_fraction": _share(sum(line.endswith(("...", "…")) for line in stripped), len(stripped)),
    }
    for kind, pieces in (("paragraph", paragraphs), ("line", lines(text))):
        again = duplicates(pieces)
        found[f"gopher_duplicate_{kind}_fraction"] = _share(len(again), len(pieces)) if text else None
        found[f"gopher_duplicate_{kind}_char_fraction"] = _share(len("".join(again)), len(text))
    return found


def gopher_v1(text: str) -> dict[str, Value]:
    """The family `gopher_v1`."""
    again = duplicates(text.splitlines())
    return {
        "gopher_v1_duplicate_line_fraction": _share(len(again), len(text.splitlines())),
        "gopher_v1_duplicate_line_char_fraction": _share(len("".join(again)), len(text)),
    }


def gopher_tokens(words: Sequence[str], symbols: frozenset[str]) -> dict[str, Value]:
    """The family `gopher_T`, names without the tokenizer and without FineWeb-2's, of the tokens of the text."""
    without_symbols = [word for word in words if not symbols.issuperset(word)]
    return {
        "gopher_token_count": len(words),
        "gopher_word_count": len(without_symbols),
        "gopher_mean_word_length": _share(len("".join(without_symbols)), len(without_symbols)),
        "gopher_alpha_token_fraction": _share(sum(any(map(str.isalpha, word)) for word in words), len(words)),
        "gopher_distinct_stop_words": len(set(words).intersection(STOP_WORDS)),
        "gopher_stop_words": sum(word in STOP_WORDS for word in words),
    }


def gopher_repetition(text: str, words: Sequence[str]) -> dict[str, Value]:
    """The family `gopher_repetition_T`, names without the tokenizer, of the tokens of the text."""
    found: dict[str, Value] = {}
    for n in (2, 3, 4):
        runs = Counter(" ".join(run) for run in ngrams(words, n))
        most = max(runs, key=lambda run: runs[run], default=None)  # the first of equals
        found[f"gopher_top_{n}gram_char_fraction"] = None if most is None else len(most) * runs[most] / len(text)
    for n in range(5, 11):
        found[f"gopher_duplicate_{n}gram_char_fraction"] = _share(_scanned(words, n), len(text))
    return found


def fineweb(text: str, marks: frozenset[str]) -> dict[str, Value]:
    """The family `fineweb`; `marks` end a sentence."""
    filled = [line for line in text.split("\n") if line.strip()]
    again = duplicates(filled)
    return {
        "fineweb_line_count": len(filled),
        "fineweb_newline_count": text.count("\n"),
        "fineweb_line_punctuation_fraction": _share(sum(line[-1] in marks for line in filled), len(filled)),
        "fineweb_short_line_fraction": _share(sum(len(line) <= 30 for line in filled), len(filled)),
        "fineweb_duplicate_char_fraction": _share(len("".join(again)), len(text.replace("\n", ""))) if filled else None,
    }


def fineweb_v1(text: str) -> dict[str, Value]:
    """The family `fineweb_v1`."""
    pieces = text.split("\n")
    ended = sum(piece.endswith((".", "'", '"', "!", "?")) for piece in pieces)
    return {
        "fineweb_v1_line_count": len(pieces),
        "fineweb_v1_line_punctuation_fraction": _share(ended, len(pieces)),
        "fineweb_v1_short_line_fraction": _share(sum(len(piece) <= 30 for piece in pieces), len(pieces)),
    }


def dclm(text: str, uax29_words: Sequence[str]) -> dict[str, Value]:
    """The family `dclm`, of the text and its words of UAX #29."""
    words = [word for word in uax29_words if word[0].isalnum()]
    spaced = text.split()
    filled = [line for piece in text.split("\n") if (line := piece.strip())]
    found: dict[str, Value] = {
        "dclm_uax29_word_count": len(words),
        "dclm_fasttext_word_count": sum(word[:1].isalnum() for word in re.split("[ \t-\r\0]", text)),
        "dclm_white_space_word_count": len(spaced),
        "dclm_mean_word_length": _share(len("".join(spaced)), len(spaced)),
        "dclm_non_alphabetic_word_fraction": _share(
            sum(not any(map(str.isalpha, word)) for word in spaced), len(spaced)
        ),
        "dclm_stop_words": sum(word.lower() in STOP_WORDS for word in spaced),
        "dclm_symbol_count": sum(text.count(symbol) for symbol in ("#", "...", ". . .", "…")),
        "dclm_line_count": len(filled),
        "dclm_bullet_line_count": sum(line[0] in "●•*-" for line in filled),
        "dclm_ellipsis_line_count": sum(line.endswith(("...", ". . .", "…")) for line in filled),
    }
    paragraphs = [paragraph for piece in text.split("\n\n") if (paragraph := piece.strip())]
    for kind, pieces in (("line", filled), ("paragraph", paragraphs)):
        repeated = [piece for piece in pieces if pieces.count(piece) > 1]
        found[f"dclm_repeated_{kind}_fraction"] = _share(len(repeated), len(pieces))
        found[f"dclm_repeated_{kind}_char_fraction"] = _share(len("".join(repeated)), len("".join(pieces)))
    chars = len("".join(words))
    for n in (2, 3, 4):
        runs = Counter(ngrams(words, n))
        times = max(runs.values(), default=0)
        longest = max((len("".join(run)) for run in runs if runs[run] == times), default=0)
        found[f"dclm_top_{n}gram_char_fraction"] = (longest * times / chars if times > 1 else 0.0) if text else None
    for n in range(5, 11):
        runs = Counter(ngrams(words, n))
        covered = {i + k for i, run in enumerate(ngrams(words, n)) if runs[run] > 1 for k in range(n)}
        share = sum(len(words[i]) for i in covered) / chars if covered else 0.0
        found[f"dclm_repeated_{n}gram_char_fraction"] = share if text else None
    return found


def lines(text: str) -> list[str]:
    """Pieces between one or more U+000A."""
    return re.split(r"\n+", text)


def duplicates(pieces: Sequence[str]) -> list[str]:
    """The pieces that equal one before."""
    return [piece for i, piece in enumerate(pieces) if piece in pieces[:i]]


def ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of `n` words."""
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def _scanned(words: Sequence[str], n: int) -> int:
    """Characters of the runs of `n` words that spell what one before did; the scan goes on behind each."""
    seen: set[str] = set()
    chars = at = 0
    while at + n <= len(words):
        run = "".join(words[at : at + n])
        if run in seen:
            chars, at = chars + len(run), at + n
        else:
            seen.add(run)
            at += 1
    return chars


def _share(part: int, whole: int) -> Value:
    return part / whole if whole else None
