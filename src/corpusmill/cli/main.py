"""`corpusmill`: results on stdout, everything else on stderr; the exit code says how it ended."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import errno
import gc
import importlib
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from corpusmill import __version__, own_process
from corpusmill.errors import EXIT_BUG, EXIT_ENVIRONMENT, EXIT_INTERRUPTED, EXIT_REFUSED, CorpusmillError, printable

DESCRIPTION = """\
From web crawls to training-ready tokens: extract once, measure once, decide many times.

  corpusmill run keep-all --input crawl/ --out run          every readable page, measured
  corpusmill select run --recipe redpajama2-gopher --name s  decide, without touching the text
  corpusmill show run                                       the yield table
"""

EXIT_CODES = """\
exit codes: 0 done · 1 bug in corpusmill · 2 refused before work · 3 done, but faults above the budget ·
4 environment (disk full, permission, memory): resumable · 130 interrupted, 143 terminated: resumable
"""

# Of errors of the system those that are mistakes in a path, which waiting does not mend.
_NO_SUCH_PLACE = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)
# Verbs in the order of the help, and their modules: of all but the one that is asked for, only the names are needed.
_VERBS = (
    *("run", "annotate", "select", "judge", "tokenize", "mix", "pack", "export-tokens", "export", "extract", "train"),
    *("score", "dedupe", "contaminants", "decontaminate", "languages", "score-lm", "show", "whatif", "why", "sample"),
    *("compare", "prove", "plan-filter", "blame", "report", "explore", "card", "check"),
)
_LISTED = {verb: verb.replace("-", "_") for verb in _VERBS} | dict.fromkeys(("signals", "recipes", "stages"), "listing")


def main(arguments: Sequence[str] | None = None) -> int:
    gc.set_threshold(20_000, 50)  # what is imported stays: no need to look through it every 700 objects
    atexit.register(_spare_last_look)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our matrices are small, and threads that wait for one spin
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")  # a process of one thread can be forked
    if sys.platform == "linux":  # Arrow's own would take pages of 2 MB, twice as much as is asked of it
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    own_process.begin()
    parser = argparse.ArgumentParser(
        "corpusmill", description=DESCRIPTION, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"corpusmill {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    asked = (sys.argv[1:] if arguments is None else arguments)[:1]
    for module in [_LISTED[asked[0]]] if asked and asked[0] in _LISTED else dict.fromkeys(_LISTED.values()):
        importlib.import_module(f"corpusmill.cli.{module}").add(verbs)
    chosen = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # whatever the locale is: JSON is UTF-8, and tables have a dash or two
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        _refuse_place(getattr(chosen, "out", None))
        code: int = chosen.run(chosen)
        sys.stdout.flush()
    except CorpusmillError as error:
        if error.exit_code == EXIT_BUG:
            return _bug(error)
        _tell(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _tell("interrupted; the same command goes on where it was")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        _abandon(sys.stdout, sys.stderr)
        return 0
    except OSError as error:
        _abandon(sys.stdout)  # a full one would fail again at the end
        if error.errno in _NO_SUCH_PLACE:
            _tell(f"{error}; correct the path")
            return EXIT_REFUSED
        _tell(f"{error}; remove the cause and run the same command again")
        return EXIT_ENVIRONMENT
    except MemoryError as error:
        _tell(f"not enough memory: {error}; give more, or ask for less, as by --memory or --workers; it resumes")
        return EXIT_ENVIRONMENT
    except Exception as error:
        return _bug(error)
    return code


def _refuse_place(out: str | Path | None) -> None:
    """Models, exports and files of lines would be removed by the next verb from where a run keeps its own."""
    if out is not None and str(out) != "-":
        from corpusmill.store.folder import refuse_inside_of_another

        refuse_inside_of_another(Path(out))


def _spare_last_look() -> None:
    """Nothing that an ending process has must be looked through once more, which takes a tenth of a second.

    But what DuckDB is bound by complains of what is left.
    """
    if "duckdb" not in sys.modules:
        gc.freeze()


def _tell(text: str) -> None:
    """Our last words, if anyone is there to read them. Names of files in them cannot garble the terminal."""
    try:
        print("corpusmill:", "\n".join(map(printable, text.split("\n"))), file=sys.stderr, flush=True)
    except OSError:
        _abandon(sys.stderr)


def _abandon(*streams: TextIO) -> None:
    """Let what was not written to a closed pipe, a full disk or a lost terminal go, so that nothing tries again."""
    for stream in streams:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _bug(error: Exception) -> int:
    """The traceback goes to a file; the message says where."""
    details = "".join(traceback.format_exception(error))
    try:
        descriptor, name = tempfile.mkstemp(prefix="corpusmill-bug-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(details)
    except OSError:
        name = details
    first = str(error).split("\n", 1)[0]
    _tell(f"this is a bug: {type(error).__name__}: {first}\n  details: {name}")
    return EXIT_BUG


if __name__ == "__main__":
    sys.exit(main())
