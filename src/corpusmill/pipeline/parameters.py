"""The tables `[paragraphs]`, `[perplexity]`, `[[contaminants]]` and `[cut]` of a recipe."""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.rules.rule import Rule

ALL = "all"  # the selection that no recipe makes: every document
CUT_RULE = "cut_to_nothing"  # what a document fails of which too little is left
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


@dataclass(frozen=True)
class ContaminantParameters:
    """One `[[contaminants]]` of a recipe: as `corpusmill decontaminate`; rules may name the columns `NAME_hits`, …"""

    name: str
    index: str  # folder made by corpusmill contaminants build
    style: str | None = None  # that the index has to be of; None: any


@dataclass(frozen=True)
class CutParameters:
    """The texts of a selection are those of its documents without these spans; nothing is stored but their name.

    Documents that are cut around `contaminants` fall into several texts; those of which none is left are dropped.
    """

    spans: str | None = None  # NAME of corpusmill dedupe --method substring
    contaminants: str | None = None  # NAME of corpusmill decontaminate
    min_chars: int = 20  # documents of which less is left, white space not counted, are dropped (RefinedWeb); 0: none

    def mistakes(self) -> list[str]:
        found = [f"cut.min_chars {self.min_chars}: wanted 0 or more"] if self.min_chars < 0 else []
        if (self.spans is None) == (self.contaminants is None):
            found.append("cut: wanted spans or contaminants, one of them")
        return found

    @property
    def of(self) -> str:
        """What is cut, as layout.cut_spans names it."""
        return self.spans if self.spans is not None else f"contaminants/{self.contaminants}"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What drops documents of which too little is left."""
        if self.spans is None:
            return (Rule(CUT_RULE, f"{self.contaminants}_pieces", min=1),)
        return (Rule(CUT_RULE, f"{self.spans}_left_chars", min=self.min_chars),) if self.min_chars else ()
