"""The registry of models: the card of each trained model that a run used, under `models/` and in the manifest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from corpusmill.files import sha256_of
from corpusmill.models.card import CARD
from corpusmill.pipeline.task import Report, perform, task_hash
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder


@dataclass(frozen=True)
class RegisterModel:
    """Copies a card, which says what the model was trained on, how, and what its files' hashes are."""

    name: str  # as in the manifest: "perplexity/en", "artifacts/dsir/en", "scores/quality"
    card_path: str
    card_sha256: str

    kind = "model"

    def depends_on(self) -> dict[str, Any]:
        return {"card_sha256": self.card_sha256}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        content = Path(self.card_path).read_bytes()
        attempt.path(layout.model_card(self.name)).write_bytes(content)
        card = orjson.loads(content)
        return {name: card[name] for name in ("kind", "parameters", "training_text")}


def register(folder: RunFolder, models: Iterable[tuple[str, Path]]) -> None:
    """Record the models, by name and folder; those without a card are known by their hash alone."""
    for name, path in models:
        card = path / CARD
        if card.is_file():
            task = RegisterModel(name, str(card), sha256_of(card))
            if task_hash(task) not in folder.entries:
                (folder.root / layout.MANIFEST).unlink(missing_ok=True)  # it does not list this one
                folder.record(perform(task, folder.root, lambda progress: None))
