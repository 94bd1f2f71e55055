"""A model trained on synthetic sites, where LightGBM is installed."""

from __future__ import annotations

import pytest

from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.extract.learned.training import ExtractorTraining, train_extractor
from corpusmill.models.trees.train import TreeParameters
from tests.extract.learned.synthetic import labelled, site_pages

SMALL = TreeParameters(objective="cross_entropy", trees=25, num_leaves=7, learning_rate=0.2, min_data_in_leaf=10)
TRAINING = ExtractorTraining(first=SMALL, second=SMALL)


@pytest.fixture(scope="session")
def trained() -> ExtractorModel:
    """Of 24 pages of the sites 0 to 11."""
    pytest.importorskip("lightgbm")
    return train_extractor(labelled([page for site in range(12) for page in site_pages(site, 2)]), TRAINING)
