"""The extractor that a recipe names."""

from __future__ import annotations

from corpusmill.extract.extracted import PageExtractor
from corpusmill.extract.parameters import ExtractParameters


def extractor_for(parameters: ExtractParameters) -> PageExtractor:
    """In a child process for parsers of others, in this one for our own. Raises Refused for what cannot work."""
    if parameters.kind().function:  # each with what it needs: a driver imports this module and extracts nothing
        from corpusmill.extract.extractor import Extractor

        return Extractor(parameters)
    from corpusmill.extract.in_process import InProcessExtractor

    return InProcessExtractor(parameters)
