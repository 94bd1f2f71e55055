"""Near duplicates verified by exact similarity, at growing sizes, with sites whose pages share a template.

usage: near_scale.py DOCUMENTS…      (10000 30000 100000 300000)

Pages are made up of sentences: 2,000 sites of very unequal size, each with a header and footer of its own around random
sentences; one page in five is a copy of another one, half of these with a sentence changed. Each size runs in a process
of its own; making the pages is not counted. Prints Markdown.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time

SITES, SENTENCES = 2000, 60_000


def pages(count: int) -> list[str]:
    drawn = random.Random(1)
    words = [f"{chr(97 + n % 26)}{n:x}" for n in range(30_000)]
    sentences = [" ".join(drawn.choice(words) for _ in range(drawn.randint(5, 30))) for _ in range(SENTENCES)]
    sites = [[drawn.choice(sentences) for _ in range(drawn.randint(2, 12))] for _ in range(SITES)]
    found: list[list[str]] = []
    for _ in range(count):
        if found and drawn.random() < 0.2:
            page = list(found[drawn.randrange(len(found))])
            if drawn.random() < 0.5:
                page[drawn.randrange(len(page))] = drawn.choice(sentences)
        else:
            site = sites[int(SITES * drawn.random() ** 3)]
            own = [drawn.choice(sentences) for _ in range(drawn.randint(3, 15))]
            page = site[: len(site) // 2] + own + site[len(site) // 2 :]
        found.append(page)
    return ["\n".join(page) for page in found]


def peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(count: int) -> None:
    import pyarrow as pa

    from corpusmill.dedupe.near import near_duplicates

    texts = pa.array(pages(count), pa.large_string())
    near_duplicates(texts.slice(0, 20))
    before, start = peak_mebibytes(), time.process_time()
    found = near_duplicates(texts)
    seconds = time.process_time() - start
    print(
        json.dumps(
            {
                "megabytes": texts.nbytes / 1e6,
                "seconds": seconds,
                "duplicates": len(found) - len(found["survivor"].unique()),
                "more_mebibytes": peak_mebibytes() - before,
            }
        )
    )


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [10_000, 30_000, 100_000, 300_000]
    if sizes[0] < 0:
        return measure(-sizes[0])
    print("| pages | MB of text | duplicates | CPU s | MB / CPU s | MiB above the texts |")
    print("|---:|---:|---:|---:|---:|---:|")
    for size in sizes:
        command = [sys.executable, __file__, str(-size)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        rate = found["megabytes"] / found["seconds"]
        print(
            f"| {size:,} | {found['megabytes']:.0f} | {found['duplicates']:,} | {found['seconds']:.1f} | {rate:.0f} "
            f"| {found['more_mebibytes']:.0f} |",
            flush=True,
        )
    return None


if __name__ == "__main__":
    main()
