"""Which constructed duplicates of a crawl whose truth is known each deduplication of a run finds.

usage: dedupe_truth.py RUN CRAWL_FOLDER NAME…      (names of `corpusmill dedupe RUN --name NAME`)

A duplicate is found where it is in one cluster with the page that it was made from, or, of Bloom duplicates, where one
of the two is marked: its column of scores is above 0.8; of repeated passages, where one of the two has any. Both must
have become documents.
Prints Markdown.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import corpusmill
from corpusmill.store.opened import OpenedRun
from crawl_truth import truth_of


def tests_of(opened: OpenedRun, name: str, page_of: dict[str, str]) -> Callable[[str, str], bool]:
    """Whether two pages are found to be duplicates."""
    described = opened.manifest["duplicates"][name]
    if described["method"] in ("bloom", "substring"):
        least = 0.8 if described["method"] == "bloom" else 0.0
        rows = opened.scores(described["column"]).to_table().to_pylist()
        marked = {page_of[row["doc_id"]] for row in rows if row["score"] > least}
        return lambda page, origin: page in marked or origin in marked
    cluster_of = {page_of[row["doc_id"]]: row["cluster"] for row in opened.clusters(name).to_table().to_pylist()}
    return lambda page, origin: page in cluster_of and cluster_of[page] == cluster_of.get(origin)


def main() -> None:
    run, crawl, *names = sys.argv[1:]
    opened = corpusmill.open(run)
    table = opened.documents.to_table(columns=["doc_id", "record_id"]).to_pydict()
    page_of = dict(zip(table["doc_id"], table["record_id"], strict=True))
    here = set(page_of.values())
    together = {name: tests_of(opened, name, page_of) for name in names}
    made: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for page in truth_of(Path(crawl)).values():
        if not page.get("dup_type") or not {page["id"], page["dup_of"]} <= here:
            continue
        kind = page["dup_type"].split(":")[0]
        made[kind] += 1
        for name, test in together.items():
            found[kind, name] += test(page["id"], page["dup_of"])
    print(f"| constructed | pairs | {' | '.join(names)} |\n|---|---:|{'---:|' * len(names)}")
    for kind, count in sorted(made.items()):
        print(f"| {kind} | {count} | {' | '.join(str(found[kind, name]) for name in names)} |")


if __name__ == "__main__":
    main()
