"""RedPajama-V2's signals of content and natural language (§6); its other families stand in modules beside this."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.signals import lists
from corpusmill.signals.columns import counted, quotients, ratio, ratio_or_zero, rounded
from corpusmill.signals.names import RPV2_SIGNALS
from corpusmill.signals.registry import signal
from corpusmill.signals.repetitions import repetition

__all__ = ["RPV2_SIGNALS"]

SOURCE = "RedPajama-V2 §6"


@signal("rps_doc_curly_bracket", dtype=pa.float64(), unit="fraction of chars", source=SOURCE, version=1)
def rps_doc_curly_bracket(batch: TextBatch) -> pa.Array:
    """Occurrences of `{` and `}` over the characters of the text; 0.0 for an empty text."""
    return ratio_or_zero(batch.raw_words.braces, batch.chars)


@signal("rps_doc_ldnoobw_words", dtype=pa.float64(), unit="words", source="RedPajama-V2 §6.1", version=1)
def rps_doc_ldnoobw_words(batch: TextBatch) -> pa.Array:
    """Words and phrases of the LDNOOBW list in the normalised words, overlapping ones included.

    List entries are not normalised: those with ASCII punctuation, capitals or precomposed accents never match.
    0.0 for languages other than de, en, es, fr, it.
    """
    from corpusmill.kernels.matching.occurrences import count_phrases

    found = lists.bad_words(batch.artifacts, batch.language)
    if found is None:
        return pa.array(np.zeros(len(batch)), pa.float64())
    words = batch.words
    counts = counted(
        count_phrases,
        len(batch),
        words.data,
        words.starts,
        words.ends,
        words.hashes,
        words.offsets,
        found.first_words.table,
        found.first_words.hashes,
        found.groups,
        found.phrases,
        found.offsets,
        found.words,
    )
    return pa.array(counts.astype(np.float64))


@signal("rps_doc_lorem_ipsum", dtype=pa.float64(), unit="occurrences per char", source=SOURCE, version=1)
def rps_doc_lorem_ipsum(batch: TextBatch) -> pa.Array:
    """Occurrences of `lorem ipsum` in the normalised text over its characters; 0.0 where it is empty."""
    from corpusmill.kernels.matching.occurrences import count_substring

    words = batch.words
    starts, ends = words.spans
    wanted = np.frombuffer(b"lorem ipsum", np.uint8)
    counts = counted(count_substring, len(batch), words.data, starts, ends, wanted)
    spaces = np.maximum(words.counts - 1, 0)
    return ratio_or_zero(counts, batch.once(repetition).word_chars + spaces)


@signal("rps_doc_stop_word_fraction", dtype=pa.float64(), unit="fraction of raw words", source=SOURCE, version=1)
def rps_doc_stop_word_fraction(batch: TextBatch) -> pa.Array:
    """Raw words in the stop words of the language, case-sensitive, over all raw words; 0.0 without normalised words.

    Null for languages without a list.
    """
    from corpusmill.kernels.matching.occurrences import count_members

    found = lists.stop_words(batch.artifacts, batch.language)
    if found is None:
        return pa.nulls(len(batch), pa.float64())
    raw = batch.raw_words
    counts = counted(count_members, len(batch), raw.hashes, raw.offsets, found)
    return ratio_or_zero(counts, np.where(batch.words.counts == 0, 0, raw.counts))


@signal("rps_doc_ut1_blacklist", dtype=pa.int32(), unit="category", source="RedPajama-V2 §6.2", version=1)
def rps_doc_ut1_blacklist(batch: TextBatch) -> pa.Array:
    """Category set of the exact `source_domain` in the UT1 lists: 0..12 one category, then sets; null: not listed."""
    domains = lists.ut1_domains(batch.artifacts)
    given = batch.columns.get("source_domain")
    if domains is None or given is None:
        return pa.nulls(len(batch), pa.int32())
    return pa.array([domains.get(domain) for domain in given.to_pylist()], pa.int32())


@signal("rps_doc_frac_all_caps_words", dtype=pa.float64(), unit="fraction of raw words", source=SOURCE, version=1)
def rps_doc_frac_all_caps_words(batch: TextBatch) -> pa.Array:
    """Raw words with a cased character and none in lower or title case, over all raw words; null without raw words."""
    return ratio(batch.raw_words.capitals, batch.raw_words.counts)


@signal("rps_doc_frac_lines_end_with_ellipsis", dtype=pa.float64(), unit="fraction of lines", source=SOURCE, version=1)
def rps_doc_frac_lines_end_with_ellipsis(batch: TextBatch) -> pa.Array:
    """Lines that end in `...` or U+2026 before white space, over all lines, blank ones too; null without lines."""
    lines = batch.lines
    ends = (lines.final_dots == 3) | (lines.last_char == 0x2026)
    before = np.concatenate(([0], np.cumsum(ends)))
    return ratio(np.diff(before[lines.offsets]), np.diff(lines.offsets))


@signal("rps_doc_frac_no_alph_words", dtype=pa.float64(), unit="fraction of raw words", source=SOURCE, version=1)
def rps_doc_frac_no_alph_words(batch: TextBatch) -> pa.Array:
    """Raw words without an ASCII letter over all raw words; null without raw words."""
    raw = batch.raw_words
    return rounded(1.0 - quotients(raw.alphabetic, raw.counts), raw.counts == 0)


@signal("rps_doc_frac_unique_words", dtype=pa.float64(), unit="fraction of words", source=SOURCE, version=1)
def rps_doc_frac_unique_words(batch: TextBatch) -> pa.Array:
    """Distinct words over words; null without words."""
    return ratio(batch.once(repetition).distinct_words, batch.words.counts)


@signal("rps_doc_mean_word_length", dtype=pa.float64(), unit="chars", source=SOURCE, version=1)
def rps_doc_mean_word_length(batch: TextBatch) -> pa.Array:
    """Characters of the normalised words (NFD: an accent is one) over words; null without words."""
    return ratio(batch.once(repetition).word_chars, batch.words.counts)


@signal("rps_doc_num_sentences", dtype=pa.float64(), unit="sentences", source=SOURCE, version=1)
def rps_doc_num_sentences(batch: TextBatch) -> pa.Array:
    r"""Matches of `\\b[^.!?]+[.!?]*`: the pieces between `.`, `!` and `?` that hold a word character."""
    return pa.array(batch.raw_words.segments.astype(np.float64))


@signal("rps_doc_symbol_to_word_ratio", dtype=pa.float64(), unit="symbols per raw word", source=SOURCE, version=1)
def rps_doc_symbol_to_word_ratio(batch: TextBatch) -> pa.Array:
    """Occurrences of `#`, `...` and U+2026 over raw words; null without raw words."""
    raw = batch.raw_words
    return ratio(raw.number_signs + raw.dots + raw.ellipses, raw.counts)


@signal("rps_doc_unigram_entropy", dtype=pa.float64(), unit="nats", source=SOURCE, version=1)
def rps_doc_unigram_entropy(batch: TextBatch) -> pa.Array:
    """Entropy of the distribution of words; null without words."""
    return rounded(batch.once(repetition).entropies, batch.words.counts == 0)


@signal("rps_doc_word_count", dtype=pa.int32(), unit="words", source=SOURCE, version=1)
def rps_doc_word_count(batch: TextBatch) -> pa.Array:
    """Words of the normalised text."""
    return pa.array(batch.words.counts, pa.int32())
