"""The rules and edits of a recipe as one order of steps, and what has to be measured on which text for them.

An edit stands, for the order of reasons, before the first rule that names its text (or the text of a later edit);
one that no rule names stands last.

>>> rules = (Rule("long", "ccnet_length", min=9), Rule("still_long", "c4.ccnet_length", min=9))
>>> [step.name for step in RuleSet(rules, (Edit("c4", replace=("newlines",)),)).steps]
['long', 'c4', 'still_long']
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corpusmill.rules.edit import Edit
from corpusmill.rules.rule import Rule

STORED = ""  # the name of the text as it is stored, before any edit
MOST_RULES = 63  # verdicts keep a bit for each


@dataclass(frozen=True)
class RuleSet:
    """Rules in the order of their reasons; edits in the order in which they change the text."""

    rules: tuple[Rule, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def steps(self) -> tuple[Rule | Edit, ...]:
        found: list[Rule | Edit] = []
        waiting = list(self.edits)
        for rule in self.rules:
            named = {text_of(column) for column in rule.columns}
            last = max((place for place, edit in enumerate(waiting) if edit.name in named), default=-1)
            found += [*waiting[: last + 1], rule]
            del waiting[: last + 1]
        return (*found, *waiting)

    @property
    def names(self) -> list[str]:
        """What a document can fail, in the order in which it is said."""
        return [name for step in self.steps for name in (step.rule_names if isinstance(step, Edit) else (step.name,))]

    def columns(self, text: str) -> list[str]:
        """Signals that rules name of a text: `STORED`, or what the edit of this name leaves; sorted, unqualified."""
        named = {column for rule in self.rules for column in rule.columns if text_of(column) == text}
        return sorted(column.rpartition(".")[2] for column in named)

    def mistakes(self) -> list[str]:
        """What is wrong between rules and edits; each of them says for itself what is wrong in it."""
        names = self.names
        edits = [edit.name for edit in self.edits]
        found = [f'two rules are called "{name}"' for name in _twice(names)]
        found += [f'two edits are called "{name}"' for name in _twice(edits)]
        if len(names) > MOST_RULES:
            found.append(f"{len(names)} rules; wanted at most {MOST_RULES}")
        return found


def text_of(column: str) -> str:
    """The name of the edit in a column's name; `STORED` where it has none.

    >>> text_of("c4.ccnet_length"), text_of("ccnet_length")
    ('c4', '')
    """
    return column.rpartition(".")[0]


def _twice(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})
