"""The bytes of Arrow's strings, with room behind them that kernels may read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class Placed:
    """Gives bytes with the texts among them, and where each begins: a copy, which is valid until the next call, where
    there are no `slack_bytes` to read behind them.
    """

    def __init__(self, slack_bytes: int) -> None:
        self._slack_bytes = slack_bytes
        self._room = np.empty(0, np.uint8)

    def __call__(self, texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """`texts`: large strings."""
        _, places, content = texts.buffers()
        offsets = np.frombuffer(places, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        if content is not None and content.size >= offsets[-1] + self._slack_bytes:
            return np.frombuffer(content, np.uint8), offsets
        size = int(offsets[-1] - offsets[0])
        if self._room.size < size + self._slack_bytes:
            self._room = np.zeros(size + self._slack_bytes, np.uint8)
        if size:
            self._room[:size] = np.frombuffer(content, np.uint8)[offsets[0] : offsets[-1]]
        room = self._room.view()
        room.flags.writeable = False  # as what Arrow has: kernels are compiled for one of both
        return room, offsets - offsets[0]
