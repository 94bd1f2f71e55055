"""The choice of an engine, put off until there is enough to encode."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from corpusmill.schema import repeated
from corpusmill.tokenize.flat import FlatIds

Encode = Callable[[pa.Array], FlatIds]  # large strings, none of which is null


class Switching:
    """Encodes by `slow` until some text has gone through it, then by what `choose` makes, where it makes anything.

    Both give the same ids. Whoever has little to encode does not wait for the choice.
    """

    def __init__(self, slow: Encode, choose: Callable[[], Encode | None] | None, worth_bytes: int = 200_000) -> None:
        self._encode, self._choose = slow, choose
        self._left_bytes = worth_bytes

    def __call__(self, texts: pa.Array) -> FlatIds:
        if self._choose is not None:
            self._left_bytes -= texts.nbytes
            if self._left_bytes < 0:
                self.decide()
        return self._encode(texts)

    def decide(self) -> None:
        """Choose now, if that was not done."""
        if self._choose is not None:
            self._encode, self._choose = self._choose() or self._encode, None

    def prepare(self) -> None:
        """Choose now, and load what encoding needs."""
        if self._choose is not None:
            self.decide()
            self._encode(repeated("a", 1).cast(pa.large_string()))
