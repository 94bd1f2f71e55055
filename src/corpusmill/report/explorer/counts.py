"""What moved limits keep of the full run: by the rules themselves, so it is what `corpusmill select` would keep."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.errors import Refused
from corpusmill.report.payload.chosen import Chosen, choose, taken
from corpusmill.report.payload.measured import measures
from corpusmill.report.payload.verdicts import verdicts
from corpusmill.rules.rule import Rule

_REMEMBERED_BYTES = 1 << 29  # of values that stay in memory: 8 bytes a document each
_EVERYTHING = 1 << 62
_SNIPPET_CHARS = 400

Values = npt.NDArray[np.float64]


class Counted(NamedTuple):
    """What a set of rules keeps."""

    documents: int
    kept: int
    characters: int
    characters_kept: int


@dataclass
class FullRun:
    """All measured documents of a run; values are read once."""

    root: Path
    _values: dict[str, Values] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.chosen: Chosen = choose(self.root, _EVERYTHING)
        self.characters = self._characters()

    def values(self, expressions: Sequence[str]) -> dict[str, Values]:
        """One value a document of each; raises Refused where no table has the columns."""
        with self._lock:
            missing = sorted(set(expressions) - self._values.keys())
            if missing:
                try:
                    read = measures(self.root, self.chosen, missing, everything=False).values
                except ValueError as error:
                    raise Refused(str(error)) from error
                unknown = [text for text in missing if text not in read]
                if unknown:
                    raise Refused(f"no table of the run has the columns of {unknown[0]!r}")
                if (len(self._values) + len(read)) * 8 * self.chosen.documents > _REMEMBERED_BYTES:
                    self._values = {text: values for text, values in self._values.items() if text in expressions}
                self._values |= read
            return {text: self._values[text] for text in expressions}

    def count(self, rules: Sequence[Rule], selection: str | None, fixed: Sequence[str]) -> Counted:
        """What `rules` keep, and of `selection` the stored verdicts of the rules named in `fixed`."""
        kept = np.ones(self.chosen.documents, np.bool_)
        values = self.values([rule.value for rule in rules])
        for rule in rules:
            kept &= ~_fails(rule, values[rule.value])
        if fixed and selection is not None:
            found = verdicts(self.root, selection, list(fixed), self.chosen, [])
            if found is None:
                raise Refused(f"the run has no verdicts of {selection!r} for all documents")
            kept &= ~found.fails.any(axis=0)
        own = self.characters
        return Counted(len(kept), int(kept.sum()), int(own.sum()), int(own[kept].sum()))

    def border(self, expression: str, limit: float, side: str, most: int = 5) -> dict[str, list[dict[str, Any]]]:
        """The nearest documents on each side of a limit, with the beginning of their text."""
        values = self.values([expression])[expression]
        inside = values < limit if side == "min" else values <= limit
        below = self._first(np.flatnonzero(inside), -values, most)
        above = self._first(np.flatnonzero(~inside & ~np.isnan(values)), values, most)
        kept, dropped = (above, below) if side == "min" else (below, above)
        return {"kept": self._described(kept, values), "dropped": self._described(dropped, values)}

    def _first(self, numbers: npt.NDArray[np.int64], by: Values, most: int) -> npt.NDArray[np.int64]:
        """The `most` of `numbers` with the least `by`, ties by hash; only they are sorted, not all."""
        if len(numbers) > most:
            last = np.partition(by[numbers], most - 1)[most - 1]
            numbers = numbers[by[numbers] <= last]
        return numbers[np.lexsort((self.chosen.ranks[numbers], by[numbers]))][:most]

    def _described(self, numbers: npt.NDArray[np.int64], values: Values) -> list[dict[str, Any]]:
        """Id, address, value and the beginning of the text of each, in the order given."""
        starts = np.concatenate([[0], np.cumsum(self.chosen.sizes)])
        found: dict[int, dict[str, Any]] = {}
        places = np.searchsorted(starts, numbers, "right") - 1
        for place in np.unique(places).tolist():
            own = np.sort(numbers[places == place])
            table = self.root / "documents" / f"{self.chosen.paths[place]}.parquet"
            columns = taken(table, ["doc_id", "url", "raw_content"], own - starts[place])
            for row, number in enumerate(own.tolist()):
                text = {name: column[row].as_py() for name, column in columns.items()}
                shown = (text.get("raw_content") or "")[:_SNIPPET_CHARS]
                value = float(values[number])
                found[number] = {"id": text.get("doc_id"), "url": text.get("url"), "text": shown, "value": value}
        return [found[number] for number in numbers.tolist()]

    def _characters(self) -> npt.NDArray[np.int64]:
        parts = [np.zeros(0, np.int64)]
        for path, size in zip(self.chosen.paths, self.chosen.sizes, strict=True):
            table = self.root / "documents" / f"{path}.parquet"
            if table.is_file():
                parts.append(pq.read_table(table, columns=["length"])["length"].fill_null(0).to_numpy())
            else:
                parts.append(np.zeros(size, np.int64))
        return np.concatenate(parts)


def _fails(rule: Rule, values: Values) -> npt.NDArray[np.bool_]:
    """The rule's verdict on values that are there."""
    named = Rule("value", "value", **{name: getattr(rule, name) for name in _limits(rule)})
    return named.verdict({"value": pa.array(values, pa.float64(), from_pandas=False)}, len(values))[0]


def _limits(rule: Rule) -> list[str]:
    return [name for name in ("min", "max", "above", "below", "pass_missing") if hasattr(rule, name)]
