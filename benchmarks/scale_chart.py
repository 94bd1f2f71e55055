"""The figures of lsh_scale.py as a chart: CPU seconds and peak memory against documents, both axes logarithmic.

usage: scale_chart.py RESULTS.md… > chart.svg       (tables as lsh_scale.py prints them)
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

ROW = re.compile(r"\| ([\d,]+) \| (ours|DuckDB)[^|]*?(\d+) threads? ?[^|]*\| [\d.]+ \| ([\d.]+) \| (\d+) \|")
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 380, 300, 62, 34, 46
COLOURS = {"ours": "#1f6feb", "DuckDB": "#d9822b"}

Points = dict[str, list[tuple[float, float]]]


def read(paths: list[str]) -> tuple[Points, Points]:
    seconds: Points = {}
    mebibytes: Points = {}
    for path in paths:
        for line in Path(path).read_text().splitlines():
            match = ROW.match(line)
            if match and match[3] == "1":
                documents = float(match[1].replace(",", ""))
                seconds.setdefault(match[2], []).append((documents, float(match[4])))
                mebibytes.setdefault(match[2], []).append((documents, float(match[5])))
    return seconds, mebibytes


def panel(x: int, title: str, points: Points) -> list[str]:
    every = [point for line in points.values() for point in line]
    low = [math.floor(math.log10(min(point[k] for point in every))) for k in (0, 1)]
    high = [math.ceil(math.log10(max(point[k] for point in every))) for k in (0, 1)]

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = (math.log10(point[0]) - low[0]) / (high[0] - low[0])
        up = (math.log10(point[1]) - low[1]) / (high[1] - low[1])
        return x + LEFT + across * (WIDTH - LEFT - 20), TOP + (1 - up) * (HEIGHT - TOP - BOTTOM)

    out = [f'<text x="{x + LEFT}" y="20" font-weight="bold">{title}</text>']
    for exponent in range(low[0], high[0] + 1):
        at, bottom = place((10**exponent, 10 ** low[1]))
        out.append(f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{bottom:.1f}" class="grid"/>')
        name = f"{10**exponent:,}" if exponent < 6 else f"{10 ** (exponent - 6):,} M"
        out.append(f'<text x="{at:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{name}</text>')
    for exponent in range(low[1], high[1] + 1):
        left, at = place((10 ** low[0], 10.0**exponent))
        right, _ = place((10 ** high[0], 10.0**exponent))
        out.append(f'<line x1="{left:.1f}" y1="{at:.1f}" x2="{right:.1f}" y2="{at:.1f}" class="grid"/>')
        out.append(f'<text x="{left - 6:.1f}" y="{at + 4:.1f}" text-anchor="end">{10.0**exponent:g}</text>')
    middle, bottom = x + LEFT + (WIDTH - LEFT - 20) / 2, HEIGHT - 8
    out.append(f'<text x="{middle:.1f}" y="{bottom}" text-anchor="middle">documents of 9 bands</text>')
    for name, line in points.items():
        places = [place(point) for point in sorted(line)]
        path = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
        out.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        out += [f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3" fill="{COLOURS[name]}"/>' for across, up in places]
        across, up = places[-1]
        label = {"ours": "corpusmill"}.get(name, name)
        out.append(f'<text x="{across:.1f}" y="{up - 8:.1f}" text-anchor="end" fill="{COLOURS[name]}">{label}</text>')
    return out


def main() -> None:
    seconds, mebibytes = read(sys.argv[1:])
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}"')
    print('     font-family="sans-serif" font-size="12">')
    print("<style>.grid { stroke: #8884; } text { fill: #555; }</style>")
    print(f'<rect width="{2 * WIDTH}" height="{HEIGHT}" fill="#fff"/>')
    print("\n".join([*panel(0, "CPU seconds", seconds), *panel(WIDTH, "peak memory of the process, MiB", mebibytes)]))
    print("</svg>")


if __name__ == "__main__":
    main()
