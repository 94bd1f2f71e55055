"""The tables `[paragraphs]` and `[perplexity]` of a recipe."""

from __future__ import annotations

from dataclasses import dataclass

CUTOFFS = ("percentiles", "ccnet")


@dataclass(frozen=True)
class ParagraphParameters:
    """CCNet's deduplication of paragraphs."""

    min_chars: int = 300  # shorter documents are dropped before (CCNet's min_len)
    group_inputs: int = 50  # a paragraph is looked for in so many inputs, its own among them (CCNet's hash_in_mem)

    def mistakes(self) -> list[str]:
        wrong = self.group_inputs < 1
        return [f"paragraphs.group_inputs {self.group_inputs}: wanted at least 1"] if wrong else []


@dataclass(frozen=True)
class PerplexityParameters:
    """Perplexity by language, and what is head, middle and tail."""

    models: str  # folder of models by language: corpusmill train lm --out MODELS/en
    cutoffs: str = "percentiles"  # of this corpus; or "ccnet": its fixed ones, for its published models
    head_percentile: float = 30
    middle_percentile: float = 60

    def mistakes(self) -> list[str]:
        found = []
        if self.cutoffs not in CUTOFFS:
            found.append(f"perplexity.cutoffs {self.cutoffs!r} is unknown; wanted {' or '.join(CUTOFFS)}")
        if not 0 <= self.head_percentile <= self.middle_percentile <= 100:
            found.append("perplexity: wanted 0 <= head_percentile <= middle_percentile <= 100")
        return found
