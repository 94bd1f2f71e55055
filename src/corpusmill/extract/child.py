"""The child process that runs parsers: `python -m corpusmill.extract.child PARENT MEMORY_BYTES MODULE:FUNCTION`.

It imports no more than the extractor needs, holds no secrets, and dies with its parent. Standard input and output are
the pipes of `framing`; whatever a library prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable

from corpusmill.extract import framing
from corpusmill.extract.cleaning import clean, clean_title, is_binary
from corpusmill.extract.unclosed import unclosed
from corpusmill.read.charset import decode_html

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = b"800"  # the kernel takes this process before its parent

ExtractFunction = Callable[[str], tuple[str, str | None]]


def main(arguments: list[str]) -> int:
    parent, memory_bytes, target = int(arguments[0]), int(arguments[1]), arguments[2]
    _protect(parent, memory_bytes)
    module, _, name = target.partition(":")
    function: ExtractFunction = getattr(importlib.import_module(module), name)
    results = os.dup(1)
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    gc.freeze()
    stream = sys.stdin.buffer
    while (pages := framing.read_batch(stream.read)) is not None:
        _write(results, framing.ACK)
        for page in pages:
            result = _extract(page, function)
            _write(results, framing.pack_result(result))
            if result.status == framing.MEMORY:
                return 1  # what the allocator holds now is anyone's guess
    return 0


def _protect(parent: int, memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(OSError, AttributeError):  # Linux only, as is the next
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with contextlib.suppress(OSError):
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(descriptor, _OOM_SCORE)
        os.close(descriptor)
    if os.getppid() != parent:  # it died before the signal was asked for
        sys.exit(1)


def _extract(page: framing.Page, function: ExtractFunction) -> framing.Result:
    charset = b""
    try:
        html, name = decode_html(page.body, page.label)
        charset = name.encode()
        if is_binary(page.body, html):
            return framing.Result(framing.BINARY, charset, None, b"")
        found, heading = function(html)
        text = clean(found).encode("utf-8", "replace")
        title = clean_title(heading)
    except MemoryError as error:
        return framing.Result(framing.MEMORY, charset, None, f"MemoryError {error}".encode())
    except BaseException as error:  # parsers written in Rust raise panics that are no Exception
        return framing.Result(
            framing.ERROR, charset, None, f"{type(error).__name__}: {error}".encode(errors="replace")[:500]
        )
    if not text and (swallowing := unclosed(html)) is not None:
        message = f"no text: the page ends inside {swallowing!r}, which is never closed"
        return framing.Result(framing.UNCLOSED, charset, None, message.encode("utf-8", "replace"))
    status = framing.TEXT if text else framing.EMPTY
    return framing.Result(status, charset, None if title is None else title.encode("utf-8", "replace"), text)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:  # the parent is gone
        os._exit(1)
