"""Conservation: every record that was read is kept, or has a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from corpusmill.schema import Loss


class StageCounts:
    """What goes into each stage comes out, or has a reason."""

    def __init__(self, stages: Sequence[str]) -> None:
        self.stages = list(stages)
        self.kept = 0
        self.lost: dict[str, dict[str, Counter[str]]] = {
            stage: {"dropped": Counter(), "quarantined": Counter()} for stage in stages
        }

    def count(self, kept: int, losses: Sequence[Loss]) -> None:
        self.kept += kept
        for loss in losses:
            self.lost[loss.stage][loss.fate][loss.reason] += 1

    def total(self, fate: str) -> int:
        return sum(sum(lost[fate].values()) for lost in self.lost.values())

    def as_list(self) -> list[dict[str, Any]]:
        """From the last stage back: what a stage kept is what the next one got."""
        table: list[dict[str, Any]] = []
        kept = self.kept
        for stage in reversed(self.stages):
            lost = {fate: dict(sorted(reasons.items())) for fate, reasons in self.lost[stage].items()}
            got = kept + sum(sum(reasons.values()) for reasons in lost.values())
            table.append({"stage": stage, "in": got, "kept": kept, **lost})
            kept = got
        return table[::-1]
