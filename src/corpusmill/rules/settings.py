"""Thresholds by language, for recipes whose rules name them: `min_setting = "line_punct_thr"`.

A published table is a data file; what a setting of None, or one that is absent, means is said by `Rule.with_settings`.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

Settings = Mapping[str, float | None]


def bundled_settings() -> dict[str, Callable[[str], Settings]]:
    """What `settings = "…"` may name: functions from a language to its thresholds."""
    return {"fineweb2": _fineweb2}


def settings_of(name: str | None, language: str) -> Settings:
    """The thresholds of one language; without a name there are none."""
    return {} if name is None else bundled_settings()[name](language)


def setting_names(name: str) -> tuple[str, ...]:
    """What the settings may have for a language."""
    return tuple(settings_of(name, "deu_Latn"))


@functools.cache
def _fineweb2(language: str) -> Settings:
    """FineWeb-2's, by the fields of FineWeb2Settings; those of n-grams as `max_top_ngram_fractions.2`.

    A 0 disables: so it does in the filters of datatrove that have one.
    """
    from corpusmill.signals.fineweb2 import fineweb2_settings

    found: dict[str, float | None] = {}
    settings = fineweb2_settings(language)
    for name, value in ({} if settings is None else dataclasses.asdict(settings)).items():
        if isinstance(value, dict):
            found |= {f"{name}.{length}": limit or None for length, limit in value.items()}
        elif isinstance(value, int | float):
            found[name] = value or None
    return found
