"""Named replacements: tables, and any text against plain Python."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.edits import reference_edits as plain
from corpusmill.rules.replace.compose import composed
from corpusmill.rules.replace.dclm import top_level_domains
from corpusmill.rules.replace.registry import REPLACEMENTS, replacement
from corpusmill.rules.replace.spans import Replaced, replay, spliced, stored
from corpusmill.schema import REPLACEMENTS as STORED
from tests.kernels.texts import needs_unicode_14, texts


def after(name: str, given_texts: list[str]) -> list[str]:
    """The texts with a replacement; what is stored of it makes the same of them."""
    batch = TextBatch(pa.array(given_texts, pa.string()))
    replaced = REPLACEMENTS[name].function(batch)
    found = spliced(batch, replaced).to_pylist()
    lists = stored(batch, replaced)
    assert lists.type == STORED
    assert replay(batch.texts, lists).to_pylist() == found
    by_hand = [
        plain.replaced(text, [(each["start"], each["end"], each["text"]) for each in spans or []])
        for text, spans in zip(given_texts, lists.to_pylist(), strict=True)
    ]
    assert by_hand == found
    return found


TABLE = [
    ("newlines", "a\n\n\n\nb\n\nc\n\n\n", "a\n\nb\n\nc\n\n"),
    ("newlines", "\n\n \n\n\n", "\n\n \n\n"),
    ("citations", "a[1] b [edit].", "a b ."),
    ("urls", "see  https://www.example.com/a?b=(c) now", "see now"),
    ("urls", "at 10.0.0.1:80/x, ftp://1.2.3.4 and 1.2.3", "at, and 1.2.3"),
    ("urls", "Mail me@site.org.", "Mail"),  # the full stop is taken for a path
    ("urls", "end.Then go", "end.Then go"),  # domains are found in lower case
    ("urls", "e.g. this", "e.g. this"),
    ("urls", "9999.1.2.3.4 v1.2.3.4", "9999 v1.2.3.4".replace("9999", "9999.")),
    ("urls", "x.भारत/ü", "ü"),
    ("urls", "12 spaces" + " " * 12 + "a.de", "12 spaces  "),
    ("urls", "a" * 300 + ".com", "a" * 44),  # hosts have at most 256 characters
    ("dclm_urls", "In a.com", "In"),
    ("dclm_urls", "When: a.com 1.2.3.4", "When: a.com"),  # no domain begins as this text does
    ("dclm_urls", "", ""),
    ("dclm_items_in_cart", "3 Items in Cart\nitems in cart\n\nb", "3\n\nb"),
    (
        "dclm_items_in_cart",
        "one two three four five six seven eight items in cart",
        "one two three four five six seven eight items in cart",
    ),
    ("dclm_items_in_cart", "\u0130tems in\u00a0cart, \u0130tem\u017f in cart!", "\u0130tems in\u00a0cart,!"),
    ("dclm_read_more", "Text Read more...\nread more!!!\nread more.. a", "Text\nread more.. a"),
    ("dclm_read_more", "read more…é \nb read more…é ", "b"),  # any three characters
    ("dclm_sign_in", "Sign-In now\nplease sign-in\n \nb", "now\nplease sign-in\nb"),
    ("fineweb2_symbol_lines", "a\n| |\n|\nb\n \nc\n", "a\n\n\nb\n \nc"),
    ("fineweb2_symbol_lines", "||", "\n"),
    ("fineweb2_symbol_lines", " \n|\u00a0|", " \n|\u00a0|"),
]


@pytest.mark.parametrize(("name", "text", "expected"), TABLE)
def test_replacements(name: str, text: str, expected: str):
    assert after(name, ["x", text, ""])[1] == expected


ADDRESSES = [
    "a",
    "Z9",
    ".",
    ".com",
    ".co",
    "uk",
    ".भारत",
    "भारतम्",
    "://",
    "http",
    "https://",
    "ftp://",
    "/",
    "?",
    " ",
    "\n",
    "\u3000",
    "é",
    "_",
    "-",
    "(",
    "1.2.3.4",
    "255.",
    "9.",
    "12",
    "300.",
    " " * 9,
]
addresses = st.lists(st.lists(st.sampled_from(ADDRESSES), max_size=14).map("".join), max_size=3)


@needs_unicode_14
@settings(derandomize=True, max_examples=500, deadline=None)
@given(addresses)
def test_urls_of_any_text(given_texts: list[str]):
    domains = top_level_domains()
    assert after("urls", given_texts) == [plain.without_quads(plain.without_urls(x, domains)) for x in given_texts]


@needs_unicode_14
@settings(derandomize=True, max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["a" * 100, "b" * 57, ".com", ".x", "http://", " "]), max_size=9).map("".join))
def test_long_hosts(text: str):
    assert after("urls", [text]) == [plain.without_quads(plain.without_urls(text, top_level_domains()))]


def test_dclm_looks_at_the_first_letters_of_a_text():
    domains = [domain.lower() for domain in top_level_domains()]
    heads = ["In", "COMpany", "Wh", "7", " in", "भारत", "x", "XXX", "\u017fo"]
    found = after("dclm_urls", [f"{head} at a.com" for head in heads])
    begins = [any(head.lower().startswith(domain) for domain in domains) for head in heads[:-1]]
    assert [text.endswith("a.com") for text in found] == [*(not each for each in begins), False]


PHRASES = {
    "dclm_items_in_cart": ("items in cart", "anywhere"),
    "dclm_read_more": ("read more...", "suffix"),
    "dclm_sign_in": ("sign-in", "prefix"),
}
WORDS = [
    "Items in cart",
    "items",
    "\u0130tems in cart",
    "Read more",
    "...",
    "!",
    "é",
    "Sign-in",
    "\u017fign-\u0131n",
    " ",
    " ",
    "\u2003",
    "\n",
    "a b c d e",
]


@needs_unicode_14
@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
def test_phrases_of_any_text(text: str):
    for name, (phrase, where) in PHRASES.items():
        assert after(name, [text]) == [plain.without_phrase(text, phrase, where, 10)], name


@needs_unicode_14
@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from("\n\n\n|  a\r\x85"), max_size=20).map("".join), max_size=3))
def test_newlines_and_symbol_lines_of_any_text(given_texts: list[str]):
    assert after("newlines", given_texts) == [plain.short_newlines(text, 2) for text in given_texts]
    assert after("fineweb2_symbol_lines", given_texts) == [plain.symbol_lines(text, "|") for text in given_texts]


@st.composite
def edits(draw: st.DrawFn, text: str) -> list[tuple[int, int, str]]:
    """Ascending, disjoint spans of a text, and what stands there instead."""
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return [(start, end, draw(st.sampled_from(["", "é", "xyz", "\n"]))) for start, end in pairs]


@st.composite
def edited_texts(draw: st.DrawFn) -> list[tuple[str, list[tuple[int, int, str]]]]:
    found = draw(st.lists(texts, max_size=3))
    return [(text, draw(edits(text))) for text in found]


def lists_of(spans: list[list[tuple[int, int, str]]]) -> pa.Array:
    return pa.array([[{"start": a, "end": b, "text": c} for a, b, c in each] for each in spans], STORED)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(edited_texts())
def test_replay_makes_the_text_after(given_texts: list[tuple[str, list[tuple[int, int, str]]]]):
    before = pa.array([text for text, _ in given_texts], pa.large_string())
    found = replay(before, lists_of([spans for _, spans in given_texts]))
    assert found.to_pylist() == [plain.replaced(text, spans) for text, spans in given_texts]


def test_replay_of_lists_that_are_null_sliced_or_too_few():
    lists = pa.array([[{"start": 0, "end": 1, "text": "x"}], None, [{"start": 0, "end": 0, "text": "é"}], []], STORED)
    before = pa.array(["0", "abc", "b", "c", "d"])
    assert replay(before.slice(1), lists).to_pylist() == ["xbc", "b", "éc", "d"]
    assert replay(before.slice(3), lists.slice(2)).to_pylist() == ["éc", "d"]
    with pytest.raises(ValueError, match="4 lists of replacements for 5 texts"):
        replay(before, lists)


@st.composite
def twice_edited(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]], list[tuple[int, int, str]]]:
    text = draw(texts)
    first = draw(edits(text))
    return text, first, draw(edits(plain.replaced(text, first)))


def replaced_of(batch: TextBatch, spans: list[tuple[int, int, str]]) -> Replaced:
    """Spans of code points of the one text of a batch."""
    text = batch.texts[0].as_py()
    starts = [len(text[:start].encode()) for start, _, _ in spans]
    ends = [len(text[:end].encode()) for _, end, _ in spans]
    inserted = pa.array([each for _, _, each in spans], pa.string())
    return Replaced(
        *(pa.array(x, pa.int64()).to_numpy() for x in (starts, ends)), inserted, pa.array([0, len(spans)]).to_numpy()
    )


@settings(derandomize=True, max_examples=300, deadline=None)
@given(twice_edited())
def test_two_replacements_as_one(case: tuple[str, list[tuple[int, int, str]], list[tuple[int, int, str]]]):
    text, first, second = case
    before = TextBatch(pa.array([text], pa.large_string()))
    one = replaced_of(before, first)
    middle = TextBatch(spliced(before, one))
    both = composed(before, one, middle, replaced_of(middle, second))
    assert spliced(before, both).to_pylist() == [plain.replaced(plain.replaced(text, first), second)]
    assert (both.starts[1:] > both.ends[:-1]).all()  # spans that meet are one
    assert len(both.starts) <= len(first) + len(second)


def test_a_replacement_has_its_own_name_once():
    with pytest.raises(ValueError, match="two replacements are called newlines"):
        replacement("newlines", source="", version=1)(REPLACEMENTS["newlines"].function)
    with pytest.raises(ValueError, match="give it that name"):
        replacement("other", source="", version=1)(REPLACEMENTS["newlines"].function)
    assert all(each.definition for each in REPLACEMENTS.values())
