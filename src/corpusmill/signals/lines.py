"""RedPajama-V2's line signals (§7): one list a document, one entry a line; an empty document has an empty list."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.signals.columns import DOUBLES, INTEGERS, by_line, counted, quotients
from corpusmill.signals.lists import hashes_of
from corpusmill.signals.registry import signal

SOURCE = "RedPajama-V2 §7"
TERMINAL = [ord(c) for c in ".!?”"]
BULLETS = [0x2022, 0x2023, 0x25B6, 0x25C0, 0x25E6, 0x25A0, 0x25A1, 0x25AA, 0x25AB, 0x2013]


@signal("line_ends", dtype=pa.list_(pa.int64()), unit="chars", source="RedPajama-V2 §4", version=1)
def line_ends(batch: TextBatch) -> pa.Array:
    """Where each line ends, its U+000A included; lines tile the text, so each starts where the one before it ends."""
    return by_line(batch, batch.lines.char_ends, pa.list_(pa.int64()))


@signal(
    "rps_lines_ending_with_terminal_punctution_mark", dtype=DOUBLES, unit="0 or 1 per line", source=SOURCE, version=1
)
def rps_lines_ending_with_terminal_punctution_mark(batch: TextBatch) -> pa.Array:
    """1.0 where the last character that is not white space is `.`, `!`, `?` or U+201D (spelt as in the source)."""
    return by_line(batch, np.isin(batch.lines.last_char, TERMINAL).astype(np.float64), DOUBLES)


@signal("rps_lines_javascript_counts", dtype=DOUBLES, unit="words per line", source=SOURCE, version=1)
def rps_lines_javascript_counts(batch: TextBatch) -> pa.Array:
    """Words of the normalised line that are `javascript`."""
    wanted = hashes_of(["javascript"])[0]
    first_words = batch.lines.first_words
    lines = np.searchsorted(first_words, np.flatnonzero(batch.words.hashes == wanted), side="right") - 1
    return by_line(batch, np.bincount(lines, minlength=len(first_words) - 1).astype(np.float64), DOUBLES)


@signal("rps_lines_num_words", dtype=INTEGERS, unit="words per line", source=SOURCE, version=1)
def rps_lines_num_words(batch: TextBatch) -> pa.Array:
    """Words of the normalised line."""
    return by_line(batch, np.diff(batch.lines.first_words).astype(np.int32), INTEGERS)


@signal("rps_lines_numerical_chars_fraction", dtype=DOUBLES, unit="fraction of chars", source=SOURCE, version=1)
def rps_lines_numerical_chars_fraction(batch: TextBatch) -> pa.Array:
    """Numeric characters of the normalised line over its length, spaces included; 0.0 where it is empty."""
    from corpusmill.kernels.matching.occurrences import sum_ranges
    from corpusmill.kernels.rounding import round_decimals

    lines = batch.lines
    words = counted(sum_ranges, len(lines.starts), batch.words.lengths, lines.first_words)
    lengths = words + np.maximum(np.diff(lines.first_words) - 1, 0)
    return by_line(batch, round_decimals(quotients(lines.numeric_chars, lengths)), DOUBLES)


@signal("rps_lines_start_with_bulletpoint", dtype=DOUBLES, unit="0 or 1 per line", source=SOURCE, version=1)
def rps_lines_start_with_bulletpoint(batch: TextBatch) -> pa.Array:
    """1.0 where the first character that is not white space is a bullet: • ‣ ▶ ◀ ◦ ■ □ ▪ ▫ –."""
    return by_line(batch, np.isin(batch.lines.first_char, BULLETS).astype(np.float64), DOUBLES)


@signal("rps_lines_uppercase_letter_fraction", dtype=DOUBLES, unit="fraction of chars", source=SOURCE, version=1)
def rps_lines_uppercase_letter_fraction(batch: TextBatch) -> pa.Array:
    """Upper-case characters of the line over its length, its U+000A included."""
    from corpusmill.kernels.rounding import round_decimals

    lines = batch.lines
    lengths = lines.char_ends - lines.char_starts
    return by_line(batch, round_decimals(quotients(lines.uppercase_chars, lengths)), DOUBLES)
