"""Lists of millions of hosts: how long the table takes to make, what a worker needs, and look-ups a second.

python benchmarks/url_lists.py --hosts 5000000
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa


def host(number: int) -> str:
    return f"{number * 2654435761 % 2**32:x}.made-up-{number % 977}.example"


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def private_mib() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def look_up(path: Path, hosts: int, parents: bool) -> None:
    from corpusmill.signals.hashed_lists import listed

    asked = pa.array([host(i) if i % 2 else f"sub.{host(i)}.org" for i in range(0, hosts, max(1, hosts // 1_000_000))])
    listed(path.with_name("one.txt"), asked[:10], parents=parents)  # compiles
    before = private_mib()
    start = time.perf_counter()
    listed(path, asked[:10], parents=parents)
    opened = time.perf_counter() - start
    start = time.perf_counter()
    found = listed(path, asked, parents=parents)
    seconds = time.perf_counter() - start
    expected = np.arange(0, hosts, max(1, hosts // 1_000_000)) % 2
    wrong = int((found != expected).sum())
    print(
        f"opened in {opened:.2f} s; {len(asked) / seconds:,.0f} look-ups/s, {wrong} wrong;"
        f" private memory +{private_mib() - before:.1f} MiB, peak {peak_mib():.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=5_000_000)
    parser.add_argument("--look-up", type=Path)
    parser.add_argument("--parents", action="store_true")
    arguments = parser.parse_args()
    if arguments.look_up:
        look_up(arguments.look_up, arguments.hosts, arguments.parents)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hosts.txt"
        path.with_name("one.txt").write_text("example.org\n")
        with path.open("w") as file:
            file.writelines(host(i) + "\n" for i in range(arguments.hosts))
        print(f"{arguments.hosts:,} hosts, {path.stat().st_size / 2**20:.0f} MiB; first the table is made, then mapped")
        for parents in ([], [], ["--parents"]):
            command = [sys.executable, __file__, "--hosts", str(arguments.hosts), "--look-up", str(path), *parents]
            subprocess.run(command, check=True)
        table = next(path.parent.glob(".hosts*.hashes"))
        print(f"table of {table.stat().st_size / 2**20:.0f} MiB on disk")


if __name__ == "__main__":
    main()
