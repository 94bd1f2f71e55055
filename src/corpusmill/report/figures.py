"""Numbers as people read them: thousands separators, units, one decimal."""

from __future__ import annotations

import math


def number(value: object) -> int:
    """The count in a manifest's `value`; 0 where it is absent or none."""
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else 0


def count(value: object) -> str:
    """
    >>> count(1234567)
    '1,234,567'
    """
    return f"{number(value):,}"


def percent(part: float, whole: float) -> str:
    """
    >>> percent(1, 3), percent(1, 0), percent(1, 100_000), percent(99_999, 100_000)
    ('33.3 %', '–', '< 0.1 %', '> 99.9 %')
    """
    if not whole:
        return "–"
    value = 100 * part / whole
    if 0 < value < 0.05:
        return "< 0.1 %"
    if 99.95 <= value < 100:
        return "> 99.9 %"
    return f"{value:.1f} %"


def size(bytes_: object) -> str:
    """
    >>> size(999), size(4_629_903), size(None)
    ('999 bytes', '4.63 MB', '–')
    """
    if bytes_ is None:
        return "–"
    value = float(number(bytes_))
    if value < 1000:
        return f"{value:.0f} bytes"
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 999.5 or unit == "PB":
            break
    return f"{value:.3g} {unit}"


def measured(value: float) -> str:
    """A signal's value in few characters.

    >>> measured(0.5), measured(12_345.6), measured(3.0), measured(1.5e9), measured(-0.00012)
    ('0.5', '12,346', '3', '1.5e+09', '-0.00012')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0 or 1000 <= abs(value) < 1e7 or (abs(value) < 1000 and value == int(value)):
        return f"{value:,.0f}"
    return f"{value:.3g}"
