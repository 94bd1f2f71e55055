"""Files of texts to judge, and verdicts, as JSON lines; a bad line costs one line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from corpusmill.errors import InputRefused
from corpusmill.language.codes import short
from corpusmill.read.formats import decodes_far, open_pieces, sniff
from corpusmill.read.lines import BOM, split_lines
from corpusmill.read.parameters import ReadParameters
from corpusmill.read.pieces import Window
from corpusmill.read.rows import TEXT_NAMES, text_fault

_IDS = ("id", "doc_id", "record_id")
LANGUAGES = ("language", "lang")


@dataclass
class Lines:
    """Some documents, each with its id, or its number in the file; and what is wrong with lines among them."""

    doc_ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    urls: list[str | None] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_documents(path: Path, language: str, most: int) -> Iterator[Lines]:
    """The documents of a file of JSON lines, at most so many at once; `language` is of those that name none.

    Raises InputRefused where the file is of another kind.
    """
    if not path.is_file():
        raise InputRefused(f"{path} is no file; wanted JSON lines, plain, .gz or .zst")
    limits = ReadParameters()
    with Window(path) as window:
        found = sniff(window, path.name)
        if path.suffix.lower() in (".xz", ".bz2"):
            raise InputRefused(
                f"{path} is compressed in a way that is not read here; wanted JSON lines, plain, .gz or .zst"
            )
        if found.kind not in ("jsonl", ""):
            raise InputRefused(f"{path} is {found.kind}; wanted JSON lines: corpusmill run reads all kinds of inputs")
        pieces = open_pieces(window, found.compression, decodes_far)(0)
        lines = Lines()
        for number, line in enumerate(split_lines(pieces, found.compression == "plain", limits.max_line_bytes), 1):
            if line.reason:
                lines.faults.append(f"line {number}: {line.reason}: {line.message}")
            elif line.data and not line.data.isspace():
                _add(lines, number, line.data.removeprefix(BOM) if number == 1 else line.data, language)
            if len(lines.texts) + len(lines.faults) >= most:
                yield lines
                lines = Lines()
        yield lines


def _add(lines: Lines, number: int, data: bytes, language: str) -> None:
    try:
        fields = orjson.loads(data)
    except ValueError as error:
        lines.faults.append(f"line {number}: bad_json: {error}")
        return
    if not isinstance(fields, dict):
        lines.faults.append(f"line {number}: bad_json: {type(fields).__name__}, wanted an object")
        return
    name = next((name for name in TEXT_NAMES if name in fields), TEXT_NAMES[0])
    text = fields.get(name)
    if not isinstance(text, str):
        lines.faults.append(f"line {number}: {': '.join(text_fault(text, name in fields, name))}")
        return
    identity = next((fields[name] for name in _IDS if isinstance(fields.get(name), str | int)), number)
    named = next((fields[name] for name in LANGUAGES if isinstance(fields.get(name), str)), language)
    url = fields.get("url")
    lines.doc_ids.append(str(identity))
    lines.texts.append(text)
    lines.languages.append(short(named))
    lines.urls.append(url if isinstance(url, str) else None)


def verdict_line(verdict: dict[str, Any], before: str, after: str, undecided: Collection[str]) -> bytes:
    """One line of the contract: id, keep, failed, first, and the text where an edit changed it and it is kept.

    Where the first reason is one of `undecided`, keep is null.
    """
    failed = verdict["failed"] or []
    first = failed[0]["rule"] if failed else None
    keep = None if first in undecided else verdict["keep"]
    line = {"id": verdict["doc_id"], "keep": keep, "failed": failed, "first": first}
    if verdict["keep"] and before != after:
        line["text"] = after
    return orjson.dumps(line) + b"\n"
