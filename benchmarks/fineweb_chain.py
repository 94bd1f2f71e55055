"""FineWeb's chain, archives to a deduplicated selection: datatrove's against our one command, on the same crawl.

    .venv/bin/python benchmarks/fineweb_chain.py --crawl FOLDER --datatrove .venv-datatrove/bin/python

datatrove: reader, trafilatura, language, Gopher, C4, FineWeb, MinHash signatures (benchmarks/datatrove_chain.py),
without its imports and models. Ours: `corpusmill run fineweb-deduplicated[-fast]`, one worker, the whole command with
its start and report, the best of three. CPU seconds of all processes. `--corpusmill` names the command of another
environment: in one with nothing but corpusmill, PyArrow and Numba find neither pandas nor SciPy, which they would load.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import usage_of

HERE = Path(__file__).parent
ROUNDS = 3


def main() -> None:
    from corpusmill.language.identify import LanguageParameters

    parser = argparse.ArgumentParser()
    parser.add_argument("--crawl", type=Path, required=True)
    parser.add_argument("--datatrove", type=Path, required=True)
    parser.add_argument("--corpusmill", type=Path, default=Path(sys.executable).parent / "corpusmill")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        scratch, out = Path(temporary), Path(temporary) / "run"
        model = LanguageParameters().model_path()
        command = [
            arguments.datatrove,
            HERE / "datatrove_chain.py",
            arguments.crawl,
            scratch / "d",
            model,
            "trafilatura",
        ]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
        theirs = json.loads(done.stdout.strip().split("\n")[-1])
        print("| chain | pages | kept | CPU s | pages per CPU s | times datatrove's |\n|---|---:|---:|---:|---:|---:|")
        rate = theirs["read"] / theirs["cpu_seconds"]
        print(f"| datatrove 0.10.1 | {theirs['read']:,} | {theirs['kept']:,} before deduplication | "
              f"{theirs['cpu_seconds']:.1f} | {rate:.1f} | – |")  # fmt: skip
        for recipe in ("fineweb-deduplicated-fast", "fineweb-deduplicated"):
            seconds = []
            for _ in range(ROUNDS):
                shutil.rmtree(out, ignore_errors=True)
                run = [arguments.corpusmill, "run", recipe, "--input", arguments.crawl, "--out", out, "--workers", "1"]
                seconds.append(usage_of(run).cpu_seconds)
            manifest = json.loads((out / "manifest.json").read_bytes())
            pages = manifest["stages"][0]["kept"]
            ours = pages / min(seconds)
            kept = manifest["selections"][recipe]["kept"]
            print(f"| ours, {recipe} | {pages:,} | {kept:,} | {min(seconds):.1f} | {ours:.1f} | {ours / rate:.1f} |")


if __name__ == "__main__":
    main()
