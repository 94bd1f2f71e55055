"""Edits: rules over the pieces of a text, of which those that fail are left out, and replacements of its spans.

An edit decides over line signals, as a rule decides over signals of documents; rules/editing.py applies it.

>>> edit = Edit("short", lines="c4", line=(LineRule("too_few_words", "c4_lines_word_count", min=3),), if_empty="empty")
>>> edit.rule_names, edit.columns
(('empty',), ('c4_lines_end', 'c4_lines_start', 'c4_lines_word_count'))
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from corpusmill.errors import nearest
from corpusmill.rules.expression import Expression
from corpusmill.rules.replace.registry import REPLACEMENTS
from corpusmill.rules.rule import Rule
from corpusmill.segment.splits import SPLITS

LINE, DOCUMENT = "line", "document"


@dataclass(frozen=True)
class LineRule:
    """Keep pieces with `min <= value <= max` and `above < value < below`; None means no limit.

    What fails is left out of the text, or with `drop = "document"` the document fails the rule.
    A missing value fails, as undefined values of empty lines are; `pass_missing = true` says otherwise.
    """

    name: str
    value: str  # a line signal or arithmetic over line signals of the edit's split
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None
    pass_missing: bool = False
    drop: str = LINE

    def mistakes(self) -> list[str]:
        found = self.rule.mistakes()
        if self.drop not in (LINE, DOCUMENT):
            found.append(f'rule "{self.name}": drop = "{self.drop}"; wanted "{LINE}" or "{DOCUMENT}"')
        if re.search(r"\b(sum|mean|count)\s*\(", self.value):
            found.append(f'rule "{self.name}": {self.value!r} is of the document; wanted a value of one line')
        return found

    @property
    def rule(self) -> Rule:
        """The rule over the columns of all pieces of a batch, one value a piece."""
        limits = (self.min, self.max, self.above, self.below)
        return Rule(self.name, self.value, *limits, pass_missing=self.pass_missing)


@dataclass(frozen=True)
class Edit:
    """An `[[edit]]` of a recipe: either `lines` with rules, or `replace`.

    Of each piece the first rule of `line` that it fails decides. The rules of `total` are over `sum()`, `mean()` and
    `count()` of line signals of the pieces that stay. `if_empty` is failed where a text has nothing left.
    """

    name: str
    lines: str | None = None  # how the text is cut into pieces: segment/splits.py
    line: tuple[LineRule, ...] = ()
    total: tuple[Rule, ...] = ()
    replace: tuple[str, ...] = ()  # one after another: rules/replace
    if_empty: str | None = None

    def mistakes(self) -> list[str]:
        """What is wrong with the edit by itself; its rules say their own."""
        found = []
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            found.append(f'edit "{self.name}": wanted a name that expressions can hold, as {self.name}.signal')
        if (self.lines is None) == (not self.replace):
            found.append(f'edit "{self.name}": wanted either lines or replace')
        if self.lines is None and (self.line or self.total):
            found.append(f'edit "{self.name}" has rules over lines and does not say how they are cut; wanted lines')
        if self.lines is not None and self.lines not in SPLITS:
            found.append(f'edit "{self.name}": lines = "{self.lines}" is unknown.{nearest(self.lines, SPLITS)}')
        for name in self.replace:
            if name not in REPLACEMENTS:
                found.append(f'edit "{self.name}": replacement "{name}" is unknown.{nearest(name, REPLACEMENTS)}')
        if self.lines in SPLITS:
            prefix = SPLITS[self.lines].prefix
            found += [
                f'edit "{self.name}": "{column}" is no line signal of lines = "{self.lines}"; wanted one of {prefix}_…'
                for column in self.columns
                if not column.startswith(f"{prefix}_")
            ]
        return found

    @property
    def rule_names(self) -> tuple[str, ...]:
        """What a document can fail in this edit, in the order in which it counts."""
        dropping = (rule.name for rule in self.line if rule.drop == DOCUMENT)
        empty = () if self.if_empty is None else (self.if_empty,)
        return (*dropping, *(rule.name for rule in self.total), *empty)

    @property
    def columns(self) -> tuple[str, ...]:
        """The line signals that the edit needs, sorted: its rules' and the spans of the pieces."""
        rules = [*(rule.rule for rule in self.line), *self.total]
        found = {column for rule in rules for column in _columns(rule.value)}
        if self.lines in SPLITS:
            found |= set(SPLITS[self.lines].span_columns)
        return tuple(sorted(found))


def _columns(value: str) -> tuple[str, ...]:
    try:
        return Expression.parse(value).columns
    except ValueError:
        return ()  # the rule's own mistake
