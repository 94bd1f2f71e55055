"""The artifacts folder: word lists, URL lists, count tables and models that signals are measured with.

Layout as RedPajama-V2's: `bad_words/<lang>.txt`, `bad_urls/`, `dsir/<lang>/`, `classifiers/<lang>/<name>.model.bin`,
`stop_words.json`; beside these `c4_bad_words/`, `toxicity/`, `url_lists/` and `line_quality/`. Stop words and bad words
fall back to the lists bundled with the package. Whatever is missing gives a null signal and one warning that names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

NO_FOLDER = (
    "no artifacts folder is given (signals.artifacts), so the signals that need its models and lists are null: "
    "rps_doc_ml_*, rps_doc_*_importance*, rps_doc_ut1_blacklist, and of other families url_*, dclm_url_*, toxic_*, "
    "quality_lines_score and line_quality_*"
)


@dataclass(frozen=True)
class Artifacts:
    """Where the lists and models are; `folder` None means the bundled lists alone."""

    folder: Path | None = None
    warnings: list[str] = field(default_factory=list)

    def path(self, *parts: str) -> Path | None:
        """The file `folder/parts…`, or None where it does not exist."""
        if self.folder is None:
            return None
        path = self.folder.joinpath(*parts)
        return path if path.exists() else None

    def warn(self, message: str) -> None:
        """Record `message` once; the run shows it and stores it in the manifest."""
        if message not in self.warnings:
            self.warnings.append(message)

    def missing(self, message: str) -> None:
        """A model or list is not there: `message` names it; without a folder, one warning serves for all."""
        self.warn(message if self.folder is not None else NO_FOLDER)
