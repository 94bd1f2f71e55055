"""datatrove's URLFilter with the lists it ships, against the recipe datatrove-url-filter: verdicts, speed, memory.

python benchmarks/url_filters.py PYTHON_WITH_DATATROVE

The URLs are made of the lists themselves: listed hosts and others beside them, and listed words in several cases.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

LISTS = {"banned_words": "hard_words", "banned_subwords": "subwords", "soft_banned_words": "soft_words"}
URLS = 35_000

_THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import tldextract
from datatrove.data import Document
from datatrove.pipeline.filters.url_filter import URLFilter
urls = json.load(open(sys.argv[1]))
documents = [Document(text="", id="", metadata={"url": url}) for url in urls]
tested = URLFilter()
tested.tldextractor = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
tested.filter(documents[0])
start = time.perf_counter()
found = [tested.filter(document) for document in documents]
seconds = time.perf_counter() - start
reasons = [answer[1] if isinstance(answer, tuple) else None for answer in found]
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps([reasons, seconds, int(status["VmHWM"].split()[0]) // 1024]))
"""


def lists_of(python: str, folder: Path) -> None:
    """datatrove's lists under our names."""
    found = subprocess.run(
        [python, "-c", "from datatrove.utils._import_utils import ASSETS_PATH; print(ASSETS_PATH)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assets = Path(found.stdout.strip().splitlines()[-1])
    folder.mkdir()
    with tarfile.open(next(assets.glob("url_filterblacklists*.tar.gz"))) as archive:
        for name in ("domains", "urls"):
            member = archive.extractfile(name)
            assert member is not None
            (folder / f"{name}.txt").write_bytes(member.read())
    for theirs, ours in LISTS.items():
        (folder / f"{ours}.txt").write_bytes((assets / f"{theirs}.txt").read_bytes())


def made_urls(folder: Path) -> list[str]:
    chosen = random.Random(3)
    domains = (folder / "domains.txt").read_text().split()
    urls = chosen.sample((folder / "urls.txt").read_text().split(), URLS // 20)
    words = [word for name in LISTS.values() for word in (folder / f"{name}.txt").read_text().split("\n") if word]
    while len(urls) < URLS:
        host = chosen.choice(domains)
        host = chosen.choice([host, f"www.{host}", f"a.b.{host}", f"x{host}", f"x{host}", host.partition(".")[2]])
        cases = (str, str.lower, str.title)
        path = [chosen.choice(cases)(chosen.choice(words)) for _ in range(chosen.randint(0, 2))]
        urls.append(f"https://{host}/" + chosen.choice(["-", "/", "_", ".", ""]).join(path))
    return urls


def ours(urls: list[str], folder: Path) -> list[str | None]:
    import pyarrow as pa

    from corpusmill.artifacts import Artifacts
    from corpusmill.batch import TextBatch
    from corpusmill.pipeline.recipe import load
    from corpusmill.signals.registry import measure

    rules = load("datatrove-url-filter").rule
    columns = {"url": pa.array(urls)}
    batch = TextBatch(pa.array([""] * len(urls)), artifacts=Artifacts(folder), columns=columns)
    measured = measure(batch, [rule.value for rule in rules])
    values = [(rule.name, rule.max, measured[rule.value].to_pylist()) for rule in rules]
    return [next((name for name, most, found in values if found[i] > most), None) for i in range(len(urls))]


def main() -> None:
    if len(sys.argv) == 4:  # in a process of its own, so that its memory is its own
        urls = json.loads(Path(sys.argv[2]).read_text())
        ours(urls[:10], Path(sys.argv[3]))
        start = time.perf_counter()
        reasons = ours(urls, Path(sys.argv[3]))
        seconds = time.perf_counter() - start
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        print(json.dumps([reasons, seconds, int(status["VmHWM"].split()[0]) // 1024]))
        return
    python = sys.argv[1]
    with tempfile.TemporaryDirectory() as place:
        lists_of(python, Path(place) / "url_lists")
        urls, path = made_urls(Path(place) / "url_lists"), Path(place) / "urls.json"
        path.write_text(json.dumps(urls))
        answers = {}
        for name, command in (
            ("datatrove", [python, "-c", _THEIRS, str(path)]),
            ("corpusmill", [sys.executable, __file__, python, str(path), place]),
        ):
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            answers[name], seconds, mib = json.loads(done.stdout.splitlines()[-1])
            print(f"{name}: {len(urls) / seconds:,.0f} URLs/s, peak {mib} MiB")
    differ = sum(one != other for one, other in zip(answers["datatrove"], answers["corpusmill"], strict=True))
    dropped = sum(reason is not None for reason in answers["datatrove"])
    print(f"{differ} of {len(urls):,} differ; {dropped:,} dropped")


if __name__ == "__main__":
    main()
