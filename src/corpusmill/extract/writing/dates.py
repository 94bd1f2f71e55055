"""Days as pages write them."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro",
            "feb february februar février febrero febbraio fevereiro",
            "mar march märz mars marzo março",
            "apr april avril abril aprile",
            "may mai mayo maggio maio",
            "jun june juni juin junio giugno junho",
            "jul july juli juillet julio luglio julho",
            "aug august août agosto",
            "sep sept september septembre septiembre settembre setembro",
            "oct october oktober octobre octubre ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec december dezember décembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)([-/.]?)(\d\d?)\2(\d\d?)(?!\d)|(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)")
_CHINESE = re.compile(r"((?:19|20)\d\d)\s*年\s*(\d\d?)\s*月\s*(\d\d?)\s*日")
_DAY_FIRST = re.compile(r"(?<!\d)(\d\d?)[./-](\d\d?)[./-]((?:19|20)\d\d)(?!\d)")
_NAMED = re.compile(r"(\d\d?)(?:st|nd|rd|th|\.)?\s+(?:de\s+)?([^\W\d]{3,10})\.?,?\s+(?:de\s+)?((?:19|20)\d\d)")
_MONTH_FIRST = re.compile(r"([^\W\d]{3,10})\.?\s+(\d\d?)(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST = 200


def day_of(text: str) -> str | None:
    """The first day in `text` as ISO 8601; None: there is none, or no such day.

    Numbers with the year behind them are day, month; month, day where only that is possible.

    >>> day_of("2021-03-04T05:06:07Z"), day_of("March 4, 2021"), day_of("4. März 2021"), day_of("31/12/2020")
    ('2021-03-04', '2021-03-04', '2021-03-04', '2020-12-31')
    >>> day_of("2021-02-30") is None
    True
    """
    text = text[:_LONGEST]
    if not _YEAR.search(text):  # as in most texts; all that follow have one
        return None
    if match := _ISO.search(text):
        groups = match.groups()
        year, month, day = (groups[0], groups[2], groups[3]) if groups[0] else groups[4:]
        return _day(int(year), int(month), int(day))
    if match := _CHINESE.search(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _NAMED.search(text):
        return _day(int(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    if match := _MONTH_FIRST.search(text):
        return _day(int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2]))
    if match := _DAY_FIRST.search(text):
        first, second, year_number = int(match[1]), int(match[2]), int(match[3])
        return _day(year_number, second, first) or _day(year_number, first, second)
    return None


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
