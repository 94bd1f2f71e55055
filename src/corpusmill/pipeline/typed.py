"""TOML tables to frozen dataclasses: every mistake at once, each with its line and the nearest known name.

The dataclass is the recipe's schema, its help text and the manifest's entry; there is no second list of parameters.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Callable
from typing import Any

from corpusmill.errors import nearest

_hints: Callable[[Any], dict[str, Any]] = functools.cache(typing.get_type_hints)  # which compiles each anew


class Source:
    """The text of a recipe, for finding the line of a mistake."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.split("\n")

    def place(self, path: tuple[str | int, ...]) -> str:
        """`recipe.toml:14`, where the table or key at `path` stands; without a line where it is not found."""
        line = self._line(path)
        return self.name if line is None else f"{self.name}:{line}"

    def _line(self, path: tuple[str | int, ...]) -> int | None:
        table: tuple[str | int, ...] = ()
        counts: dict[tuple[str | int, ...], int] = {}
        best: int | None = None
        for number, line in enumerate(self.lines, 1):
            stripped = line.strip()
            if match := re.fullmatch(r"\[\[([\w.-]+)\]\]\s*(#.*)?", stripped):
                array = _within(match[1], counts)
                counts[array] = counts.get(array, -1) + 1
                table = (*array, counts[array])
            elif match := re.fullmatch(r"\[([\w.-]+)\]\s*(#.*)?", stripped):
                table = _within(match[1], counts)
            elif match := re.match(r"([\w-]+)\s*=", stripped):
                if (*table, match[1]) == path:
                    return number
                continue
            else:
                continue
            if best is None and (table == path or table == path[:-1]):
                best = number
        return best


def _within(dotted: str, counts: dict[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    """The path of a table's name: a name that is an array of tables means the last of them."""
    *parents, last = dotted.split(".")
    path: tuple[str | int, ...] = ()
    for parent in parents:
        path = (*path, parent)
        if path in counts:
            path = (*path, counts[path])
    return (*path, last)


def build(cls: type[Any], table: Any, source: Source, mistakes: list[str], path: tuple[str | int, ...] = ()) -> Any:
    """An instance of dataclass `cls` from a TOML table, or None where it cannot be made; appends to `mistakes`."""
    where = source.place(path)
    if not isinstance(table, dict):
        mistakes.append(f"{where}  {_dotted(path)} is {_kind(table)}; wanted a table [{_dotted(path)}]")
        return None
    fields = {f.name: f for f in dataclasses.fields(cls)}
    hints = _hints(cls)
    before = len(mistakes)
    values: dict[str, Any] = {}
    for name, value in table.items():
        here = (*path, name)
        if name not in fields:
            mistakes.append(f"{source.place(here)}  {_dotted(here)} is unknown.{nearest(name, fields)}")
            continue
        found = len(mistakes)
        made = _value(hints[name], value, source, mistakes, here)
        if len(mistakes) == found:
            values[name] = made
        elif isinstance(made, tuple):  # what is sound of a list has mistakes of its own to tell
            values[name] = tuple(each for each in made if dataclasses.is_dataclass(each))
    missing = False
    for name, field in fields.items():
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and name not in table:
            mistakes.append(f"{where}  {_dotted((*path, name))} is missing; wanted {_wanted(hints[name])}")
        missing |= needed and name not in values
    if missing:
        return None
    made = cls(**values)
    for mistake in made.mistakes() if hasattr(made, "mistakes") else ():
        mistakes.append(f"{where}  {mistake}")
    return made if len(mistakes) == before else None


def _value(hint: Any, value: Any, source: Source, mistakes: list[str], path: tuple[str | int, ...]) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):  # the unions of a recipe are X | None
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if dataclasses.is_dataclass(hint):
        return build(typing.cast("type[Any]", hint), value, source, mistakes, path)
    if typing.get_origin(hint) is tuple and isinstance(value, list):
        item = typing.get_args(hint)[0]
        return tuple(_value(item, each, source, mistakes, (*path, number)) for number, each in enumerate(value))
    if typing.get_origin(hint) is dict and isinstance(value, dict):
        item = typing.get_args(hint)[1]
        return {name: _value(item, each, source, mistakes, (*path, name)) for name, each in value.items()}
    if type(value) is int and not -(2**63) <= value < 2**63:
        mistakes.append(
            f"{source.place(path)}  {_dotted(path)} is an integer of more than 64 bits; wanted a smaller one"
        )
        return value
    if hint is float and type(value) is int:
        return float(value)
    if hint is float and value != value:
        mistakes.append(f"{source.place(path)}  {_dotted(path)} = nan is no number; wanted one")
    elif type(value) is not hint:
        mistakes.append(f"{source.place(path)}  {_dotted(path)} = {value!r} is {_kind(value)}; wanted {_wanted(hint)}")
    return value


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path) or "the recipe"


def _kind(value: Any) -> str:
    kinds = {bool: "a boolean", int: "an integer", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return kinds.get(type(value), type(value).__name__)


def _wanted(hint: Any) -> str:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return " or nothing".join([_wanted(typing.get_args(hint)[0]), ""])
    if typing.get_origin(hint) is tuple:
        return f"a list, each {_wanted(typing.get_args(hint)[0])}"
    kinds = {bool: "true or false", int: "an integer", float: "a number", str: "a text in quotes"}
    return kinds.get(hint, "a table")
