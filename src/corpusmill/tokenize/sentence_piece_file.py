"""SentencePiece models as their files have them, made ready for the kernel that encodes by them; or None: a kind of
model that it does not know, which is left to the package.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.sentence_pieces.encoder import Vocabulary
from corpusmill.kernels.sentence_pieces.trie import trie_of
from corpusmill.tokenize.charsmap import Charsmap
from corpusmill.tokenize.prepared import Arrays
from corpusmill.tokenize.protobuf import bytes_of, fields, float_of

UNIGRAM, BPE = 1, 2  # types of models; there are others
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)  # types of pieces
MARK = "\u2581"  # what blanks are written as
MOST_BLANKS = 8  # kinds of bytes
_UNKNOWN_PENALTY = np.float32(10)
# Words are encoded one by one, so no piece may have a mark behind what is none.
_IS_WITHIN_WORD = re.compile(f"{MARK}*[^{MARK}]*").fullmatch


class Piece(NamedTuple):
    content: str
    score: float
    kind: int = NORMAL


@dataclass(frozen=True)
class PieceModel:
    """What a file says, as far as it decides the ids of a text."""

    pieces: Sequence[Piece]
    kind: int = UNIGRAM
    byte_fallback: bool = False
    blanks_behind: bool = False  # words end in their mark
    charsmap: bytes = b""
    adds_blank: bool = True  # before every text
    joins_blanks: bool = True  # and leaves them out at both ends
    marks_blanks: bool = True

    @classmethod
    def parse(cls, content: bytes) -> PieceModel:
        """Raises ValueError for what is no such file."""
        pieces, trainer, normalizer = [], dict[int, int | bytes](), dict[int, int | bytes]()
        for number, value in fields(content):
            if number == 1:
                own = dict(fields(bytes_of(value)))
                score = float_of(own[2]) if 2 in own else 0.0
                pieces.append(Piece(bytes_of(own.get(1, b"")).decode(), score, int(own.get(3, NORMAL))))
            elif number == 2:
                trainer |= dict(fields(bytes_of(value)))
            elif number == 3:
                normalizer |= dict(fields(bytes_of(value)))
        return cls(
            pieces,
            kind=int(trainer.get(3, UNIGRAM)),
            byte_fallback=bool(trainer.get(35, False)),
            blanks_behind=bool(trainer.get(24, False)),
            charsmap=bytes_of(normalizer.get(2, b"")),
            adds_blank=bool(normalizer.get(3, True)),
            joins_blanks=bool(normalizer.get(4, True)),
            marks_blanks=bool(normalizer.get(5, True)),
        )


_NUMBERS = "pieces_end", "unknown", "adds_blank", "joins_blanks", "parts_marks", "parts_lines", "keeps_ascii"


def as_arrays(vocabulary: Vocabulary) -> Arrays:
    """The same for a file."""
    numbers = np.array([getattr(vocabulary, name) for name in _NUMBERS], np.int64)
    score = np.array([vocabulary.unknown_score], np.float32)
    named = {name: value for name, value in vocabulary._asdict().items() if isinstance(value, np.ndarray)}
    return named | {"numbers": numbers, "unknown_score": score}


def of_arrays(arrays: Arrays) -> Vocabulary:
    """Raises KeyError for what is not there."""
    end, unknown, *flags = arrays["numbers"].tolist()
    values: dict[str, Any] = arrays | dict(zip(_NUMBERS, (end, unknown, *map(bool, flags)), strict=True))
    values["unknown_score"] = float(arrays["unknown_score"][0])
    return Vocabulary(*[values[name] for name in Vocabulary._fields])


def of_model(model: PieceModel) -> Vocabulary | None:
    """None for what the kernel does not know, or would have no use for."""
    kinds = {piece.kind for piece in model.pieces}
    if model.kind not in (UNIGRAM, BPE) or model.blanks_behind or not model.marks_blanks or not model.pieces:
        return None
    found = {piece.content: number for number, piece in enumerate(model.pieces) if piece.kind in _FOUND}
    unknown = [number for number, piece in enumerate(model.pieces) if piece.kind == UNKNOWN]
    if len(unknown) != 1 or MARK not in found or not all(map(_IS_WITHIN_WORD, found)) or "" in found:
        return None
    if model.kind == BPE and UNUSED in kinds:
        return None  # what these are parted to again depends on all of a text
    verbatim = [piece.content for piece in model.pieces if piece.kind == USER_DEFINED]
    scores = np.array([_score(piece) for piece in model.pieces], np.float32)
    lowest = min((piece.score for piece in model.pieces if piece.kind == NORMAL), default=None)
    if lowest is None or not np.isfinite(scores).all():
        return None
    try:
        charsmap = Charsmap.of(model.charsmap)
        byte_ids = _byte_ids(model)
        blanks = _blanks(charsmap)
    except ValueError:
        return None
    held = {each for content in verbatim for each in content.encode()}
    if not 0 < len(blanks) <= MOST_BLANKS or 0x20 not in blanks or held & blanks or charsmap.later & blanks:
        return None
    if any(MARK.encode() in made for made in charsmap.made):
        return None
    if model.kind == UNIGRAM:
        symbols, merges, beside = found, np.zeros((4, 0), np.uint32), np.zeros((2, 0), np.uint32)
    else:
        symbols, merges, beside = symbols_and_merges(model, scores)
    return Vocabulary(
        merges,
        len(model.pieces),
        trie_of({content.encode(): number for content, number in symbols.items()}),
        scores,
        unknown[0],
        float(np.float32(lowest) - _UNKNOWN_PENALTY),
        beside,
        byte_ids,
        trie_of({content.encode(): 0 for content in verbatim}),
        charsmap.units,
        np.frombuffer(charsmap.strings, np.uint8),
        np.array(sorted(blanks), np.uint8),
        model.adds_blank,
        model.joins_blanks,
        not any(content.startswith(2 * MARK) for content in found),
        _parts_lines(model),
        not verbatim and not any(0x21 <= byte < 0x7F for byte in {*charsmap.alone, *charsmap.later}),
    )


def _parts_lines(model: PieceModel) -> bool:
    """Whether a newline decides nothing but its own id."""
    has_id = model.byte_fallback or any(piece.content == "\n" for piece in model.pieces if piece.kind == NORMAL)
    is_alone = not any("\n" in piece.content != "\n" for piece in model.pieces if piece.kind in _FOUND)
    return has_id and is_alone and not model.charsmap


def symbols_and_merges(
    model: PieceModel, scores: npt.NDArray[np.float32]
) -> tuple[dict[str, int], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """What words are made of before anything is merged, with their numbers: those from the number of pieces on are
    characters that are no pieces, though in some. And what is merged, and what stands side by side, see `Vocabulary`.
    """
    merged = {piece.content: number for number, piece in enumerate(model.pieces) if piece.kind == NORMAL}
    verbatim = {piece.content: number for number, piece in enumerate(model.pieces) if piece.kind == USER_DEFINED}
    others = {char for content in merged for char in content} - merged.keys() - verbatim.keys()
    numbers = merged | {char: number for number, char in enumerate(sorted(others), len(model.pieces))}
    found, worth = [], scores.tolist()
    for content, number in merged.items():
        if len(content) > 1 and (pair := _last_merge(content, merged, worth)):
            found += [(*(numbers[part] for part in pair), number)] if {*pair} <= numbers.keys() else []
    parts = np.array(found, np.uint32).reshape(-1, 3)
    _, ranks = np.unique(-scores[parts[:, 2]], return_inverse=True)  # pieces of one score have one rank
    symbols = {content: number for content, number in numbers.items() if len(content) == 1}
    pairs = {pair for content in merged for pair in itertools.pairwise(content)}
    beside = [(numbers[one], numbers[other]) for one, other in sorted(pairs) if {one, other} <= numbers.keys()]
    merges = np.column_stack([parts, ranks]).T.astype(np.uint32, order="C")
    return symbols | verbatim, merges, np.array(beside, np.uint32).reshape(-1, 2).T.copy()


def _last_merge(content: str, merged: Mapping[str, int], scores: Sequence[float]) -> tuple[str, str] | None:
    """The two parts that a piece is made of whenever it is made, which is by the merges that make it where it stands
    for itself: had one from outside come between, it would not be made. None: it is never made.
    """
    parts = [*content]
    while len(parts) > 2:
        joined = [merged.get(one + other) for one, other in itertools.pairwise(parts)]
        found = [(-scores[number], k) for k, number in enumerate(joined) if number is not None]
        if not found:
            return None
        _, k = min(found)
        parts[k : k + 2] = [parts[k] + parts[k + 1]]
    return parts[0], parts[1]


_FOUND = (NORMAL, USER_DEFINED)


def _score(piece: Piece) -> float:
    """As the package has it since version 0.2.3: what users define is better than any other way."""
    if piece.kind == USER_DEFINED:
        return float(np.float32(0.1 * (len(piece.content.encode()) - 1)))
    return piece.score


def _blanks(charsmap: Charsmap) -> frozenset[int]:
    """The bytes that a blank is made of, each for itself."""
    for made in charsmap.made:
        made.decode()  # raises ValueError for what is no text
    found = {byte for byte, made in charsmap.alone.items() if made == b" " and byte < 0x80}
    return frozenset(found if 0x20 in charsmap.alone else found | {0x20})


def _byte_ids(model: PieceModel) -> npt.NDArray[np.uint32]:
    """Raises ValueError where some byte has none."""
    if not model.byte_fallback:
        return np.zeros(0, np.uint32)
    named = {piece.content: number for number, piece in enumerate(model.pieces) if piece.kind == BYTE}
    ids = [named.get(f"<0x{byte:02X}>", -1) for byte in range(256)]
    if min(ids) < 0:
        raise ValueError("a byte has no piece")
    return np.array(ids, np.uint32)
