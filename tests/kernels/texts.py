"""Texts that are hard on the kernels, for tables and for hypothesis."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import strategies as st

CODE_POINTS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
MARKS = [c for c in CODE_POINTS if unicodedata.combining(c)]
AWKWARD = list(
    "ΣσςİIıßﬁ각가힣ǅ\u0345ʰ\u00ad\u200d.:·'’#{}…“”!?…_-0½Ⅷ٣一²"
    "\x00\x01\x1c\x1f\x7f\x85\u3000\u2028\n\n\n \t\r\ufeff\uffff😀𝐀𐐀"
)
PLAIN = list("aAbBzZ19  ...")

# Python's own tables are the oracle; later versions know more characters.
needs_unicode_14 = pytest.mark.skipif(
    unicodedata.unidata_version != "14.0.0" or sys.implementation.name != "cpython",
    reason=f"the oracle needs Unicode 14.0 (CPython 3.11); this one has {unicodedata.unidata_version}",
)

characters = st.one_of(
    st.sampled_from(PLAIN),
    st.sampled_from(AWKWARD),
    st.sampled_from(MARKS),
    st.characters(exclude_categories=["Cs"]),
)
texts = st.lists(characters, max_size=200).map("".join)
