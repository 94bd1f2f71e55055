"""How many of datatrove's quality filters pass each text, at its own thresholds.

usage: datatrove_filters.py TEXTS.jsonl      (in datatrove's own environment)

Each line has `text` and `english`; where that is false, Gopher's stop words are not asked for: they are English ones.
Prints one number a line, 0 to 4: Gopher repetition, Gopher quality, C4, FineWeb quality.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")


def main() -> None:
    from datatrove.data import Document
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )
    from datatrove.utils.logging import logger

    logger.remove()
    shared = [GopherRepetitionFilter(), C4QualityFilter(filter_no_terminal_punct=False), FineWebQualityFilter()]
    quality = {True: GopherQualityFilter(), False: GopherQualityFilter(min_stop_words=None)}
    for number, line in enumerate(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        passed = 0
        for each in (*shared, quality[row["english"]]):
            verdict = each.filter(Document(text=row["text"], id=str(number)))
            passed += verdict if isinstance(verdict, bool) else verdict[0]
        print(passed)


if __name__ == "__main__":
    main()
