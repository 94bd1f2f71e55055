"""One child process: started, fed a batch, watched page by page, killed where it fails."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from corpusmill.errors import EnvironmentFault
from corpusmill.extract import framing
from corpusmill.extract.framing import Page, Result

STARTUP_SECONDS = 120.0  # until a child holds its batch; only a machine without memory or disk needs longer
CLOCK_FACTOR = 10  # a page may take this many times its deadline by the clock, where the machine has others to serve
_SLICE_SECONDS = 0.5  # how often a slow page's processor time is looked at

_PACKAGE_ROOT = str(Path(__file__).parents[2])
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "NUMBA_CACHE_DIR")


class ChildDied(Exception):
    """The child ended or was ended; `reason` is the loss of the page it worked on, if `page_started`."""

    def __init__(self, reason: str, message: str, page_started: bool) -> None:
        super().__init__(message)
        self.reason, self.message, self.page_started = reason, message, page_started


class Child:
    """A running `corpusmill.extract.child`; not safe for two threads at once."""

    def __init__(self, function: str, memory_limit_bytes: int, search_path: tuple[str, ...] = ()) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        folders = [_PACKAGE_ROOT, *search_path, os.environ.get("PYTHONPATH", "")]
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, folders)), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
        arguments = [sys.executable, "-P", "-m", "corpusmill.extract.child"]
        arguments += [str(os.getpid()), str(memory_limit_bytes), function]
        self._owner = os.getpid()
        self._errors: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        try:
            self._process = subprocess.Popen(
                arguments,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
            )
        except OSError as error:
            raise EnvironmentFault(f"the extraction process does not start: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        for descriptor in (self._input, self._output):
            _enlarge(descriptor)
        self._buffer = bytearray()
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._output, select.POLLIN)
        self._writable.register(self._input, select.POLLOUT)

    def ask(self, pages: list[Page], deadline_seconds: float) -> Iterator[Result]:
        """Results of `pages`, in order, each as soon as the child has it. Raises ChildDied, and the child is gone."""
        self._send(framing.pack_batch(pages))
        for _ in pages:
            yield self._receive(deadline_seconds)

    @property
    def is_ours(self) -> bool:
        """False in a process that was forked from the one that started the child."""
        return self._owner == os.getpid()

    def close(self) -> None:
        """Kill the child, if it still runs, and free what belongs to it."""
        if self.is_ours:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                stream.close()

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        end = time.monotonic() + STARTUP_SECONDS
        while view:
            try:
                view = view[os.write(self._input, view) :]
            except BlockingIOError:
                if not self._writable.poll(_SLICE_SECONDS * 1000) and time.monotonic() > end:
                    raise self._died("extract_crash", "it did not read its batch", page_started=False) from None
            except BrokenPipeError:
                raise self._died("extract_crash", "it ended before its batch", page_started=False) from None
        while not self._buffer:
            self._fill(end, page_started=False)
        if self._buffer[:1] != framing.ACK:
            raise self._died("extract_crash", "it wrote something else than an acknowledgement", page_started=False)
        del self._buffer[:1]

    def _receive(self, deadline_seconds: float) -> Result:
        start = time.monotonic()
        grace = min(_SLICE_SECONDS, deadline_seconds / 4)  # most pages are done before anyone looks at their time
        soft_end, end = start + grace, start + deadline_seconds * CLOCK_FACTOR
        spent_before: float | None = None
        watched = False
        while True:
            try:
                result = framing.unpack_result(self._buffer)
            except ValueError as error:
                raise self._died("extract_crash", str(error), page_started=True) from None
            if result is not None:
                return result
            if self._fill(end, page_started=True, soft_end=soft_end):
                continue
            spent = self._cpu_seconds()
            if not watched:
                watched, spent_before = True, spent
            elif spent is None or spent_before is None:
                soft_end = end  # no such figure on this system: the clock alone decides
            elif spent - spent_before + grace >= deadline_seconds:
                message = f"no text after {deadline_seconds:g} s of processor time"
                raise self._died("extract_deadline", message, page_started=True)

    def _fill(self, end: float, *, page_started: bool, soft_end: float = float("inf")) -> bool:
        """Read what there is. False: nothing came until `soft_end`, or for a slice of time after it."""
        while True:
            now = time.monotonic()
            if now > end:
                reason = "extract_deadline" if page_started else "extract_crash"
                raise self._died(reason, "no sign of life within the limit by the clock", page_started=page_started)
            wait = min(_SLICE_SECONDS, end - now) if now >= soft_end else min(soft_end - now, end - now)
            if self._readable.poll(max(1.0, wait * 1000)):
                break
            if time.monotonic() >= soft_end:
                return False
        data = os.read(self._output, framing.PIPE_BYTES)
        if not data:
            raise self._died("extract_crash", "", page_started=page_started)
        self._buffer += data
        return True

    def _died(self, reason: str, message: str, *, page_started: bool) -> ChildDied:
        """The exception for a child that ends here; without a message, its own last words give the reason."""
        if message:
            self._process.kill()
        status = self._process.wait()
        if not message:
            self._errors.seek(0)
            words = self._errors.read()[-2000:].decode("utf-8", "replace").strip()
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            message = f"the extraction process ended with {how}" + (
                f": {words.splitlines()[-1][:300]}" if words else ""
            )
            if status == -9 or "memory allocation of" in words or "MemoryError" in words:
                reason = "extract_memory"
        return ChildDied(reason, message, page_started)

    def _cpu_seconds(self) -> float | None:
        """Processor time that the child has used; None where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _enlarge(descriptor: int) -> None:
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, framing.PIPE_BYTES)
    except (OSError, AttributeError):  # not allowed, or not Linux: a batch takes more turns
        return
