"""Labelled pages to a model: the same bytes, and better than all text on sites never seen. Needs LightGBM."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from corpusmill.errors import InputRefused
from corpusmill.extract.blocks.text import seen, texts_of
from corpusmill.extract.learned.choose import main_content
from corpusmill.extract.learned.features import FIRST_STAGE
from corpusmill.extract.learned.labels import LabelledPage
from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.extract.learned.training import ExtractorTraining, fold_of, train_extractor
from corpusmill.models.trees.train import TreeParameters
from tests.extract.learned.demo import parsed_pages
from tests.extract.learned.synthetic import labelled, site_pages

pytest.importorskip("lightgbm")

FEW = TreeParameters(objective="cross_entropy", trees=3, num_leaves=4, min_data_in_leaf=5)
QUICK = ExtractorTraining(first=FEW, second=FEW)
PAGES = labelled([page for site in range(5) for page in site_pages(site, 1)])
NEW = [page for site in range(100, 120) for page in site_pages(site, 1)]


def f1(text: str, truth: str) -> float:
    found, wanted = Counter(text.split()), Counter(truth.split())
    return 2 * (found & wanted).total() / (found.total() + wanted.total())


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("profile", ["article", "whole-page"])
def test_better_than_all_text_on_sites_never_seen(trained, profile):
    parsed = parsed_pages([page.html for page in NEW])
    truths = [page.article if profile == "article" else page.whole for page in NEW]
    chosen = texts_of(parsed, main_content(parsed, profile, trained)).to_pylist()
    everything = texts_of(parsed, seen(parsed)).to_pylist()
    ours, theirs = mean([*map(f1, chosen, truths)]), mean([*map(f1, everything, truths)])
    assert 0.5 < theirs < 0.9
    assert ours > 0.97


def test_comments_are_in_whole_pages_only(trained):
    parsed = parsed_pages([page.html for page in NEW])
    for profile, least, most in (("article", 0, 0.05), ("whole-page", 0.95, 1)):
        texts = texts_of(parsed, main_content(parsed, profile, trained)).to_pylist()
        said = [comment in text for page, text in zip(NEW, texts, strict=True) for comment in page.comments.split("\n")]
        assert least <= mean(said) <= most


def test_a_trained_model_is_saved_and_loaded(trained, tmp_path):
    trained.save(tmp_path / "model.npz")
    assert ExtractorModel.load(tmp_path / "model.npz").content == trained.content
    assert len(trained.lexicon.tokens) > 10
    assert len(trained.lexicon.words) > 10


def test_the_order_of_pages_does_not_matter():
    twins = [replace(page, inside=(page.truth[:20],)) for page in PAGES[:2]]  # told apart by their snippets alone
    pages = [*PAGES, *twins]
    model = train_extractor(pages, QUICK)
    random.Random(1).shuffle(pages)
    assert train_extractor(pages, QUICK).content == model.content
    assert train_extractor(pages[1:], QUICK).content != model.content


def test_both_profiles_at_once_are_half_of_each():
    articles = [page for page in PAGES if page.profile == "article"]
    both = train_extractor([replace(page, profile="both", weight=2.0) for page in articles], QUICK)
    each = [replace(page, profile=profile) for page in articles for profile in ("article", "whole-page")]
    assert train_extractor(each, QUICK).content == both.content


def test_parameters_count():
    model = train_extractor(PAGES, QUICK)
    assert train_extractor(PAGES, replace(QUICK, second=replace(FEW, trees=4))).content != model.content
    assert (len(model.first), len(model.second)) == (3, 3)


def test_the_first_stage_never_sees_what_it_says_itself(monkeypatch):
    """Whole or without a fold, its models learn from columns of context that are all 0."""
    from corpusmill.extract.learned import training

    asked = []
    train_trees = training.train_trees

    def spy(features, *others):
        asked.append(bool(features[:, len(FIRST_STAGE) :].any()))
        return train_trees(features, *others)

    monkeypatch.setattr(training, "train_trees", spy)
    train_extractor(PAGES, QUICK)
    assert asked == [False] * (1 + QUICK.folds) + [True]


def test_lexicons_of_a_fold_leave_its_groups_out(monkeypatch):
    from corpusmill.extract.learned import training

    known = []
    lexicon_of = training.lexicon_of

    def spy(pages, parameters):
        known.append({page.group for page in pages})
        return lexicon_of(pages, parameters)

    monkeypatch.setattr(training, "lexicon_of", spy)
    train_extractor(PAGES, QUICK)
    groups = {page.group for page in PAGES}
    for fold in range(QUICK.folds):
        assert known[fold] == {group for group in groups if fold_of(group, QUICK.folds, QUICK.seed) != fold}
    assert known[QUICK.folds :] == [groups]


def test_what_is_said_on_the_way():
    said: list[str] = []
    train_extractor(PAGES, QUICK, said.append)
    assert said[0] == "10 pages of 5 groups"
    assert said[1:] == ["first stage", *(f"first stage without fold {fold} of 3" for fold in (1, 2, 3))]


@pytest.mark.parametrize(
    ("pages", "groups"),
    [
        ([], 0),
        (PAGES[:2], 2),
        ([replace(page, group="one") for page in PAGES], 1),
        ([replace(page, truth="") for page in PAGES], 0),
        ([replace(page, truth="Nothing of this stands on the page at all") for page in PAGES], 0),
        ([replace(page, html="<title>x</title>") for page in PAGES], 0),
    ],
)
def test_fewer_groups_than_folds_are_refused(pages, groups):
    with pytest.raises(InputRefused, match=f"^{groups} groups of pages whose known text was found in them; wanted 3"):
        train_extractor(pages, QUICK)


def test_groups_of_one_fold_are_refused():
    names = [name for name in map(str, range(100)) if fold_of(name, QUICK.folds, QUICK.seed) == 0]
    pages = [replace(page, group=name) for page, name in zip(PAGES, names, strict=False)]
    with pytest.raises(InputRefused, match="not all of one fold"):
        train_extractor(pages, QUICK)


def test_pages_that_say_nothing_are_left_out():
    odd = [
        LabelledPage("", "x", "odd"),
        LabelledPage("<p>page", "", "odd"),
        LabelledPage("<p>one two three four five", "six seven eight nine ten", "odd"),
    ]
    assert train_extractor([*PAGES, *odd], QUICK).content == train_extractor(PAGES, QUICK).content


def test_folds_depend_on_the_group_alone():
    assert [fold_of(f"g{i}", 4, 0) for i in range(8)] == [fold_of(f"g{i}", 4, 0) for i in range(8)]
    assert len({fold_of(f"g{i}", 4, 0) for i in range(50)}) == 4
    assert [fold_of(f"g{i}", 4, 0) for i in range(50)] != [fold_of(f"g{i}", 4, 1) for i in range(50)]
