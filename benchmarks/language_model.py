"""Training against KenLM's `lmplz`, scoring against its Python module called line by line, on the same pieces.

usage: language_model.py RUN LMPLZ PYTHON_WITH_KENLM [MEGABYTES]

RUN is a finished run; its documents' lines, in CCNet's normal form, cut at white space, are the sentences: the first
nine tenths for training, the rest for scoring. CPU and wall seconds of whole commands for training; for scoring, of the
calls alone, the model loaded. Prints Markdown.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.dataset as ds

from corpusmill.language.ccnet_text import document_form
from corpusmill.models.ngram.files import load
from measure import usage_of

ORDER = "5"
LINES_AT_ONCE = 10_000

SCORE_BY_KENLM = """
import sys, time, kenlm
model = kenlm.Model(sys.argv[1])
lines = open(sys.argv[2], encoding="utf-8", newline="\\n").read().split("\\n")[:-1]
best = 1e9
for _ in range(3):
    started = time.process_time()
    total = sum(model.score(line) for line in lines)
    best = min(best, time.process_time() - started)
print(best, total)
"""


def write_pieces(run: Path, folder: Path, megabytes: float) -> tuple[Path, Path]:
    lines: list[str] = []
    size = 0.0
    for batch in ds.dataset(run / "documents").to_batches(columns=["raw_content"]):
        for text in batch["raw_content"].to_pylist():
            found = [" ".join(document_form(line).split()) for line in text.split("\n")]
            lines += [line for line in found if line and not {"<s>", "</s>", "<unk>"} & set(line.split(" "))]
        size = sum(len(line.encode()) + 1 for line in lines) / 1e6
        if size >= megabytes:
            break
    cut = len(lines) * 9 // 10
    paths = folder / "train", folder / "score"
    for path, part in zip(paths, (lines[:cut], lines[cut:]), strict=True):
        path.write_text("".join(f"{line}\n" for line in part), encoding="utf-8", newline="\n")
    return paths


def main() -> None:
    run, lmplz, python = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    folder = Path(tempfile.mkdtemp(prefix="corpusmill-bench-lm-"))
    train, score = write_pieces(run, folder, float(sys.argv[4]) if len(sys.argv) > 4 else 1e9)
    arpa = folder / "theirs.arpa"
    theirs = usage_of(
        [lmplz, "-o", ORDER, "--discount_fallback", "-T", folder, "--text", train, "--arpa", arpa], folder / "log"
    )
    corpusmill = Path(sys.executable).parent / "corpusmill"
    command = [corpusmill, "train", "lm", "--pieces", train, "--order", ORDER, "--out", folder / "ours"]
    ours = usage_of(command, folder / "log")
    with_arpa = usage_of([*command, "--arpa", folder / "ours.arpa"], folder / "log")
    print(f"{train.stat().st_size / 1e6:.1f} MB of pieces, order {ORDER}\n")
    print("| training | CPU s | wall s | peak MiB |\n|---|---:|---:|---:|")
    for name, usage in (("lmplz", theirs), ("corpusmill train lm", ours), ("the same, with --arpa", with_arpa)):
        print(f"| {name} | {usage.cpu_seconds:.1f} | {usage.wall_seconds:.1f} | {usage.peak_mib:.0f} |")
    print(
        f"\nours ÷ lmplz: **{ours.wall_seconds / theirs.wall_seconds:.2f}** wall, "
        f"{ours.cpu_seconds / theirs.cpu_seconds:.2f} CPU\n"
    )
    answer = subprocess.run([python, "-c", SCORE_BY_KENLM, arpa, score], capture_output=True, text=True, check=True)
    their_seconds, their_total = map(float, answer.stdout.split())
    model = load(folder / "ours")
    lines = score.read_text(encoding="utf-8").split("\n")[:-1]
    model.score(lines[:10])
    best, total = float("inf"), 0.0
    for _ in range(3):
        started, total = time.process_time(), 0.0
        for first in range(0, len(lines), LINES_AT_ONCE):
            total += float(model.score(lines[first : first + LINES_AT_ONCE]).log10.sum(dtype="float64"))
        best = min(best, time.process_time() - started)
    size = score.stat().st_size / 1e6
    print("| scoring | MB/s of pieces | sum of log10 |\n|---|---:|---:|")
    print(f"| kenlm.Model.score, line by line | {size / their_seconds:.1f} | {their_total:.1f} |")
    print(f"| corpusmill | {size / best:.1f} | {total:.1f} |")
    print(f"\nours ÷ KenLM: **{their_seconds / best:.2f}**")


if __name__ == "__main__":
    main()
