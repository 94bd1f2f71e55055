"""All errors that corpusmill raises on purpose.

    CorpusmillError                 exit code
    ├── Refused                     2    refused before any work: the user can correct it
    │   ├── RecipeError                  every mistake of a recipe at once
    │   ├── InputRefused                 an input that cannot be what it is said to be
    │   ├── ModelRefused                 a model or list is missing, corrupt or not the recorded one
    │   └── RunRefused                   the run folder belongs to another recipe, or is in use
    ├── EnvironmentFault            4    disk full, permission, memory: resumable
    └── Interrupted                 130  stopped by the user: resumable
        └── Terminated              143  stopped by SIGTERM or SIGHUP: resumable

Faults in the data never raise out of a run: they are quarantined, counted and, above the budget, give exit code 3.
A message says where, what was found, what was wanted, and what to type next.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

EXIT_DONE, EXIT_BUG, EXIT_REFUSED, EXIT_FAULTS, EXIT_ENVIRONMENT = 0, 1, 2, 3, 4
EXIT_INTERRUPTED, EXIT_TERMINATED = 130, 143


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


class Terminated(Interrupted):
    exit_code = EXIT_TERMINATED


# What a file's name could garble a terminal with: controls, characters that reorder the text after them, stray bytes.
_GARBLING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]")


def printable(text: str) -> str:
    r"""`text` for one line of a terminal or log, with all that could garble it escaped as in a Python string.

    >>> printable("a\x1b[31m\nb")
    'a\\x1b[31m\\nb'
    """
    return _GARBLING.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean "x"?`, or what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1, 0.5)
    if close:
        return f' Did you mean "{close[0]}"?'
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f" Known: {listed}"
