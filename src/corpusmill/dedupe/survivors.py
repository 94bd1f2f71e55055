"""Which document of a cluster stays: one, always the same, by a policy that is named."""

from __future__ import annotations

POLICIES = {
    "first": "the first in the order of snapshots, shards, languages and lines",
    "newest": "the one downloaded last",
    "longest": "the one with most characters",
    "highest:COLUMN": "the one with most of a signal or of a column of scores",
}
HIGHEST = "highest:"


def policy_mistake(policy: str) -> str | None:
    """What is wrong with the name of a policy, if anything."""
    known = policy in POLICIES or (policy.startswith(HIGHEST) and len(policy) > len(HIGHEST))
    if known and policy != "highest:COLUMN":
        return None
    return f"keep {policy!r} is unknown; wanted one of {', '.join(POLICIES)}"
