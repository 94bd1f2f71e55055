"""People's own pages with known texts, to a model of the learned extractor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import orjson

from corpusmill.errors import InputRefused, RecipeError, nearest
from corpusmill.extract.learned.labels import LabelledPage
from corpusmill.extract.learned.training import ExtractorTraining, train_extractor
from corpusmill.extract.parameters import PROFILES
from corpusmill.extract.trained import KIND, MODEL
from corpusmill.models.card import Card, begin, finish, refuse_other
from corpusmill.pipeline.extract_texts import html_of_archive
from corpusmill.read.charset import decode_html
from corpusmill.read.texts import text_lines
from corpusmill.signals.hosts import host_of

BOTH = "both"


@dataclass(frozen=True)
class Known:
    """The known text of a page, and where it was said."""

    text: str
    place: str


class Trained(NamedTuple):
    """What was trained, and of what."""

    pages: int
    groups: int
    missing: list[str]  # ids and addresses with a known text that no archive has a page for
    sha256: str
    folder: Path


def read_truth(path: Path) -> dict[str, Known]:
    """By record id or URL the known text of each line `{"record_id" or "url": …, "text": …}`.

    Raises InputRefused with the first mistakes: lines that are none, and pages that have two texts.
    """
    found: dict[str, Known] = {}
    mistakes = []
    for number, line in enumerate(text_lines(path), 1):
        place = f"{path}: line {number}"
        try:
            row = orjson.loads(line)
            text = row["text"]
            name = row.get("record_id") or row["url"]
            if not isinstance(text, str) or not isinstance(name, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError):
            mistakes.append(f'{place}: wanted {{"record_id": "…", "text": "…"}}, or "url"; found {line[:80]!r}')
            continue
        if name in found and found[name].text != text:
            mistakes.append(f"{place}: {name} has another text than in {found[name].place}")
        found[name] = Known(text, place)
    if mistakes:
        more = [f"… and {len(mistakes) - 5} more"] if len(mistakes) > 5 else []
        raise InputRefused("\n".join([*mistakes[:5], *more]))
    if not found:
        raise InputRefused(f"{path} has no line; wanted the known text of a page on each")
    return found


def labelled_pages(
    archives: Sequence[Path], truth: Mapping[str, Known], profile: str
) -> Iterator[tuple[str, LabelledPage]]:
    """Name and label of each page of HTML in `archives` that has a known text, once each; of one site, of one group."""
    done: set[str] = set()
    for archive in archives:
        for pages in html_of_archive(archive):
            named = zip(pages["record_id"].to_pylist(), pages["url"].to_pylist(), strict=True)
            for row, names in enumerate(named):
                name = next((name for name in names if name in truth), None)
                if name is None or name in done:
                    continue
                done.add(name)
                html, _ = decode_html(pages["body"][row].as_py(), pages["charset"][row].as_py())
                host = host_of(names[1] or "")
                group = host.registered_domain or host.domain or name
                yield name, LabelledPage(html, truth[name].text, group, profile)


def train_on_archives(
    archives: Sequence[Path],
    truth: Mapping[str, Known],
    profile: str,
    parameters: ExtractorTraining,
    out: Path,
    training_text: Mapping[str, str],
    say: Callable[[str], None] = lambda step: None,
) -> Trained:
    """Train a model into the folder `out`: the same pages, the same bytes, whatever their order.

    `profile`: what the known texts are: "article", "whole-page", or "both" alike. Raises RecipeError for another,
    RunRefused where `out` is something else, InputRefused where too few pages or sites are found.
    """
    if profile not in (*PROFILES, BOTH):
        raise RecipeError([f"--profile {profile}: unknown.{nearest(profile, (*PROFILES, BOTH))}"])
    refuse_other(out)
    found = dict(labelled_pages(archives, truth, profile))
    missing = [name for name in truth if name not in found]
    if not found:
        raise InputRefused(f"no page of the archives has a known text, as {missing[0]}; are they of the same crawl?")
    model = train_extractor(list(found.values()), parameters, say)
    begin(out)
    model.save(out / MODEL)
    described = {"profile": profile, "pages": len(found), **asdict(parameters)}
    finish(out, Card(KIND, 1, described, dict(training_text), {MODEL: ""}))
    groups = len({page.group for page in found.values()})
    return Trained(len(found), groups, missing, model.sha256, out)
