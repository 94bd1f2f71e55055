"""Which constructed duplicates of a crawl whose truth is known each deduplication of a run finds.

usage: dedupe_truth.py RUN CRAWL_FOLDER NAME…      (names of `corpusmill dedupe RUN --name NAME`)

A duplicate is found where it is in one cluster with the page that it was made from, or, of Bloom duplicates, where one
of the two is marked: its column of scores is above 0.8; of repeated passages, where one of the two has any. Both must
have become documents. Where the crawl comes with a file of pairs and their similarity (of the text of whole pages), the
pairs of at least 0.8 and 0.5 that are found are counted too, and, of pairs in one cluster between pages of that file,
those that it has with at least that. Prints Markdown.
"""

from __future__ import annotations

import csv
import gzip
import itertools
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

    for path in Path(crawl).glob("*.pairs.tsv.gz"):
        print_pairs(path, opened, names, page_of, together)


def print_pairs(
    path: Path,
    opened: OpenedRun,
    names: list[str],
    page_of: dict[str, str],
    together: dict[str, Callable[[str, str], bool]],
) -> None:
    """Recall and precision by the pairs of the crawl."""
    here = set(page_of.values())
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.reader(lines, delimiter="\t"))[1:]
    known = {frozenset(row[:2]): float(row[2]) for row in rows if {row[0], row[1]} <= here}
    listed = set().union(*known)
    print(f"\n| pairs of whole pages | pairs | {' | '.join(names)} |\n|---|---:|{'---:|' * len(names)}")
    for least in (0.8, 0.5):
        wanted = [tuple(pair) for pair, similarity in known.items() if similarity >= least]
        recall = [f"{100 * sum(together[name](*pair) for pair in wanted) / len(wanted):.1f}" for name in names]
        print(f"| J ≥ {least}: found, % | {len(wanted)} | {' | '.join(recall)} |")
    for least in (0.8, 0.5):
        precision = []
        for name in names:
            members: dict[str, list[str]] = {}
            for row in opened.clusters(name).to_table().to_pylist():
                if page_of[row["doc_id"]] in listed:
                    members.setdefault(row["cluster"], []).append(page_of[row["doc_id"]])
            pairs = [frozenset(pair) for pages in members.values() for pair in itertools.combinations(pages, 2)]
            precision.append(f"{100 * sum(known.get(pair, 0) >= least for pair in pairs) / len(pairs):.1f}")
        print(f"| in one cluster: J ≥ {least}, % | | {' | '.join(precision)} |")


if __name__ == "__main__":
    main()
