"""The recipe: what a run does, as one frozen dataclass read from TOML.

A recipe is a path or the name of a bundled one. `extends = "name"`, or a list of names, takes other recipes'
values first, each over those before it; a rule of the same name replaces, a new one is added.
`--set language.threshold=0.6` changes one value, with TOML's own syntax.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

import corpusmill
from corpusmill.decontaminate.settle import COLUMNS
from corpusmill.errors import RecipeError, nearest
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.language.identify import LanguageParameters
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.parameters import (
    ALL,
    CUT_RULE,
    ContaminantParameters,
    CutParameters,
    ParagraphParameters,
    PerplexityParameters,
)
from corpusmill.pipeline.typed import Source, build
from corpusmill.read.pages import ReadParameters
from corpusmill.rules.edit import Edit
from corpusmill.rules.expression import Expression
from corpusmill.rules.resample import RULE, ResampleParameters
from corpusmill.rules.rule import Rule
from corpusmill.rules.ruleset import STORED, RuleSet, text_of
from corpusmill.rules.settings import bundled_settings, setting_names
from corpusmill.segment.names import SENTENCES, WORDS

_NAMED = ("rule", "edit", "line", "total", "duplicates", "contaminants")  # lists of tables that have names
BUNDLED = Path(corpusmill.__file__).parent / "recipes"


@dataclass(frozen=True)
class SignalParameters:
    """Table `[signals]`."""

    artifacts: str | None = (
        None  # folder of word lists, count tables and models, as RedPajama-V2's; None: bundled lists
    )
    redpajama2: bool = True  # measure RedPajama-V2's with every document; false: only where rules name one of them
    minhash: bool = True  # RedPajama-V2's 128 permutations over 13-grams

    def mistakes(self) -> list[str]:
        return ["signals.artifacts is empty; give a folder, or leave it out"] if self.artifacts == "" else []


@dataclass(frozen=True)
class SegmentParameters:
    """Table `[segment]`: what `{words}` and `{sentences}` stand for in the names of signals that rules look at."""

    words: str = "fast"
    sentences: str = "fast"

    def mistakes(self) -> list[str]:
        known = {"words": WORDS, "sentences": SENTENCES}
        return [
            f'segment.{name} "{getattr(self, name)}" is unknown.{nearest(getattr(self, name), names)}'
            for name, names in known.items()
            if getattr(self, name) not in names
        ]


@dataclass(frozen=True)
class DuplicateParameters:
    """One `[[duplicates]]` of a recipe: as `corpusmill dedupe`; rules may name the column `NAME_duplicate`."""

    name: str
    method: str = "minhash"
    scheme: str = "near"
    key: str = "text"
    verify: float | None = None
    keep: str = "first"
    among_kept: bool = False  # only of what all rules keep that name no duplicates, as FineWeb

    def mistakes(self) -> list[str]:
        return [f"duplicates.{self.name}: {mistake}" for mistake in self.search(None).mistakes()]

    @property
    def column(self) -> str:
        return f"{self.name}_duplicate"

    def search(self, among: str | None) -> DedupeParameters:
        """How they are found, among what a selection keeps."""
        return DedupeParameters(self.method, self.key, self.scheme, verify=self.verify, keep=self.keep, among=among)


@dataclass(frozen=True)
class TokenParameters:
    """Table `[tokens]`: tokenise what the rules keep."""

    # a SentencePiece .model, a tokenizer.json or a file of ranks; None: train one on the selection
    tokenizer: str | None = None
    train_vocabulary_size: int = 32_000
    pattern: str | None = None  # how a file of ranks cuts texts: gpt2, cl100k, o200k or a regular expression
    add_bos: bool = False  # the tokenizer's own, before every document
    add_eos: bool = False  # after every document

    def mistakes(self) -> list[str]:
        if self.train_vocabulary_size < 300:
            return ["tokens.train_vocabulary_size is under 300: 256 bytes and some pieces are the least"]
        if self.train_vocabulary_size >= 2**31:
            return [f"tokens.train_vocabulary_size {self.train_vocabulary_size:,}: wanted less than 2^31"]
        return []


@dataclass(frozen=True)
class Recipe:
    """A whole recipe; every field has the default of `keep-all`."""

    name: str
    description: str = ""
    snapshot: str | None = None  # "2024-22"; None: from the inputs' names or warcinfo records
    read: ReadParameters = field(default_factory=ReadParameters)
    extract: ExtractParameters = field(default_factory=ExtractParameters)
    language: LanguageParameters = field(default_factory=LanguageParameters)
    signals: SignalParameters = field(default_factory=SignalParameters)
    paragraphs: ParagraphParameters | None = None
    perplexity: PerplexityParameters | None = None
    segment: SegmentParameters = field(default_factory=SegmentParameters)
    settings: str | None = None  # thresholds by language, which rules name by min_setting and max_setting: "fineweb2"
    rule: tuple[Rule, ...] = ()
    edit: tuple[Edit, ...] = ()
    duplicates: tuple[DuplicateParameters, ...] = ()
    contaminants: tuple[ContaminantParameters, ...] = ()
    resample: ResampleParameters | None = None
    cut: CutParameters | None = None
    tokens: TokenParameters | None = None
    max_fault_fraction: float = 0.01  # above it the run is committed, but ends with exit code 3

    def mistakes(self) -> list[str]:
        found = []
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", self.name):
            found.append(f"name {self.name!r} is no file name; wanted lower-case letters, digits, '.', '_' and '-'")
        if self.snapshot is not None and not re.fullmatch(r"[0-9]{4}-[0-9]{2}", self.snapshot):
            found.append(f"snapshot {self.snapshot!r} is no crawl; wanted year and week, as 2024-22")
        if self.name == ALL:
            found.append(f"name {self.name!r} stands for every document, whatever is selected; give it another one")
        for kind, each in (("duplicates", self.duplicates), ("contaminants", self.contaminants)):
            given = [named.name for named in each]
            found += [f'two {kind} are called "{name}"' for name in sorted(set(given)) if given.count(name) > 1]
        if not 0 <= self.max_fault_fraction <= 1:
            found.append(f"max_fault_fraction {self.max_fault_fraction} is no fraction; wanted 0 to 1")
        found += RuleSet(self.rule, self.edit).mistakes()
        names = RuleSet(self.rule, self.edit).names
        if self.settings is not None and self.settings not in bundled_settings():
            found.append(f'settings "{self.settings}" are unknown.{nearest(self.settings, bundled_settings())}')
        elif self.settings is not None:
            known = setting_names(self.settings)
            found += [
                f'rule "{rule.name}": the settings "{self.settings}" have no "{name}".{nearest(name, known)}'
                for rule in self.rule
                for name in rule.settings
                if name not in known
            ]
        if self.settings is None and any(rule.settings for rule in self.rule):
            found.append('a rule names thresholds by language, and there are none; wanted settings = "fineweb2"')
        if self.resample is not None and RULE in names:
            found.append(f'a rule is called "{RULE}", as what [resample] drops; give it another name')
        if self.cut is not None and self.edit:
            found.append("[cut] names spans of the stored text, and [[edit]] changes it; wanted one of them")
        if self.cut is not None and CUT_RULE in names:
            found.append(f'a rule is called "{CUT_RULE}", as what [cut] drops; give it another name')
        return found

    @property
    def rule_set(self) -> RuleSet:
        """Rules and edits of the recipe, and what [cut] drops."""
        return RuleSet((*self.rule, *(self.cut.rules if self.cut else ())), self.edit)

    @property
    def before_duplicates(self) -> Recipe:
        """The same without the rules that name duplicates: what those are looked for among."""
        columns = {each.column for each in self.duplicates}
        rules = tuple(rule for rule in self.rule if not columns & set(rule.columns))
        return dataclasses.replace(
            self, name=f"{self.name}-with-duplicates", rule=rules, duplicates=(), contaminants=(), resample=None
        )

    def resolved(self) -> dict[str, Any]:
        """The recipe with every default written out, as the manifest keeps it."""
        return dataclasses.asdict(self)


def bundled_recipes() -> dict[str, Path]:
    """The recipes that come with corpusmill, by name."""
    return {path.stem: path for path in sorted([*BUNDLED.glob("*.toml"), *BUNDLED.glob("reference/*.toml")])}


def load(name_or_path: str, settings: Sequence[str] = (), columns: Sequence[str] = ()) -> Recipe:
    """Read and check a recipe; raises RecipeError with all its mistakes.

    `columns`: what rules may name beside signals.
    """
    path = _find(name_or_path)
    mistakes: list[str] = []
    table = _with_parents(path, mistakes, seen=())
    source = Source(path.name, path.read_text(encoding="utf-8"))
    for setting in settings:
        apply_setting(table, setting, mistakes)
    table.pop("extends", None)
    _name_segments(table)
    recipe: Recipe | None = build(Recipe, table, source, mistakes)
    named = [f"{name}_duplicate" for name in _names(table, "duplicates")]
    named += [f"{name}_{column}" for name in _names(table, "contaminants") for column in COLUMNS]
    mistakes += _unknown_signals(table, source, [*columns, *named])
    if recipe is None or mistakes:
        raise RecipeError(mistakes)
    return recipe


def _find(name_or_path: str) -> Path:
    known = bundled_recipes()
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    if not path.is_file():
        hint = nearest(name_or_path, known)
        raise RecipeError(
            [f"{name_or_path} is neither a file nor a bundled recipe.{hint}  (corpusmill recipes lists all)"]
        )
    return path


def _with_parents(path: Path, mistakes: list[str], seen: tuple[Path, ...]) -> dict[str, Any]:
    """The table in `path` over those that it extends."""
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError([f"{path.name} is not TOML: {error}"]) from None
    except RecursionError:
        raise RecipeError([f"{path.name} is no recipe: its lists or tables lie in one another too deeply"]) from None
    parents = table.get("extends", [])
    merged: dict[str, Any] = {}
    place = Source(path.name, text).place(("extends",))
    for parent in map(str, parents if isinstance(parents, list) else [parents]):
        if parent not in bundled_recipes() and (Path(parent).is_absolute() or ".." in Path(parent).parts):
            wanted = "wanted a bundled recipe, or a file beside this one or below"
            mistakes.append(f"{place}  extends {parent!r} leaves the folder of the recipe; {wanted}")
            continue
        try:
            parent_path = _find(parent if parent in bundled_recipes() else str(path.parent / parent))
        except RecipeError as error:
            mistakes.append(f"{place}  extends: {error}")
            continue
        if parent_path in (path, *seen):
            raise RecipeError([f"{path.name} extends itself by way of {parent_path.name}"])
        merged = _merge(merged, _with_parents(parent_path, mistakes, (path, *seen)))
    return _merge(merged, table)


def _merge(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    merged = dict(parent)
    for name, value in child.items():
        if isinstance(value, dict) and isinstance(parent.get(name), dict):
            merged[name] = _merge(parent[name], value)
        elif name in _NAMED and isinstance(value, list) and isinstance(parent.get(name), list):
            own = {each.get("name"): each for each in value if isinstance(each, dict)}
            kept = [_replaced(name, each, own.pop(each.get("name"), None)) for each in parent[name]]
            merged[name] = [*kept, *own.values()]
        else:
            merged[name] = value
    return merged


def _replaced(kind: str, parent: dict[str, Any], child: dict[str, Any] | None) -> dict[str, Any]:
    """A rule takes the place of that of the same name; an edit changes what it says of it."""
    if child is None:
        return parent
    return _merge(parent, child) if kind == "edit" else child


def apply_setting(table: dict[str, Any], setting: str, mistakes: list[str]) -> None:
    """Apply `a.b=value`; `rule.NAME.max=3` addresses a rule by its name, as `edit.NAME.line.NAME.max=3`."""
    dotted, found, text = setting.partition("=")
    if not found:
        mistakes.append(f"--set {setting}: wanted key=value, as language.threshold=0.6")
        return
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        value = text  # a bare word is a text
    *parents, last = dotted.strip().split(".")
    place: Any = table
    for part in parents:
        if isinstance(place, list):
            named = {rule.get("name"): rule for rule in place if isinstance(rule, dict)}
            if part not in named:
                mistakes.append(f"--set {setting}: no rule is called {part!r}.{nearest(part, map(str, named))}")
                return
            place = named[part]
        else:
            place = place.setdefault(part, {})
        if not isinstance(place, dict | list):
            mistakes.append(f"--set {setting}: {part} is no table")
            return
    if isinstance(place, list):
        mistakes.append(f"--set {setting}: wanted rule.NAME.min or rule.NAME.max")
        return
    place[last] = value


def _name_segments(table: dict[str, Any]) -> None:
    """Put the names of `[segment]` where rules and edits say {words} and {sentences}."""
    given = table.get("segment")
    names = dataclasses.asdict(SegmentParameters()) | (given if isinstance(given, dict) else {})

    def named(value: Any) -> Any:
        if isinstance(value, str):
            for name, chosen in names.items():
                value = value.replace(f"{{{name}}}", str(chosen))
            return value
        if isinstance(value, list):
            return [named(each) for each in value]
        return {key: named(each) for key, each in value.items()} if isinstance(value, dict) else value

    for part in ("rule", "edit"):
        if part in table:
            table[part] = named(table[part])


def _unknown_signals(table: dict[str, Any], source: Source, others: Sequence[str]) -> list[str]:
    """Rules over columns that nothing measures, on texts that there are."""
    from corpusmill.signals.registry import SIGNALS

    mistakes = []
    edits = [
        str(edit.get("name")) for _, edit in _listed(table, ("edit",)) if isinstance(edit, dict) and "name" in edit
    ]
    for path, value in _expressions(table):
        try:
            parsed = Expression.parse(value)
        except ValueError:
            continue  # Rule.mistakes or ResampleParameters.mistakes has said it
        of_lines = {name for name, signal in SIGNALS.items() if pa.types.is_list(signal.dtype)}
        if "line" not in path:  # there a value is that of one line
            for column in sorted({column.rpartition(".")[2] for column in parsed.numbers} & of_lines):
                mistakes.append(
                    f'{source.place(path)}  "{column}" has a value a line; wanted sum({column}), or mean, count'
                )
        for column in sorted({column.rpartition(".")[2] for column in parsed.lists} & (set(SIGNALS) - of_lines)):
            mistakes.append(f'{source.place(path)}  "{column}" has one value: there is no sum, mean or count of it')
        for column in parsed.columns:
            if text_of(column) not in (STORED, *edits):
                wanted = ", ".join(edits) or "[[edit]]"
                mistakes.append(f'{source.place(path)}  there is no edit "{text_of(column)}"; wanted {wanted}')
            known = [*SIGNALS, *others] if text_of(column) == STORED else list(SIGNALS)
            name = column.rpartition(".")[2]
            if name not in known:
                hint = nearest(name, known)
                mistakes.append(
                    f'{source.place(path)}  signal "{name}" is unknown.{hint}  (corpusmill signals lists all)'
                )
    return mistakes


def _names(table: dict[str, Any], kind: str) -> list[str]:
    """Of the tables of a list that have one."""
    return [str(each["name"]) for _, each in _listed(table, (kind,)) if isinstance(each, dict) and "name" in each]


def _expressions(table: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where the table has expressions over signals, and what they are."""
    holders: list[tuple[tuple[str | int, ...], Any]] = [(("resample",), table.get("resample"))]
    holders += _listed(table, ("rule",))
    for path, edit in _listed(table, ("edit",)):
        if isinstance(edit, dict):
            holders += [*_listed(edit, (*path, "line")), *_listed(edit, (*path, "total"))]
    for path, holder in holders:
        if isinstance(holder, dict) and isinstance(holder.get("value"), str):
            yield (*path, "value"), holder["value"]


def _listed(table: dict[str, Any], path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Any]]:
    found = table.get(str(path[-1]))
    return [((*path, number), each) for number, each in enumerate(found)] if isinstance(found, list) else []
