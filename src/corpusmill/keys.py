"""The key grammar. A *key* names one file of documents: `<snapshot>/<shard>/<lang>_<bucket>`, for example
`2023-14/0000/en_head` (RedPajama-V2 §1). All tables of a key have the same rows in the same order.

>>> Key("2023-14", 0, "en", "head").path
'2023-14/0000/en_head'
>>> Key.parse("2023-14/0000/en_head").document_id(7)
'2023-14/0000/en_head.json.gz/7'
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

BUCKETS = ("head", "middle", "tail", "all")  # all: no perplexity was measured

_KEY = re.compile(
    r"(?P<snapshot>\d{4}-\d{2})/(?P<shard>\d{4,})/(?P<language>[a-z]{2,3}(?:-[a-z]+)?)_(?P<bucket>[a-z]+)"
)


class Key(NamedTuple):
    """Name of one file of documents."""

    snapshot: str  # year and week of the crawl, "2023-14"
    shard: int  # number of the input file within its snapshot
    language: str  # ISO 639 code as lid.176 gives it, or "und"
    bucket: str  # head, middle, tail, or "all" where no perplexity was measured

    @property
    def path(self) -> str:
        return f"{self.snapshot}/{self.shard:04d}/{self.language}_{self.bucket}"

    @property
    def source(self) -> str:
        """The name RedPajama-V2 calls `cc_net_source` and `shard_id`."""
        return f"{self.path}.json.gz"

    def document_id(self, line: int) -> str:
        """Id of the document on 0-based `line` of the file (RedPajama-V2 §3)."""
        return f"{self.source}/{line}"

    @classmethod
    def of_document(cls, document_id: str) -> Key:
        """The key of the file that a document stands in.

        >>> Key.of_document("2023-14/0000/en_head.json.gz/7").path
        '2023-14/0000/en_head'
        """
        return cls.parse(document_id.rpartition("/")[0].removesuffix(".json.gz"))

    @classmethod
    def parse(cls, path: str) -> Key:
        """The key in `path`; raises ValueError where `path` is not `<snapshot>/<shard>/<lang>_<bucket>`."""
        match = _KEY.fullmatch(path)
        if match is None:
            wanted = "<snapshot>/<shard>/<lang>_<bucket>, as 2023-14/0000/en_head"
            raise ValueError(f"{path!r} is not a key; wanted {wanted}")
        return cls(match["snapshot"], int(match["shard"]), match["language"], match["bucket"])


def id_int(document_id: str) -> int:
    """First 8 bytes of SHA-1 of the id, little-endian, *signed*: RedPajama-V2 §3 has the unsigned view of these bits.

    >>> id_int("2018-43/0000/en_head.json.gz/0")
    7972430436813205988
    """
    return int.from_bytes(hashlib.sha1(document_id.encode()).digest()[:8], "little", signed=True)
