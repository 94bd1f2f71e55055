"""Planning of tokens that go into a folder of their own: which tasks, and what the folder is of.

What is made of runs is in `tokenize_selection.py`: whoever tokenises files need not wait for all that it imports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from corpusmill.pipeline.encoding import Encoding
from corpusmill.pipeline.engines.local import cores
from corpusmill.pipeline.execution import Execute
from corpusmill.pipeline.task import Task
from corpusmill.pipeline.tokenize_input import plan_inputs
from corpusmill.store.folder import RunFolder
from corpusmill.tokenize.folder import TokenizerFacts


@dataclass(frozen=True)
class TokenPlan:
    """Tasks that fill a folder, and its identity."""

    tasks: Sequence[Task]
    identity: dict[str, Any]

    def fill(self, folder: RunFolder, execute: Execute) -> bool:
        """See `Execution.fill`."""
        return execute(folder, self.tasks, "tokenize")


def plan_texts(inputs: Sequence[Path], encoding: Encoding, facts: TokenizerFacts) -> TokenPlan:
    """The texts of JSON lines or Parquet files; a shard an input, named by it."""
    tasks = plan_inputs(inputs, encoding)
    encoding = with_threads(encoding, len(tasks))
    files = [task.input.depends_on() for task in tasks]
    what = {"recipe": {"name": "tokenize"}, "inputs": files}
    return TokenPlan([replace(task, encoding=encoding) for task in tasks], what | described(facts))


def with_threads(encoding: Encoding, tasks: int) -> Encoding:
    """Cores that would have no task help the others."""
    return replace(encoding, threads=max(1, cores() // max(tasks, 1)))


def described(facts: TokenizerFacts) -> dict[str, Any]:
    """The tokenizer in the identity of a folder."""
    return {"models": {"tokenizer": facts.sha256}, "tokenizer": asdict(facts)}
