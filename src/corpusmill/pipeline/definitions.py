"""The rules of a finished selection, out of the manifest, with other thresholds where someone asks what if."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpusmill.errors import RecipeError, RunRefused
from corpusmill.pipeline.recipe import Recipe, apply_setting
from corpusmill.pipeline.typed import Source, build, nearest


def selection_named(described: dict[str, Any], name: str | None, root: object) -> str:
    """The selection of a manifest by this name; without one, the only one there is.

    Raises RunRefused where there is none of this name, or no name and not exactly one selection.
    """
    found = described["selections"]
    if name is None and len(found) == 1:
        return str(next(iter(found)))
    if name is None:
        listed = f"it has {', '.join(found)}: say --selection NAME" if found else "make one: corpusmill select"
        raise RunRefused(f"{root} has {len(found)} selections; {listed}")
    if name not in found:
        raise RunRefused(f"{root} has no selection {name!r}.{nearest(name, found)}")
    return name


def decisions(definitions: dict[str, Any], settings: Sequence[str] = ()) -> Recipe:
    """The rules, edits and thresholds of a selection as a recipe, changed by `settings` as on the command line.

    Raises RecipeError with all mistakes of the settings.
    """
    table = {"name": "selection", "rule": definitions["rules"], "edit": definitions["edits"]}
    given: dict[str, Any] = _without_none({**table, "settings": definitions["settings"]})
    mistakes = [
        f"--set {setting}: wanted a threshold of a rule, as rule.{(definitions['order'] or ['NAME'])[0]}.min=1"
        for setting in settings
        if not setting.startswith(("rule.", "edit."))
    ]
    for setting in settings:
        apply_setting(given, setting, mistakes)
    recipe: Recipe | None = build(Recipe, given, Source("--set", ""), mistakes)
    if recipe is None or mistakes:
        raise RecipeError(mistakes)
    return recipe


def _without_none(value: Any) -> Any:
    """TOML has no None: what is None was not said."""
    if isinstance(value, dict):
        return {name: _without_none(each) for name, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list | tuple) else value
