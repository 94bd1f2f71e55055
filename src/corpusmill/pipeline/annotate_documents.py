"""The task over CCNet documents: a file already cut by language and bucket, through signals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpusmill.keys import Key
from corpusmill.pipeline.annotation import Annotation, annotate
from corpusmill.pipeline.input_file import InputFile
from corpusmill.pipeline.recipe import SignalParameters
from corpusmill.pipeline.task import Report
from corpusmill.read.ccnet import read_ccnet
from corpusmill.store.commit import Attempt


@dataclass(frozen=True)
class AnnotateDocuments:
    """CCNet JSON lines of one key to documents, signals, signatures, fates and quarantine."""

    input: InputFile
    key: Key
    signals: SignalParameters
    models: tuple[tuple[str, str], ...]  # name and sha256 of each model and list
    give_up: str | None = None  # why the file is quarantined whole, after its worker died again and again

    kind = "annotate"

    @property
    def name(self) -> str:
        return self.key.path

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"input": self.input.depends_on()}
        del described["give_up"]  # a later try may succeed, under the same name
        return described

    def given_up(self, why: str) -> AnnotateDocuments:
        """What to do instead: quarantine the whole input."""
        return replace(self, give_up=why)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        return annotate(self, attempt, ("read",), report, self._work)

    def _work(self, annotation: Annotation) -> None:
        for documents, losses in read_ccnet(Path(self.input.path), self.key):
            lines = [int(doc_id.rpartition("/")[2]) for doc_id in documents["doc_id"].to_pylist()]
            offsets = documents["warc_offset"].fill_null(-1)
            annotation.add(documents, {self.key: documents}, pa.array(lines, pa.int64()), offsets, losses, 0)
