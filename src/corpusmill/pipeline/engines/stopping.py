"""Signals are noted, and acted upon between two events of the workers, so that they cut nothing in half."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from corpusmill.errors import Interrupted, Terminated
from corpusmill.pipeline.engines.engine import AGAIN, Say

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopping:
    """Whether one should stop, and how soon. The first interrupt starts nothing more; the second stops at once.

    Outside the main thread, which gets all signals, nothing is ever noted.
    """

    def __init__(self, say: Say) -> None:
        self.wanted: type[Interrupted] | None = None  # start nothing more
        self.at_once = False  # nor finish what is running
        self._say = say

    @contextlib.contextmanager
    def noting(self) -> Iterator[list[int]]:
        """Gives what becomes readable when a signal was noted."""
        if threading.current_thread() is not threading.main_thread():
            yield []
            return
        readable, writable = os.pipe()
        previous = {number: signal.getsignal(number) for number in SIGNALS}

        def note(number: int, frame: FrameType | None) -> None:
            if number != signal.SIGINT:
                self.wanted, self.at_once = Terminated, True
            elif self.wanted is None:
                self.wanted = Interrupted
                self._say("stopping once the files in hand are done; interrupt again to stop at once")
            else:
                self.at_once = True
            os.write(writable, b"!")

        for number in SIGNALS:
            if previous[number] is not signal.SIG_IGN:  # nohup, or a job in the background
                signal.signal(number, note)
        try:
            yield [readable]
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            os.close(readable)
            os.close(writable)

    def end(self) -> None:
        """Raises what was asked for, if anything was."""
        if self.wanted is not None:
            raise self.wanted(f"stopped{' at once' if self.at_once else ''}; {AGAIN}")
