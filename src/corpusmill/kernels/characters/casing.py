"""What the lower case of a character depends on beside itself: a sigma ends a word where no cased character follows."""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import peek8
from corpusmill.kernels.characters.tables import IS_CASED, IS_IGNORABLE, Unicode
from corpusmill.kernels.characters.utf8 import class_of, decode, width
from corpusmill.machine_code.jit import kernel


@kernel
def cased_follows(at: Any, end: Any, tables: Unicode) -> Any:
    """Whether the next character that is not case-ignorable is cased."""
    while at < end:
        kind = class_of(decode(at), tables)
        if not kind & IS_IGNORABLE:
            return kind & IS_CASED != 0
        at += width(peek8(at))
    return False
