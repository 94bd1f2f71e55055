"""The rules of a finished selection, out of the manifest, with other thresholds where someone asks what if."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpusmill.errors import RecipeError, RunRefused, nearest
from corpusmill.pipeline.recipe import Recipe, apply_setting
from corpusmill.pipeline.typed import Source, build


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


def decisions(definitions: dict[str, Any]) -> Recipe:
    """The rules, edits and settings of a selection, as the manifest has them, as a recipe."""
    given = {name: definitions[kept] for name, kept in (("rule", "rules"), ("edit", "edits"), ("settings", "settings"))}
    mistakes: list[str] = []
    recipe: Recipe | None = build(Recipe, _without_none({"name": "selection", **given}), Source("--set", ""), mistakes)
    assert recipe is not None, f"the manifest holds rules that are none: {mistakes}"
    return recipe


def rethresholded(recipe: Recipe, settings: Sequence[str]) -> Recipe:
    """`recipe` with thresholds changed as on the command line, `rule.NAME.min=3`.

    Raises RecipeError with all mistakes of the settings, and where one changes an edit: then the text that it leaves is
    another, and has to be measured.
    """
    example = next((rule.name for rule in recipe.rule), "NAME")
    mistakes = [
        f"--set {setting}: wanted a threshold of a rule, as rule.{example}.min=1"
        for setting in settings
        if not setting.startswith(("rule.", "edit."))
    ]
    given: dict[str, Any] = _without_none(recipe.resolved())
    for setting in settings:
        apply_setting(given, setting, mistakes)
    changed: Recipe | None = None if mistakes else build(Recipe, given, Source("--set", ""), mistakes)
    if changed is None or mistakes:
        raise RecipeError(mistakes)
    if changed.edit != recipe.edit:
        raise RecipeError(["an edit changes the text that rules look at: corpusmill select --set … measures it anew"])
    if [rule.value for rule in changed.rule] != [rule.value for rule in recipe.rule]:
        raise RecipeError(
            ["what a rule looks at has changed, not its threshold: corpusmill select --set … decides anew"]
        )
    return changed


def _without_none(value: Any) -> Any:
    """TOML has no None: what is None was not said."""
    if isinstance(value, dict):
        return {name: _without_none(each) for name, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list | tuple) else value
