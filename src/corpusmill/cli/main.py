"""`corpusmill`: results on stdout, everything else on stderr; the exit code says how it ended."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from corpusmill import __version__
from corpusmill.cli import annotate, check, export, extract, listing, run, score_lm, select, show, tokenize, train
from corpusmill.errors import EXIT_BUG, CorpusmillError

DESCRIPTION = """\
From web crawls to training-ready tokens: extract once, measure once, decide many times.

  corpusmill run keep-all --input crawl/ --out run          every readable page, measured
  corpusmill select run --recipe redpajama2-gopher --name s  decide, without touching the text
  corpusmill show run                                       the yield table
"""

EXIT_CODES = """\
exit codes: 0 done · 1 bug in corpusmill · 2 refused before work · 3 done, but faults above the budget ·
4 environment (disk full, permission, memory): resumable · 130 interrupted: resumable
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "corpusmill", description=DESCRIPTION, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"corpusmill {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in (run, annotate, select, tokenize, export, extract, train, score_lm, show, check, listing):
        verb.add(verbs)
    chosen = parser.parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
        sys.stdout.flush()
    except CorpusmillError as error:
        if error.exit_code == EXIT_BUG:
            return _bug(error)
        print(f"corpusmill: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("corpusmill: interrupted; the same command goes on where it was", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _bug(error)
    return code


def _bug(error: Exception) -> int:
    """The traceback goes to a file; the message says where."""
    descriptor, name = tempfile.mkstemp(prefix="corpusmill-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(traceback.format_exception(error)))
    first = str(error).split("\n", 1)[0]
    print(f"corpusmill: this is a bug: {type(error).__name__}: {first}\n  details: {Path(name)}", file=sys.stderr)
    return EXIT_BUG


if __name__ == "__main__":
    sys.exit(main())
