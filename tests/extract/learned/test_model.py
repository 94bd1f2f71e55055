"""The file of an extractor's model: the same bytes, and refused where it could not be trusted."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpusmill.errors import ModelRefused
from corpusmill.extract.learned.features import FEATURES, candidates_of
from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.models.trees.model import archive_of
from tests.extract.learned.demo import parsed_pages
from tests.extract.learned.models import by_hand, stumps
from tests.extract.learned.synthetic import site_pages

Arrays = dict[str, np.ndarray]


def altered(path: Path, change: Callable[[Arrays], None]) -> Path:
    """The file of a good model with `change` made to its arrays."""
    with np.load(io.BytesIO(by_hand().content)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    change(arrays)
    path.write_bytes(archive_of(arrays))
    return path


def test_saved_and_loaded_byte_for_byte(tmp_path):
    model = by_hand()
    model.save(tmp_path / "a.npz")
    loaded = ExtractorModel.load(tmp_path / "a.npz")
    loaded.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes() == model.content
    assert loaded.sha256 == model.sha256 == by_hand().sha256


def test_a_loaded_model_says_the_same(tmp_path):
    by_hand().save(tmp_path / "a.npz")
    parsed = parsed_pages([site_pages(1, 1)[0].html])
    said = []
    for model in (by_hand(), ExtractorModel.load(tmp_path / "a.npz")):
        said.append(model.probabilities(candidates_of(parsed, model.lexicon)))
    assert said[0].tobytes() == said[1].tobytes()
    assert 0 < said[0].min() < said[0].max() < 1


def test_asking_twice_says_the_same():
    """The first stage must not see what it has made itself."""
    found = candidates_of(parsed_pages([site_pages(1, 1)[0].html]), by_hand().lexicon)
    assert by_hand().probabilities(found).tobytes() == by_hand().probabilities(found).tobytes()


def without(name: str) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.pop(name)  # type: ignore[return-value]


def setting(name: str, make: Callable[[np.ndarray], np.ndarray]) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({name: make(arrays[name])})


def raw(content: bytes) -> np.ndarray:
    return np.frombuffer(content, np.uint8)


OTHER_FEATURES = raw(replace(stumps(("chars", 1, 0, 1)), feature_names=FEATURES[::-1]).content)
FEWER_FEATURES = raw(replace(stumps(("chars", 1, 0, 1)), feature_names=FEATURES[:-1]).content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *(
            (without(name), "is no model of an extractor")
            for name in ("format", "marks", "tokens", "word_scores", "second")
        ),
        (setting("format", lambda a: a + 1), "made by another version"),
        (setting("marks", lambda a: a[:-3]), "made by another version"),
        (setting("marks", lambda a: raw(b"\xff")), "is no model of an extractor"),
        (setting("first", lambda a: OTHER_FEATURES), "asks for other features"),
        (setting("second", lambda a: FEWER_FEATURES), "asks for other features"),
        (setting("first", lambda a: a[:-30]), "stage 1 is no model of trees"),
        (setting("second", lambda a: a[:0]), "stage 2 is no model of trees"),
        (setting("tokens", lambda a: a.astype(np.int64)), "tokens is int64"),
        (setting("token_scores", lambda a: a.astype(np.float64)), "token_scores is float64"),
        (setting("words", lambda a: a.reshape(0, 1)), r"words is uint64 of shape \(0, 1\)"),
        (setting("tokens", lambda a: a[::-1].copy()), "its tokens are no sorted list"),
        (setting("tokens", lambda a: a[[0, 0]]), "its tokens are no sorted list"),
        (setting("tokens", lambda a: a * np.array([0, 1], np.uint64)), "its tokens are no sorted list"),
        (setting("token_scores", lambda a: a[:1]), "its tokens are no sorted list"),
        (setting("token_scores", lambda a: a * np.nan), "its tokens are no sorted list"),
        (setting("words", lambda a: np.ones(1, np.uint64)), "its words are no sorted list"),
    ],
)
def test_damage_is_refused_with_the_name_of_the_file(tmp_path, change, message):
    path = altered(tmp_path / "bad.npz", change)
    with pytest.raises(ModelRefused, match=message) as refused:
        ExtractorModel.load(path)
    assert "bad.npz" in str(refused.value)


def test_every_truncation_is_refused(tmp_path):
    content = by_hand().content
    for end in [*range(0, len(content), 97), len(content) - 1]:
        (tmp_path / "bad.npz").write_bytes(content[:end])
        with pytest.raises(ModelRefused, match=r"bad\.npz"):
            ExtractorModel.load(tmp_path / "bad.npz")


def test_flipped_bytes_are_refused_or_change_nothing_that_breaks(tmp_path):
    content = by_hand().content
    parsed = parsed_pages(["<p>one two"])
    for at in range(0, len(content), 61):
        (tmp_path / "bad.npz").write_bytes(content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :])
        try:
            model = ExtractorModel.load(tmp_path / "bad.npz")
        except ModelRefused:
            continue
        assert np.isfinite(model.probabilities(candidates_of(parsed, model.lexicon))).all()


def test_objects_are_never_unpickled(tmp_path):
    file = io.BytesIO()
    np.savez(file, format=np.array([print], object))
    (tmp_path / "bad.npz").write_bytes(file.getvalue())
    with pytest.raises(ModelRefused, match="is no model of an extractor"):
        ExtractorModel.load(tmp_path / "bad.npz")


def test_no_file(tmp_path):
    with pytest.raises(ModelRefused, match=r"none\.npz: No such file"):
        ExtractorModel.load(tmp_path / "none.npz")
