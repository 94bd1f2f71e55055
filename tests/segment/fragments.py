"""Texts made of what tokenizers and sentence splitters look at, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

MARKS = list(".,:;!?'\"’“”‘`()[]{}<>-–—_/\\@#$%&*+=~^|…•€£°。！？«»„")
SPACES = [" "] * 6 + ["\n", "\t", "  ", "\n\n", "\u00a0", "\u3000", "\x85", "\x1c"]
LETTERS = [*list("abcXYZ019"), "é", "ß", "漢字", "ע", "ก", "\u200b", "²", "٣", "Ⅷ", "\ue000"]
_WORDS = """
Hello world U.S. don't He I'm 3.5 12,000 e.g. o'clock well-known dogs' end. said: http://a.b/c www.x.com x@y.z 10km 5°C
$5 10a.m. :) :-) (-: 8) ^_^ Adm. Mr. Dr. No. J. cannot gonna wanna d'ye more'n gimme gotta 'tis 'Twas `` '' 's 'll n't
... -- . . . ) ’ EE. UU. и др. т.е. z.B. aujourd'hui l'eau dell'arte The the He's He’s
"""
WORDS = _WORDS.split()

fragments = st.one_of(*map(st.sampled_from, (MARKS, SPACES, LETTERS, WORDS, SPACES)))


def texts_of(more: list[str]) -> st.SearchStrategy[list[str]]:
    """Lists of texts of these fragments and `more`."""
    pieces = st.one_of(fragments, st.sampled_from(more), st.sampled_from(more).map(lambda word: f" {word} "))
    return st.lists(st.lists(pieces, max_size=24).map("".join), min_size=1, max_size=6)
