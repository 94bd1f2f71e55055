"""WARC → signals with one extractor or another: CPU seconds of one worker, in one run.

usage: end_to_end.py CRAWL_FOLDER [ROUNDS] [EXTRACTOR[@MODEL] …]

Each extractor does the tasks of `corpusmill run keep-all` one after the other in one process: read, extract, identify
the language, RedPajama-V2's 45 signals, MinHash, store; then the whole command, which adds the driver, a worker's start
and the report. The archives are joined into one, since a crawl's own hold tens of thousands of pages and not hundreds;
it and the first of its parts alone are measured, and the difference is the time of pages without any start.
The extractors take turns, after one run that is not counted (kernels are compiled then), and of each figure the least
of the rounds counts. A child's time counts as its parent's. Prints Markdown; ratios are against the first row.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from measure import Usage, usage_of

EXTRACTORS = ("resiliparse", "learned")
_HERE = Path(__file__).resolve()


def settings_of(extractor: str) -> list[str]:
    """`learned`, or `learned@MODEL` with a model of one's own."""
    name, _, model = extractor.partition("@")
    return [f"extract.extractor={name}", *([f"extract.model={model}"] if model else [])]


def perform_tasks(extractor: str, out: Path, archives: list[Path]) -> None:
    """What a worker does, in this process."""
    from corpusmill.pipeline.inputs import plan_pages
    from corpusmill.pipeline.recipe import load
    from corpusmill.pipeline.task import perform

    counts: dict[str, list[int]] = {}
    for task in plan_pages(load("keep-all", settings_of(extractor)), archives, None).tasks:
        for stage in perform(task, out, lambda progress: None).counts["stages"]:
            found = counts.setdefault(stage["stage"], [0, 0])
            found[0] += stage["in"]
            found[1] += stage["kept"]
    (out / "counts.json").write_text(json.dumps(counts))


def tasks_once(extractor: str, archives: list[Path]) -> tuple[Usage, int, int]:
    """Usage, pages that the extractor was given, and those with text."""
    with tempfile.TemporaryDirectory() as folder:
        usage = usage_of([sys.executable, _HERE, "--perform", extractor, folder, *archives])
        given, kept = json.loads((Path(folder) / "counts.json").read_bytes())["extract"]
    return usage, given, kept


def command_once(extractor: str, archives: list[Path]) -> Usage:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "corpusmill.cli.main", "run", "keep-all", "--workers", "1"]
        settings = [part for setting in settings_of(extractor) for part in ("--set", setting)]
        command += ["--out", f"{folder}/run", *settings, "--input", *archives]
        return usage_of(command, Path(folder) / "log")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measure_all(sorted(Path(sys.argv[1]).glob("*.warc.gz")), Path(folder) / "joined.warc.gz")


def measure_all(archives: list[Path], joined: Path) -> None:
    with joined.open("wb") as file:
        for path in archives:
            file.write(path.read_bytes())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    extractors = sys.argv[3:] or EXTRACTORS
    parts = {"all": [joined], "first": archives[:1]}
    pages = {(name, part): tasks_once(name, chosen)[1:] for name in extractors for part, chosen in parts.items()}
    cpu: dict[tuple[str, str, str], float] = {}
    peak = dict.fromkeys(extractors, 0.0)
    for _ in range(rounds):
        for name in extractors:
            for part, chosen in parts.items():
                of_tasks = tasks_once(name, chosen)[0]
                peak[name] = max(peak[name], of_tasks.peak_mib)
                for what, usage in (("tasks", of_tasks), ("command", command_once(name, chosen))):
                    key = name, what, part
                    cpu[key] = min(cpu.get(key, usage.cpu_seconds), usage.cpu_seconds)
    count = pages[extractors[0], "all"][0]
    print(f"{len(archives)} archives as one, {count} pages of HTML, least of {rounds} rounds\n")
    print(
        "| WARC → signals | with text | peak MiB | tasks: CPU s | ms a page without start | pages per CPU s | ratio"
        " | whole command: CPU s | pages per CPU s | ratio |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    first: list[float] = []
    for name in extractors:
        (given, kept), (given_first, _) = pages[name, "all"], pages[name, "first"]
        tasks, command = cpu[name, "tasks", "all"], cpu[name, "command", "all"]
        each = (tasks - cpu[name, "tasks", "first"]) / (given - given_first)
        first = first or [each, command]
        print(
            f"| {name} | {kept} | {peak[name]:.0f} | {tasks:.2f} | {1e3 * each:.3f} | {1 / each:.0f}"
            f" | {first[0] / each:.2f} | {command:.2f} | {given / command:.0f} | {first[1] / command:.2f} |"
        )


if __name__ == "__main__":
    if sys.argv[1] == "--perform":
        perform_tasks(sys.argv[2], Path(sys.argv[3]), [Path(each) for each in sys.argv[4:]])
    else:
        main()
