"""An extractor that does, for marked pages, what parsers do on their worst day. Only the child loads it."""

from __future__ import annotations

import os
import re
import signal
import sys


def extract(html: str) -> tuple[str, str | None]:
    if "MARK-ABORT" in html:
        os.abort()
    if "MARK-KILL" in html:
        os.kill(os.getpid(), signal.SIGKILL)
    if "MARK-EXIT" in html:
        os._exit(3)
    if "MARK-HANG" in html:
        re.match(r"(a+)+$", "a" * 64 + "!")  # holds the interpreter lock for years
    if "MARK-MEMORY" in html:
        hoard = []
        while True:
            hoard.append(bytearray(1 << 24))
    if "MARK-RAISE" in html:
        raise ValueError("a page that the parser does not like")
    if "MARK-PANIC" in html:
        raise SystemExit("no ordinary exception")
    if "MARK-PRINT" in html:
        print("noise on standard output" * 1000)
        os.write(1, b"more noise")
    if "MARK-GARBAGE" in html:
        for descriptor in range(3, 16):
            try:
                os.write(descriptor, b"\xff" * 64)
            except OSError:
                continue
    if "MARK-CONTROLS" in html:
        return "a\0b\x07c\x0bd\x85e\x9ff\tg\nh\ufdd0\U0010ffff", " two\n lines\0 "
    if "MARK-SURROGATE" in html:
        return "a\ud800b", None
    if "MARK-ENVIRONMENT" in html:
        return " ".join(sorted(os.environ)), None
    if "MARK-FIRST-ONLY" in html:  # works in a fresh child alone: it pays for its predecessors
        if getattr(sys, "_used", False):
            os.abort()
        return "first", None
    sys._used = True
    return re.sub(r"<[^<>]*>", " ", html).strip(), None
