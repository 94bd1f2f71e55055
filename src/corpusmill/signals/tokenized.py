"""Signals that exist once per tokenizer: `gopher_token_count` is `gopher_token_count_spacy_en`, `…_uax29` and so on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TypeVar

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.segment.names import WORDS

Result = TypeVar("Result")


def tokenized(
    name: str,
    function: Callable[[TextBatch, str], pa.Array],
    definition: str,
    *,
    dtype: pa.DataType,
    unit: str,
    source: str,
    version: int,
    tokenizers: Iterable[str] = WORDS,
    family: str = "gopher",
) -> None:
    """Declare the signal `name`_T of the family `family`_T for each tokenizer T, measured by `function(batch, T)`."""
    from corpusmill.signals.registry import signal  # which imports those that import this

    for tokenizer in tokenizers:
        column = f"{name}_{tokenizer}"

        def measured(batch: TextBatch, tokenizer: str = tokenizer) -> pa.Array:
            return function(batch, tokenizer)

        measured.__name__ = measured.__qualname__ = column
        measured.__doc__ = f"{definition}\n\nTokens: {WORDS[tokenizer]}."
        declare = signal(column, dtype=dtype, unit=unit, source=source, version=version, family=f"{family}_{tokenizer}")
        declare(measured)


@functools.cache
def with_tokenizer(function: Callable[[TextBatch, str], Result], tokenizer: str) -> Callable[[TextBatch], Result]:
    """`function` of one tokenizer, the same object at each call: for `batch.once`."""

    def measurement(batch: TextBatch) -> Result:
        return function(batch, tokenizer)

    return measurement
