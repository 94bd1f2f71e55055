"""Recipes that would end in the middle of the work, or decide nothing: all are refused before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusmill.cli.main import main
from corpusmill.errors import RecipeError
from corpusmill.pipeline.recipe import load

RULE = '[[rule]]\nname = "a"\nvalue = "{value}"\n{limit}\n'


def rule(value: str = "rps_doc_word_count", limit: str = "min = 1") -> str:
    return RULE.format(value=value, limit=limit)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rule(limit="min = nan"), "my.toml:5  rule.0.min = nan is no number"),
        (rule(limit="max = inf"), 'my.toml:2  rule "a": max inf is no limit'),
        (rule(limit=f"min = 1{'0' * 400}"), "my.toml:5  rule.0.min is an integer of more than 64 bits"),
        (rule(f"rps_doc_word_count * 1{'0' * 400}"), "position 21 does not fit 64 bits"),
        (rule("rps_doc_word_count + 1e999"), "position 21 does not fit 64 bits"),
        (rule("sum(rps_doc_word_count)"), 'my.toml:4  "rps_doc_word_count" has one value'),
        (rule("rps_lines_num_words / 2"), 'my.toml:4  "rps_lines_num_words" has a value a line; wanted sum('),
        (rule().replace('"a"', '""'), "wanted a name that can be shown"),
        (rule().replace('"a"', r'"a\nb"'), "wanted a name that can be shown"),
        ('settings = "fineweb2"\n' + rule(limit='min_setting = "min_mean_word_lenth"'), '"min_mean_word_length"?'),
        ('[resample]\nvalue = "rps_lines_num_words"\nfraction = 0.5\n', "has a value a line"),
        ("[resample]\nvalue = 'rps_doc_word_count'\ndocuments = 99999999999999999999\n", "more than 64 bits"),
        ("duplicates = [1]\n", "duplicates.0 is an integer; wanted a table"),
        ("contaminants = [1]\n", "contaminants.0 is an integer; wanted a table"),
        ('[[duplicates]]\nname = "a"\n' * 2, 'two duplicates are called "a"'),
        ('[[contaminants]]\nname = "a"\nindex = "i"\n' * 2, 'two contaminants are called "a"'),
        ("[language]\nthreshold = nan\n", "my.toml:3  language.threshold = nan"),
        ("[read]\nmax_page_bytes = 0\n", "my.toml:2  read.max_page_bytes 0: wanted 1 or more"),
        ("[tokens]\ntrain_vocabulary_size = 10000000000\n", "wanted less than 2^31"),
        ('[signals]\nartifacts = ""\n', "signals.artifacts is empty"),
        ('snapshot = "٢٠٢٤-٠١"\n', "is no crawl"),
        (f"description = {'[' * 3000}{']' * 3000}\n", "lie in one another too deeply"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, said: str):
    path = tmp_path / "my.toml"
    path.write_text('name = "x"\n' + text, encoding="utf-8")
    with pytest.raises(RecipeError) as refused:
        load(str(path))
    assert said in str(refused.value)


def test_all_is_the_name_of_no_recipe():
    with pytest.raises(RecipeError, match="stands for every document"):
        load("gopher-fast", ['name="all"'])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[tokens]\ntokenizer = "{folder}/rubbish"\n', "rubbish"),
        ('[tokens]\ntokenizer = "{folder}/rubbish"\npattern = "gpt2"\n', "rubbish"),
        ('[[contaminants]]\nname = "a"\nindex = "{folder}/nothing"\n', "is no index"),
        ('[[duplicates]]\nname = "../x"\n', "'../x' is no name"),
    ],
)
def test_what_later_steps_name_is_refused_before_the_first(tmp_path: Path, capsys, text: str, said: str):
    (tmp_path / "rubbish").write_bytes(b"x")
    (tmp_path / "a.jsonl").write_text('{"text": "One document."}\n')
    path, out = tmp_path / "my.toml", tmp_path / "run"
    path.write_text('name = "x"\n' + text.format(folder=tmp_path))
    assert main(["run", str(path), "--input", str(tmp_path / "a.jsonl"), "--out", str(out)]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
