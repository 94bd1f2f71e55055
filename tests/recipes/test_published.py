"""Bundled recipes: each loads, says where it comes from, and has the thresholds of its specification, no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpusmill.pipeline.recipe import Recipe, bundled_recipes, load
from corpusmill.rules.edit import LineRule
from corpusmill.rules.rule import Rule
from corpusmill.segment.names import SENTENCES, WORDS
from tests.recipes.vectors import verdicts

Limits = dict[str, dict[str, float | str]]  # by rule, as EDIT.RULE in an edit

SLOW = {*WORDS, *SENTENCES} - {"fast", "uax29"}

# specs/gopher.md §2
GOPHER_QUALITY: Limits = {
    "gopher_short_doc": {"min": 50},
    "gopher_long_doc": {"max": 100_000},
    "gopher_below_avg_threshold": {"min": 3},
    "gopher_above_avg_threshold": {"max": 10},
    "gopher_too_many_hashes": {"max": 0.1},
    "gopher_too_many_ellipsis": {"max": 0.1},
    "gopher_too_many_bullets": {"max": 0.9},
    "gopher_too_many_end_ellipsis": {"max": 0.3},
    "gopher_below_alpha_threshold": {"min": 0.8},
    "gopher_enough_stop_words": {"min": 2},
}
# specs/gopher.md §3
NGRAMS: Limits = {
    **{f"top_{n}_gram": {"max": limit} for n, limit in ((2, 0.20), (3, 0.18), (4, 0.16))},
    **{
        f"duplicated_{n}_n_grams": {"max": limit}
        for n, limit in ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10))
    },
}
DUPLICATES: Limits = {
    "dup_para_frac": {"max": 0.30},
    "dup_para_char_frac": {"max": 0.20},
    "dup_line_frac": {"max": 0.30},
    "dup_line_char_frac": {"max": 0.20},
}
GOPHER: Limits = {"empty": {"min": 1}, **DUPLICATES, **NGRAMS, **GOPHER_QUALITY}

# specs/c4.md §3, §6
C4_LINES: Limits = {
    "c4.too_long_word": {"max": 1000},
    "c4.too_few_words": {"min": 3},
    "c4.lorem_ipsum": {"max": 0, "drop": "document"},
    "c4.javascript": {"max": 0},
    "c4.curly_bracket": {"max": 0, "drop": "document"},
    "c4.policy": {"max": 0},
    "c4.too_few_sentences": {"min": 5},
}
C4_DATATROVE: Limits = {**C4_LINES, "c4.no_terminal_punc": {"min": 1}, "document_removed_with_badwords": {"max": 0}}
C4_TFDS: Limits = {
    "page_length": {"max": 190_000},
    "c4.too_long_word": {"max": 1000},
    "c4.no_endmark": {"min": 1},
    "c4.too_short": {"min": 5},
    "c4.loremipsum": {"max": 0, "drop": "document"},
    "c4.javascript": {"max": 0},
    "c4.squigglybracket": {"max": 0, "drop": "document"},
    "c4.policy": {"max": 0},
    "c4.too_few_sentences": {"min": 3},
    "badwords": {"max": 0},
}
# specs/fineweb.md §2: now, and as published
FINEWEB: Limits = {
    **GOPHER,
    **C4_LINES,
    "no_lines": {"min": 1},
    "line_punct_ratio": {"min": 0.12},
    "short_line_ratio": {"max": 0.67},
    "char_dup_ratio": {"max": 0.01},
    "list_ratio": {"max": 0.3},
}
FINEWEB_V1: Limits = {
    **{name: limits for name, limits in GOPHER.items() if name != "empty"},
    **C4_LINES,
    "EXCEPTION ZeroDivisionError": {"min": 1},
    "line_punct_ratio": {"above": 0.12},
    "short_line_ratio": {"below": 0.67},
    "char_dup_ratio": {"below": 0.01},
    "list_ratio": {"max": 0.3},
}
# specs/fineweb.md §6
FINEWEB_2: Limits = {
    "empty": {"min": 1},
    "dup_line_frac": {"max_setting": "max_duplicate_line_fraction"},
    **{f"top_{n}_gram": {"max_setting": f"max_top_ngram_fractions.{n}"} for n in (2, 3, 4)},
    **{f"duplicated_{n}_n_grams": {"max_setting": f"max_duplicate_ngram_fractions.{n}"} for n in range(5, 11)},
    "no_lines": {"min": 1},
    "line_punct_ratio": {"min_setting": "min_line_punctuation_fraction"},
    "char_dup_ratio": {"max": 0.1},
    "list_ratio": {"max_setting": "max_newlines_per_token"},
    **GOPHER_QUALITY,
    "gopher_below_avg_threshold": {"min_setting": "min_mean_word_length"},
    "gopher_above_avg_threshold": {"max_setting": "max_mean_word_length"},
    "gopher_below_alpha_threshold": {"min_setting": "min_alpha_token_fraction"},
}
# specs/refinedweb.md §3, §4; specs/gopher.md §3 (DCLM)
REFINEDWEB: Limits = {
    "clean.url_removal": {},
    "page_length": {"min": 50, "max": 100_000},
    "word_length": {"min": 3, "max": 10},
    "symbol_ratio": {"max": 0.1},
    "bullet": {"max": 0},
    "ellipsis": {"max": 0},
    "alphabetic": {"max": 0.2},
    "stop_word": {"min": 2},
    "repetition_line_count": {"max": 0.3},
    "repetition_paragraph_count": {"max": 0.3},
    "repetition_line_chars": {"max": 0.2},
    "repetition_paragraph_chars": {"max": 0.2},
    **{
        f"repetition_ngram_{n}": {"max": limit}
        for n, limit in zip(range(2, 11), (0.2, 0.18, 0.16, 0.15, 0.14, 0.13, 0.12, 0.11, 0.1), strict=True)
    },
    "uppercase.uppercase": {"max": 0.5},
    "uppercase.uppercase_empty": {},
    "numeric.numeric": {"max": 0.999999},
    "numeric.numeric_empty": {},
    "counter.counter": {"max": 0},
    "counter.counter_empty": {},
    "line_length.line_length": {"min": 2},
    "line_length.line_length_empty": {},
    "short.short_empty": {},
    "word_removal_ratio": {"max": 0.05},
}
# specs/refinedweb.md §2
URLS: Limits = {
    "domain": {"max": 0},
    "subdomain": {"max": 0},
    "url": {"max": 0},
    "hard_blacklisted": {"max": 0},
    "soft_blacklisted": {"max": 1},
    "blacklisted_subword": {"max": 0},
}
DCLM_URLS: Limits = {
    "domain": {"max": 0},
    "strict_words": {"max": 0},
    "hard_words": {"max": 0},
    "soft_words": {"max": 1},
}
# specs/redpajama_v2.md
REDPAJAMA: Limits = {
    "word_count": {"min": 50, "max": 10_000},
    "mean_word_length": {"min": 3, "max": 10},
    "symbol_to_word_ratio": {"max": 0.1},
    "bullet_line_fraction": {"max": 0.9},
    "top_2gram_fraction": {"max": 0.2},
}

PUBLISHED: dict[str, Limits] = {
    "gopher": GOPHER,
    "c4": C4_TFDS,
    "c4-datatrove": C4_DATATROVE,
    "fineweb": FINEWEB,
    "fineweb-v1": FINEWEB_V1,
    "fineweb-pii": FINEWEB,
    "fineweb-deduplicated": {**FINEWEB, "near_duplicate": {"max": 0}},
    "fineweb2": FINEWEB_2,
    "fineweb-urls": URLS,
    "refinedweb": REFINEDWEB,
    "refinedweb-urls": {**DCLM_URLS, "curated_host": {"max": 0}},
    "dclm-heuristics": REFINEDWEB,
    "redpajama2-gopher": REDPAJAMA,
    "redpajama2": {},
    "ccnet": {},
    "keep-all": {},
    "line-quality": {"lines.noise": {"min": 0.5}, "lines.no_line_left": {}},
    # specs/decontamination.md
    "decontaminate": {"contaminated": {"max": 0}},
    "decontaminate-report": {},
    "decontaminate-gpt3": {},
    "decontaminate-palm": {"contaminated": {"below": 0.7}},
    "decontaminate-dolma": {"contaminated": {"max": 0}},
    "decontaminate-datatrove": {"contaminated": {"max": 0}},
}


def own(name: str) -> Path:
    return bundled_recipes()[name]


def is_reference(name: str) -> bool:
    return own(name).parent.name == "reference"


def limits(rule: Rule | LineRule) -> dict[str, float | str]:
    found = {side: getattr(rule, side, None) for side in ("min", "max", "above", "below", "min_setting", "max_setting")}
    drops = {"drop": rule.drop} if isinstance(rule, LineRule) and rule.drop != "line" else {}
    return {side: limit for side, limit in found.items() if limit is not None} | drops


def limits_of(recipe: Recipe) -> Limits:
    found = {rule.name: limits(rule) for rule in recipe.rule}
    for edit in recipe.edit:
        found |= {f"{edit.name}.{rule.name}": limits(rule) for rule in (*edit.line, *edit.total)}
        found |= {f"{edit.name}.{edit.if_empty}": {}} if edit.if_empty else {}
    return found


def fast(name: str) -> bool:
    return name.endswith("-fast")


def test_every_published_recipe_has_a_table():
    assert {name for name in bundled_recipes() if not is_reference(name) and not fast(name)} == set(PUBLISHED)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_thresholds(name: str):
    assert limits_of(load(name)) == PUBLISHED[name]


@pytest.mark.parametrize("name", sorted(name for name in PUBLISHED if f"{name}-fast" in bundled_recipes()))
def test_fast_twins_differ_in_words_and_sentences_alone(name: str):
    exact, twin = load(name), load(f"{name}-fast")
    assert limits_of(twin) == limits_of(exact)
    assert {*exact.segment.__dict__.values()} & SLOW
    assert {*twin.segment.__dict__.values()} == {"fast"}
    ignored = ("name", "description", "segment", "rule", "edit")
    described = [{key: value for key, value in each.resolved().items() if key not in ignored} for each in (exact, twin)]
    assert described[0] == described[1]


def test_every_recipe_on_a_slow_tokenizer_has_a_fast_twin():
    slow = {name for name in PUBLISHED if uses(load(name)) & SLOW}
    assert {f"{name}-fast" for name in slow} == {name for name in bundled_recipes() if fast(name)}


def uses(recipe: Recipe) -> set[str]:
    """Tokenizers and splitters in the names of the signals that rules look at."""
    columns = {column for rule in recipe.rule for column in rule.columns}
    columns |= {column for edit in recipe.edit for column in edit.columns}
    return {name for name in SLOW if any(column.endswith(f"_{name}") for column in columns)}


@pytest.mark.parametrize("name", sorted(bundled_recipes()))
def test_header(name: str):
    recipe = load(name)
    text = own(name).read_text(encoding="utf-8")
    header = "".join(line for line in text.splitlines(keepends=True)[: text.count("\n")] if line.startswith("#"))
    assert recipe.name == name
    assert recipe.description.endswith((".", ":"))
    assert text.startswith("# ")
    if name != "keep-all":
        assert any(source in header for source in ("arXiv", "datatrove", "mlfoundations", "tensorflow"))
        assert is_reference(name) or "ifference" in header


def test_english_at_065():
    for name in ("fineweb", "fineweb-v1", "refinedweb", "dclm-heuristics"):
        language = load(name).language
        assert (list(language.keep), language.threshold) == (["en"], 0.65)


@pytest.mark.parametrize(
    ("first", "second"), [("fineweb-urls", "fineweb-v1"), ("refinedweb-urls", "refinedweb"), ("fineweb-urls", "c4")]
)
def test_companions_come_before(first: str, second: str, tmp_path: Path):
    path = tmp_path / "both.toml"
    path.write_text(f'name = "both"\nextends = ["{first}", "{second}"]\n')
    both = load(str(path)).rule_set.names
    assert both == load(first).rule_set.names + load(second).rule_set.names


@pytest.mark.shared
def test_masks_change_no_verdict(shared: Path):
    golden = shared / "conformance" / "filters"
    plain, masked = verdicts(golden, "fineweb-fast"), verdicts(golden, "fineweb-pii-fast")

    def said(row: dict[str, Any]) -> tuple[bool, list[str]]:
        return row["keep"], [each["rule"] for each in row["failed"]]

    assert {key: said(row) for key, row in plain.items()} == {key: said(row) for key, row in masked.items()}
    changed = [key for key, row in plain.items() if row["text"] != masked[key]["text"]]
    assert changed
    assert all("@" in plain[key]["text"] or "." in plain[key]["text"] for key in changed)


def test_the_page_lists_every_recipe_and_its_example_loads(tmp_path: Path):
    page = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    assert [name for name in PUBLISHED if name != "keep-all" and f"`{name}`" not in page] == []
    blocks = [block.partition("```")[0] for block in page.split("```toml\n")[1:]]
    (example,) = (block for block in blocks if 'name = "mine"' in block)
    path = tmp_path / "mine.toml"
    path.write_text(example, encoding="utf-8")
    wanted = {**PUBLISHED["fineweb-urls"], **PUBLISHED["fineweb"], "gopher_short_doc": {"min": 100}}
    assert limits_of(load(str(path))) == wanted
