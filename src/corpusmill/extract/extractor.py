"""Pages to text: limits first, then the child process, then one row of text or one loss for every page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from corpusmill.errors import EnvironmentFault, Refused
from corpusmill.extract import framing
from corpusmill.extract.extracted import Extracted, Fault, body_bytes, body_offsets, chunks, loss_of
from corpusmill.extract.framing import Page, Result
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.extract.process import Child, ChildDied

BATCH_PAGES = 64
BATCH_BYTES = 4 << 20
_ATTEMPTS = 3  # children that may end without having begun a page, one after the other

_REASONS = {framing.ERROR: "extract_error", framing.MEMORY: "extract_memory", framing.UNCLOSED: "html_unclosed"}


class Extractor:
    """Owner of one child process, which starts at the first page and is replaced when it dies.

    Every page gets text or a loss of stage `extract`: dropped `empty_text` and `binary_text`; quarantined
    `html_too_large`, `html_too_deep`, `html_too_many_attributes`, `html_too_nested` (the limits of the parameters),
    `html_unclosed` (no text, for the page ends inside markup that swallowed it), `extract_deadline`, `extract_crash`,
    `extract_memory` and `extract_error` (the extractor failed). A page under
    which a child crashed or ran out of memory is tried once more, alone in a fresh child, so that no page pays for its
    predecessors. Use one Extractor per thread. Raises Refused for parameters that cannot work, EnvironmentFault where
    no child starts.

    >>> with Extractor(ExtractParameters("resiliparse")) as extractor:      # doctest: +SKIP
    ...     extracted = extractor.extract(pages)
    """

    def __init__(
        self,
        parameters: ExtractParameters,
        *,
        function: str | None = None,
        search_path: tuple[str, ...] = (),
    ) -> None:
        """`function`, "module:name" found in `search_path` too, runs in place of the named extractor.

        It is for experiments and tests: recipes cannot give it, since a recipe must not name code.
        """
        kind = parameters.kind()
        self.parameters = parameters
        chosen = function or kind.function
        if chosen is None:
            raise Refused(f"the extractor {parameters.extractor!r} runs without a child: use extract.choose")
        self._function, self._search_path = chosen, search_path
        self._max_depth = min(parameters.max_depth, kind.max_depth or parameters.max_depth)
        self._child: Child | None = None

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child; a later call of `extract` starts another."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def extract(self, pages: pa.RecordBatch) -> Extracted:
        """Text of `pages` (schema.PAGES, HTML only), in their order."""
        refused = self._refused(pages.column("body"))
        accepted = [row for row in range(pages.num_rows) if row not in refused]
        outcomes: dict[int, Result | Fault] = dict(refused)
        bodies, labels = pages.column("body"), pages.column("charset")
        try:
            for rows in chunks(accepted, np.diff(body_offsets(bodies)), BATCH_PAGES, BATCH_BYTES):
                asked = [Page(labels[row].as_py(), bodies[row].as_py()) for row in rows]
                outcomes.update(zip(rows, self._ask(asked), strict=True))
        except BaseException:  # the child may be in the middle of a batch
            self.close()
            raise
        return _assembled(pages, outcomes)

    def _refused(self, bodies: pa.LargeBinaryArray) -> dict[int, Fault]:
        """Rows whose bytes a parser must not see, with the limit each exceeds."""
        from corpusmill.kernels.html.shape import html_shapes  # loads kernels

        limits = self.parameters
        offsets = body_offsets(bodies)
        lengths = np.diff(offsets)
        depth, attributes, nesting = html_shapes(
            body_bytes(bodies), offsets, lengths <= limits.max_html_bytes, max(self._max_depth, limits.max_depth) + 1
        )
        found: dict[int, Fault] = {}
        for reason, what, values, limit in (
            ("html_too_nested", "nesting", nesting, limits.max_nesting),
            ("html_too_many_attributes", "attributes of one tag", attributes, limits.max_attributes),
            ("html_too_deep", "open elements", depth, self._max_depth),
            ("html_too_large", "bytes", lengths, limits.max_html_bytes),
        ):
            for row in np.flatnonzero(values > limit).tolist():
                least = "at least " if reason == "html_too_deep" else ""
                found[row] = Fault(reason, f"{what}: found {least}{values[row]}, wanted at most {limit}")
        return found

    def _ask(self, pages: list[Page]) -> Iterator[Result | Fault]:
        """A result or a fault for each of `pages`, in order, whatever becomes of the children."""
        done = retried = 0
        idle_deaths = 0
        while done < len(pages):
            # after a death: the page it happened under goes alone, then its neighbours together
            group = pages[done : done + 1] if retried > done else pages[done:]
            try:
                for result in self._running().ask(group, self.parameters.deadline_seconds):
                    idle_deaths = 0
                    if result.status == framing.MEMORY:
                        raise ChildDied("extract_memory", result.text.decode("utf-8", "replace"), page_started=True)
                    done += 1
                    yield result
            except ChildDied as death:
                self.close()
                if not death.page_started:
                    idle_deaths += 1
                    if idle_deaths == _ATTEMPTS:
                        raise EnvironmentFault(f"extraction does not start: {death.message}") from death
                elif retried > done or death.reason == "extract_deadline":
                    yield Fault(death.reason, death.message)
                    done += 1
                else:
                    retried = done + 1

    def _running(self) -> Child:
        if self._child is not None and not self._child.is_ours:  # we are a fork: the child is our parent's
            self._child.close()
            self._child = None
        if self._child is None:
            self._child = Child(self._function, self.parameters.memory_limit_bytes, self._search_path)
        return self._child


def _assembled(pages: pa.RecordBatch, outcomes: dict[int, Result | Fault]) -> Extracted:
    rows, texts, titles, charsets, losses = [], [], [], [], []
    for row in range(pages.num_rows):
        outcome = outcomes[row]
        if isinstance(outcome, Fault):
            losses.append(loss_of(pages, row, "quarantined", outcome.reason, outcome.message))
        elif outcome.status == framing.TEXT:
            rows.append(row)
            texts.append(outcome.text)
            titles.append(outcome.title)
            charsets.append(outcome.charset)
        elif outcome.status in _REASONS:
            message = outcome.text.decode("utf-8", "replace")
            losses.append(loss_of(pages, row, "quarantined", _REASONS[outcome.status], message))
        else:
            reason = "binary_text" if outcome.status == framing.BINARY else "empty_text"
            losses.append(loss_of(pages, row, "dropped", reason, None))
    return Extracted(
        pa.array(rows, pa.int64()),
        pa.array(texts, pa.large_binary()).cast(pa.large_string()),
        pa.array(titles, pa.binary()).cast(pa.string()),
        pa.array(charsets, pa.binary()).cast(pa.string()),
        losses,
        *(pa.nulls(len(rows), pa.string()) for _ in range(3)),
    )
