"""How texts are cut into the pieces that line rules judge, and how what is left of them is joined.

The line signals of a split are called `PREFIX_…`; `PREFIX_start` and `PREFIX_end` are the spans of its pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from corpusmill.batch import TextBatch
from corpusmill.segment.names import SENTENCES
from corpusmill.segment.pieces import Cuts, Pieces, citations, newline_lines, no_cuts, stripped_lines


@dataclass(frozen=True)
class Split:
    """A way to cut a text; what it is worth is measured by the line signals of its prefix."""

    prefix: str  # of the columns
    pieces: Callable[[TextBatch], Pieces]
    cuts: Callable[[TextBatch, Pieces], Cuts]  # what is deleted inside the pieces that stay
    separator: str  # between the pieces that stay
    strip: bool  # white space at the ends of the result goes

    @property
    def span_columns(self) -> tuple[str, str]:
        """The line signals that say where each piece starts and ends, in code points of the text."""
        return f"{self.prefix}_start", f"{self.prefix}_end"


def _sentences(splitter: str) -> Callable[[TextBatch], Pieces]:
    def pieces(batch: TextBatch) -> Pieces:
        from corpusmill.segment.sentences import sentence_spans

        return Pieces(*sentence_spans(batch.texts, splitter))

    return pieces


SPLITS = {
    "c4": Split("c4_lines", stripped_lines, citations, "\n", True),
    "dclm": Split("dclm_lines", newline_lines, no_cuts, "\n", True),
    "quality": Split("quality_lines", stripped_lines, no_cuts, "\n", True),
    "dclm_unstripped": Split("dclm_lines", newline_lines, no_cuts, "\n", False),
    **{
        f"c4_sentences_{splitter}": Split(f"c4_sentences_{splitter}", _sentences(splitter), citations, " ", True)
        for splitter in SENTENCES
    },
}
