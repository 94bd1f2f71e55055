"""What a task says of itself, and the name that its result gets from that."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import pytest

from corpusmill.pipeline.measure_texts import texts_of
from corpusmill.pipeline.recipe import bundled_recipes, load
from corpusmill.pipeline.task import fields_of


class Pair(NamedTuple):
    one: object
    other: object


@dataclasses.dataclass(frozen=True)
class Holder:
    value: object
    kind = "holder"  # no field


VALUES = [
    None,
    1.5,
    "é",
    (),
    [1, (2, [3])],
    {"a": {"b": (None,)}, 3: Holder("c")},
    Holder(Pair(Holder(1), [Holder(None)])),
    Holder,
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_fields_are_those_of_dataclasses(value):
    found, wanted = fields_of(Holder(value)), dataclasses.asdict(Holder(value))
    assert found == wanted
    assert repr(found) == repr(wanted), "tuples stay tuples, and named ones keep their names"


@pytest.mark.parametrize("name", sorted(bundled_recipes()))
def test_fields_of_recipes(name):
    recipe = load(name)
    assert repr(fields_of(recipe)) == repr(dataclasses.asdict(recipe))


def test_a_text_has_the_same_name_however_often_it_is_asked():
    edited = next(recipe for recipe in map(load, sorted(bundled_recipes())) if recipe.edit)
    first, second = texts_of(edited.rule_set, None), texts_of(edited.rule_set, None)
    assert [text.name for text in first] == [text.name for text in second] == [text.name for text in first]
    assert first == second
