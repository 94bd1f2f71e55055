"""The report's pictures, as inline SVG: colours by class, sizes by attributes, so that no inline style is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpusmill.report.bins import Histogram
from corpusmill.report.figures import count, measured
from corpusmill.report.markup import Markup, join, tag

_FUNNEL_WIDTH, _FUNNEL_BAR, _FUNNEL_STEP = 420, 14, 78
_FUNNEL_FULL = 236  # width of the bar that stands for everything read
_HISTOGRAM_WIDTH, _HISTOGRAM_HEIGHT = 240, 72


class Step(NamedTuple):
    """One step of the funnel: how many go in, how many go on."""

    name: str
    documents: int
    kept: int
    dropped: int
    quarantined: int


def funnel(steps: Sequence[Step], end: str) -> Markup:
    """Records from step to step: width is the count, what is lost leaves to the right. `end` names what remains."""
    start = max((step.documents for step in steps), default=0)
    height = _FUNNEL_STEP * len(steps) + 42
    parts = [
        tag("title", "Records by stage"),
        tag("desc", "; ".join(f"{step.name}: {count(step.documents)} in, {count(step.kept)} kept" for step in steps)),
    ]

    def width(documents: int) -> float:
        return max(1.0, _FUNNEL_FULL * documents / start) if start and documents else 0.0

    for place, step in enumerate(steps):
        top = place * _FUNNEL_STEP + 20
        parts.append(_node(step.name, step.documents, top, width(step.documents)))
        kept, whole, bottom = width(step.kept), width(step.documents), top + _FUNNEL_BAR
        parts.append(tag("rect", class_="flow", x=0, y=bottom, width=f"{kept:.1f}", height=_FUNNEL_STEP - _FUNNEL_BAR))
        if step.dropped or step.quarantined:
            outer = f"C{whole:.1f} {bottom + 12} {whole + 12:.1f} {bottom + 16} {whole + 22:.1f} {bottom + 16}"
            inner = f"C{kept + 14:.1f} {bottom + 30} {kept:.1f} {bottom + 26} {kept:.1f} {bottom}"
            band = f"M{kept:.1f} {bottom}H{whole:.1f}{outer}V{bottom + 30}{inner}Z"
            parts.append(tag("path", class_="loss", d=band))
            lost = f"−{count(step.dropped)} dropped" if step.dropped else ""
            broken = f"−{count(step.quarantined)} quarantined" if step.quarantined else ""
            for line, text in enumerate(filter(None, (lost, broken))):
                parts.append(_text(text, _FUNNEL_FULL + 30, bottom + 22 + 15 * line, "small"))
    remaining = steps[-1].kept if steps else 0
    parts.append(_node(end, remaining, _FUNNEL_STEP * len(steps) + 20, width(remaining)))
    return tag(
        "svg",
        *parts,
        class_="funnel",
        viewBox=f"0 0 {_FUNNEL_WIDTH} {height}",
        role="img",
        aria_label="Records by stage; the same numbers are in the table",
    )


def share(part: float, whole: float, class_: str = "kept") -> Markup:
    """A bar as long as `part` of `whole`, beside a number that says the same."""
    filled = 100 * part / whole if whole else 0
    return tag(
        "svg",
        tag("rect", class_="track", width=100, height=8),
        tag("rect", class_=class_, width=f"{filled:.2f}", height=8),
        class_="share",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def histogram(name: str, found: Histogram) -> Markup:
    """Kept documents below, dropped ones upon them, in equal bars."""
    tallest = max((kept + dropped for kept, dropped in zip(found.kept, found.dropped, strict=True)), default=0) or 1
    bar = _HISTOGRAM_WIDTH / max(1, len(found.kept))
    # Two or three bars as wide as the frame would look like walls: they get the middle of their share.
    wide = bar - 1 if bar < 36 else min(36.0, bar * 0.6)
    margin = 0 if bar < 36 else (bar - wide) / 2
    parts = [
        tag("title", f"{name}: {count(found.documents)} documents, {measured(found.low)} to {measured(found.high)}")
    ]
    for place, (kept, dropped) in enumerate(zip(found.kept, found.dropped, strict=True)):
        above = 0.0
        for documents, class_ in ((kept, "kept"), (dropped, "dropped")):
            if documents:
                tall = max(0.75, _HISTOGRAM_HEIGHT * documents / tallest)
                parts.append(
                    tag(
                        "rect",
                        class_=class_,
                        x=f"{place * bar + margin:.2f}",
                        y=f"{_HISTOGRAM_HEIGHT - above - tall:.2f}",
                        width=f"{wide:.2f}",
                        height=f"{tall:.2f}",
                    )
                )
                above += tall
    parts.append(
        tag("line", class_="axis", x1=0, x2=_HISTOGRAM_WIDTH, y1=_HISTOGRAM_HEIGHT + 0.5, y2=_HISTOGRAM_HEIGHT + 0.5)
    )
    return tag(
        "svg",
        *parts,
        class_="histogram",
        viewBox=f"0 -1 {_HISTOGRAM_WIDTH} {_HISTOGRAM_HEIGHT + 2}",
        preserveAspectRatio="none",
        role="img",
    )


def _node(name: str, documents: int, top: int, width: float) -> Markup:
    return join(
        _text(name, 0, top - 5, "strong"),
        _text(count(documents), _FUNNEL_FULL, top - 5, "figure"),
        tag("rect", class_="node", x=0, y=top, width=f"{width:.1f}", height=_FUNNEL_BAR),
    )


def _text(text: str, x: float, y: float, class_: str) -> Markup:
    shortened = text if len(text) <= 24 else text[:23] + "…"
    return tag("text", shortened, x=x, y=y, class_=class_)


def intervals(points: Sequence[tuple[str, float, float, float]]) -> Markup:
    """A line an interval, with its middle, over a common scale that shows where nothing (0) is."""
    if not points:
        return join()
    low, high = min(0.0, *(p[2] for p in points)), max(0.0, *(p[3] for p in points))
    span = (high - low) or 1.0
    left, wide, step = 260, 300, 22

    def at(value: float) -> float:
        return left + wide * (value - low) / span

    height = step * len(points) + 24
    parts = [tag("title", "Differences in bits per byte with their intervals; the same numbers are in the text")]
    parts.append(tag("line", class_="axis", x1=f"{at(0):.1f}", x2=f"{at(0):.1f}", y1=0, y2=height - 18))
    for place, (name, middle, least, most) in enumerate(points):
        y = step * place + 12
        class_ = "kept" if least > 0 else "track"
        parts.append(tag("text", name if len(name) <= 40 else name[:39] + "…", x=0, y=y + 4, class_="small"))
        start, end = at(least), at(most)
        parts.append(tag("rect", class_=class_, x=f"{start:.1f}", y=y - 2, width=f"{end - start:.1f}", height=4))
        parts.append(tag("rect", class_="node", x=f"{at(middle) - 2:.1f}", y=y - 5, width=4, height=10))
    parts.append(_text(measured(low), at(low), height - 4, "small"))
    parts.append(_text(measured(high), at(high) - 30, height - 4, "small"))
    return tag("svg", *parts, class_="intervals", viewBox=f"0 0 {left + wide + 10} {height}", role="img")
