"""Whether two names of languages are of one language: lid.176 says `zh`, GlotLID `cmn_Hani`.

`data/iso639.csv`: the two-letter code (or another that lid.176 has from Wikipedia), the code of ISO 639-3, and the
members of a macrolanguage that texts under its code are in: all but those that lid.176 has a code of their own for, as
`yue` beside `zh`; Arabic is the exception, where `ar` is any of its dialects.
"""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

from corpusmill.language.identify import UNDETERMINED

_SCRIPT = re.compile(r"[_-][A-Z][a-z]{3}$")


def agree(one: str, other: str) -> bool:
    """Whether two codes mean one language, or one of them a macrolanguage of the other. Scripts do not count.

    Undetermined agrees with nothing. A code that ISO 639-3 does not have agrees with itself.

    >>> agree("zh", "cmn_Hani"), agree("zh", "yue_Hant"), agree("de", "deu_Latn"), agree("und", "und")
    (True, False, True, False)
    """
    first, second = common(one), common(other)
    if UNDETERMINED in (first, second):
        return False
    members = _table()[1]
    return first == second or second in members.get(first, ()) or first in members.get(second, ())


def common(code: str) -> str:
    """The code of ISO 639-3 without a script.

    A bare `als` is lid.176's: Alemannic, as on Wikipedia; with a script it is ISO's: Tosk Albanian.

    >>> common("de"), common("deu_Latn"), common("als"), common("als_Latn"), common("tlh")
    ('deu', 'deu', 'gsw', 'als', 'tlh')
    """
    bare = _SCRIPT.sub("", code)
    return bare if bare != code and len(bare) == 3 else _table()[0].get(bare, bare)


@functools.cache
def _table() -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Codes of ISO 639-3 by other codes, and members of the macrolanguages among them."""
    path = Path(__file__).parent / "data" / "iso639.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {row["code"]: row["iso639_3"] for row in rows if row["code"]}
    return codes, {row["iso639_3"]: frozenset(row["also"].split()) for row in rows if row["also"]}


def short(code: str) -> str:
    """The code that lid.176 has for a language; one that it does not know stays as it is.

    >>> short("deu"), short("deu_Latn"), short("de"), short("xyz")
    ('de', 'de', 'de', 'xyz')
    """
    return _shortest().get(common(code), code)


@functools.cache
def _shortest() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, long in _table()[0].items():
        if len(code) < len(found.get(long, long + " ")):
            found[long] = code
    return found
