"""Documents by words and verdicts, a page at a time, over the full run."""

from __future__ import annotations

import re
from typing import Any

from corpusmill.errors import Refused
from corpusmill.report.explorer.database import Database

PAGE_ROWS = 20
_SNIPPET_CHARS = 240


def search(
    database: Database, words: str, selection: str | None, fate: str | None, rule: str | None, page: int
) -> dict[str, Any]:
    """Documents whose address, id or text has `words`, of those that `selection` kept, or dropped by `rule`."""
    view = re.sub(r"\W", "_", f"selection_{selection}")
    judged = selection is not None and view in database.views
    if "documents" not in database.views:
        raise Refused("the run has no documents")
    if (fate or rule) and not judged:
        raise Refused(f"the run has no selection {selection!r}")
    source = f"documents left join {view} using (doc_id)" if judged else "documents"
    conditions = ["(contains(lower(raw_content), ?) or contains(lower(coalesce(url, '')), ?) or doc_id = ?)"]
    values: list[Any] = [words.lower(), words.lower(), words]
    if fate in ("kept", "dropped"):
        conditions.append(f"keep = {'true' if fate == 'kept' else 'false'}")
    if rule:
        conditions.append("list_contains([one.rule for one in failed], ?)")
        values.append(rule)
    where = " and ".join(conditions)
    total = database.ask(f"select count(*) from {source} where {where}", values).rows[0][0]
    found = database.ask(
        f"select doc_id, url, {'keep' if judged else 'null'}, "
        f"substr(raw_content, greatest(1, strpos(lower(raw_content), ?) - 80), {_SNIPPET_CHARS}) "
        f"from {source} where {where} order by doc_id limit {PAGE_ROWS} offset {max(0, page) * PAGE_ROWS}",
        [words.lower(), *values],
    )
    rows = [dict(zip(("id", "url", "keep", "snippet"), row, strict=True)) for row in found.rows]
    return {"total": total, "page_rows": PAGE_ROWS, "rows": rows}
