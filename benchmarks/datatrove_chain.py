"""datatrove on the same crawl, its own defaults: reader, extractor, language, its quality filters, MinHash signatures.

usage: datatrove_chain.py FOLDER SCRATCH LID_MODEL trafilatura|resiliparse|none      (in datatrove's own environment)

The folder holds archives, or, for `none`, JSONL files of texts.

Prints one JSON object: pages or texts read, documents kept, CPU seconds without imports and model loading.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")


def cpu_seconds() -> float:
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def main() -> None:
    crawl, scratch, lid, extractor = sys.argv[1:5]
    import datatrove.utils.lid as lid_module
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.extractors.base import BaseExtractor
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
        LanguageFilter,
    )
    from datatrove.pipeline.readers import JsonlReader, WarcReader
    from datatrove.utils.logging import logger
    from datatrove.utils.text import split_into_sentences
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    class Resiliparse(BaseExtractor):
        """Our default extractor inside datatrove's own frame (child process and time limit included)."""

        name = "resiliparse"

        def __init__(self) -> None:
            super().__init__()  # abstract in its base

        def extract(self, text: str) -> str:
            from resiliparse.extract.html2text import extract_plain_text
            from resiliparse.parse.html import HTMLTree

            return extract_plain_text(HTMLTree.parse(text), main_content=True, alt_texts=False, links=False)

    logger.remove()
    lid_module.cached_asset_path_or_download = lambda *_, **__: lid  # the file given, no download
    language = LanguageFilter(["en"])
    assert language.model.model is not None
    load_word_tokenizer("eng").word_tokenize("load")
    split_into_sentences("load", "eng")
    archives = WarcReader(crawl, glob_pattern="*.warc.gz").run
    readers: dict[str, list[Callable[..., Iterator[Any]]]] = {
        "trafilatura": [archives, Trafilatura().run],
        "resiliparse": [archives, Resiliparse().run],
        "none": [JsonlReader(crawl, glob_pattern="*.jsonl").run],
    }
    steps: list[Callable[..., Iterator[Any]]] = [
        *readers[extractor],
        language.run,
        GopherRepetitionFilter().run,
        GopherQualityFilter().run,
        C4QualityFilter(filter_no_terminal_punct=False).run,
        FineWebQualityFilter().run,
    ]
    read = 0

    def counted(documents: Iterator[Any]) -> Iterator[Any]:
        nonlocal read
        for document in documents:
            read += 1
            yield document

    started = cpu_seconds()
    stream = counted(steps[0]())
    for step in steps[1:]:
        stream = step(stream)
    kept = list(stream)
    MinhashDedupSignature(scratch, MinhashConfig()).run(iter(kept))
    print(json.dumps({"read": read, "kept": len(kept), "cpu_seconds": round(cpu_seconds() - started, 2)}))


if __name__ == "__main__":
    main()
