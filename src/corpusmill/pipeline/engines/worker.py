"""What a worker makes of a task, whichever engine it works for."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from corpusmill.errors import CorpusmillError
from corpusmill.pipeline.engines.engine import TaskFailed
from corpusmill.pipeline.task import Report, Task, perform
from corpusmill.store.folder import environment_fault
from corpusmill.store.ledger import Entry


def outcome(task: Task, root: Path, report: Report, session: Path | None = None) -> Entry | CorpusmillError:
    """The entry of a task, or what it raised as an error of ours.

    Without memory the process ends: another try finds a clean heap. A BrokenPipeError of `report` is raised: nobody
    waits for the result.
    """
    try:
        return perform(task, root, report, session)
    except BrokenPipeError:
        raise
    except CorpusmillError as error:
        return error
    except MemoryError:
        os._exit(1)
    except OSError as error:
        return environment_fault(error, root, f"{task.kind} {task.name}: ")
    except Exception as error:
        return TaskFailed(f"{task.kind} {task.name}: {error!r}\n{traceback.format_exc()}")
