r"""Occurrences of phrases in plain Python: oracle of kernels/matching/automaton.py, baseline of the benchmarks.

>>> occurrences("an ass, a bass", ["ass", "a"], flanked=True), occurrences("bass", ["ass"], flanked=False)
(2, 1)
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def occurrences(text: str, phrases: Iterable[str], *, flanked: bool) -> int:
    """How often the phrases occur, overlapping ones included; `flanked`: with no word character on either side."""
    before, after = (r"(?<!\w)", r"(?!\w)") if flanked else ("", "")
    patterns = [re.compile(f"(?={before}{re.escape(phrase)}{after})") for phrase in set(phrases) if phrase]
    return sum(len(pattern.findall(text)) for pattern in patterns)
