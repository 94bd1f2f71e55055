"""All errors that corpusmill raises on purpose.

    CorpusmillError                 exit code
    ├── Refused                     2    refused before any work: the user can correct it
    │   ├── RecipeError                  every mistake of a recipe at once
    │   ├── InputRefused                 an input that cannot be what it is said to be
    │   ├── ModelRefused                 a model or list is missing, corrupt or not the recorded one
    │   └── RunRefused                   the run folder belongs to another recipe, or is in use
    ├── EnvironmentFault            4    disk full, permission, memory: resumable
    └── Interrupted                 130  stopped by the user: resumable

Faults in the data never raise out of a run: they are quarantined, counted and, above the budget, give exit code 3.
A message says where, what was found, what was wanted, and what to type next.
"""

from __future__ import annotations

EXIT_DONE, EXIT_BUG, EXIT_REFUSED, EXIT_FAULTS, EXIT_ENVIRONMENT, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130


class CorpusmillError(Exception):
    """Base of all; `exit_code` is what the command line ends with."""

    exit_code = EXIT_BUG


class Refused(CorpusmillError):
    exit_code = EXIT_REFUSED


class RecipeError(Refused):
    """All mistakes of a recipe, one a line."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


class InputRefused(Refused):
    pass


class ModelRefused(Refused):
    pass


class RunRefused(Refused):
    pass


class EnvironmentFault(CorpusmillError):
    exit_code = EXIT_ENVIRONMENT


class Interrupted(CorpusmillError):
    exit_code = EXIT_INTERRUPTED
