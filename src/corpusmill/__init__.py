"""corpusmill: from web crawls to training-ready tokens. Extract once, measure once, decide many times.

>>> import corpusmill
>>> finished = corpusmill.run("keep-all", ["demo/crawl"], out="run")      # doctest: +SKIP
>>> for document in corpusmill.load("demo-run", languages=["de"]): ...     # doctest: +SKIP
>>> corpusmill.open("demo-run").sql("select language, count(*) from documents group by all")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpusmill.api import (
        annotate,
        extract_texts,
        find_contaminants,
        find_duplicates,
        judge,
        load,
        mix_tokens,
        open,
        run,
    )

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "annotate",
    "extract_texts",
    "find_contaminants",
    "find_duplicates",
    "judge",
    "load",
    "mix_tokens",
    "open",
    "run",
]


def __getattr__(name: str) -> object:
    """The verbs, imported when first used: `import corpusmill` alone stays light."""
    if name in __all__:
        return getattr(importlib.import_module("corpusmill.api"), name)
    raise AttributeError(f"module 'corpusmill' has no attribute {name!r}")
