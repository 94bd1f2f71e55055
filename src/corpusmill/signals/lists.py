"""Word and URL lists as the kernels want them, read once per folder and language."""

from __future__ import annotations

import functools
import itertools
import json
from collections import defaultdict
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.artifacts import Artifacts
from corpusmill.errors import ModelRefused

BAD_WORD_LANGUAGES = ("de", "en", "es", "fr", "it")

# RedPajama-V2 §6.2; "agressive" is its spelling and matches no folder of the UT1 archive.
UT1_CATEGORIES = (
    "adult",
    "agressif",
    "agressive",
    "arjel",
    "chat",
    "dating",
    "ddos",
    "filehosting",
    "gambling",
    "mixed_adult",
    "phishing",
    "porn",
    "violence",
)


@dataclass(frozen=True)
class WordSet:
    """A set of words, looked up by hash (kernels/matching/occurrences.py)."""

    table: npt.NDArray[np.int32]
    hashes: npt.NDArray[np.uint64]


@dataclass(frozen=True)
class PhraseList:
    """Phrases grouped by their first word (`count_phrases` there)."""

    first_words: WordSet
    groups: npt.NDArray[np.int64]
    phrases: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]


def hashes_of(words: list[str]) -> npt.NDArray[np.uint64]:
    """The hash of each word, as in Words.hashes and RawWords.hashes."""
    from corpusmill.kernels.hashes.hashing import hash_spans

    encoded = [word.encode() for word in words]
    data, spans = _joined(encoded)
    hashes = np.empty(len(words), np.uint64)
    hash_spans(data, spans[:-1], spans[1:], hashes)
    return hashes


def stop_words(artifacts: Artifacts, language: str) -> npt.NDArray[np.uint64] | None:
    """The stop words of `language` for `count_members` of kernels/matching/occurrences.py (RedPajama-V2 §10).

    None and a warning where the list has no such language.
    """
    found = _stop_words(artifacts.path("stop_words.json"), language)
    if found is None:
        artifacts.warn(f"stop_words.json has no language {language!r}: rps_doc_stop_word_fraction is null for it")
    return found


def bad_words(artifacts: Artifacts, language: str) -> PhraseList | None:
    """The LDNOOBW list of `language`; None for languages that RedPajama-V2 has no list for (§6.1)."""
    return _bad_words(artifacts.path("bad_words", f"{language}.txt"), language)


def ut1_domains(artifacts: Artifacts) -> dict[str, int] | None:
    """Category id by domain, or None and a warning where the artifacts folder has no UT1 lists (RedPajama-V2 §6.2)."""
    index = artifacts.path("bad_urls", "domain_to_category_id.json")
    folder = artifacts.path("bad_urls", "blacklists")
    if index is not None:
        return _ut1_index(index)
    if folder is not None:
        return _ut1_folder(folder)
    artifacts.missing("no bad_urls/domain_to_category_id.json or bad_urls/blacklists: rps_doc_ut1_blacklist is null")
    return None


@functools.cache
def _stop_words(path: Path | None, language: str) -> npt.NDArray[np.uint64] | None:
    from corpusmill.kernels.matching.occurrences import make_slots

    source = bundled("stop_words.json") if path is None else path
    words = _json_object(source).get(language)
    if words is None:
        return None
    slots: npt.NDArray[np.uint64] = make_slots(hashes_of(sorted(set(words))))
    return slots


@functools.cache
def _bad_words(path: Path | None, language: str) -> PhraseList | None:
    if path is None and language not in BAD_WORD_LANGUAGES:
        return None
    source = bundled("bad_words", f"{language}.txt") if path is None else path
    by_first_word: dict[str, list[str]] = defaultdict(list)
    for phrase in sorted({line.strip() for line in _text_of(source).split("\n")}):
        by_first_word[phrase.split(" ")[0]].append(phrase)
    grouped = list(itertools.chain.from_iterable(by_first_word.values()))
    data, offsets = _joined([phrase.encode() for phrase in grouped])
    return PhraseList(
        _word_set(hashes_of(list(by_first_word))),
        np.cumsum([0, *map(len, by_first_word.values())], dtype=np.int64),
        data,
        offsets,
        np.array([1 + phrase.count(" ") for phrase in grouped], np.int64),
    )


@functools.cache
def _ut1_index(path: Path) -> dict[str, int]:
    return {str(domain): int(category) for domain, category in _json_object(path).items()}


@functools.cache
def _ut1_folder(folder: Path) -> dict[str, int]:
    """Built from `<category>/domains`; links of the archive are directory links or, as {link: folder}, links.json."""
    links_file = folder / "links.json"
    links = _json_object(links_file) if links_file.exists() else {}
    categories: dict[str, set[str]] = defaultdict(set)
    for category in UT1_CATEGORIES:
        for name in (category, links.get(category)):
            if name is not None and (domains := folder / name / "domains").exists():
                for domain in domains.read_text(encoding="utf-8", errors="replace").split("\n"):
                    categories[domain.strip()].add(category)
    categories.pop("", None)
    ids = _category_ids()
    return {domain: ids[tuple(sorted(found))] for domain, found in categories.items()}


def _category_ids() -> dict[tuple[str, ...], int]:
    """Number of every non-empty set of categories: by size, then in lexicographic order."""
    sizes = range(1, len(UT1_CATEGORIES) + 1)
    subsets = itertools.chain.from_iterable(itertools.combinations(UT1_CATEGORIES, size) for size in sizes)
    return {subset: number for number, subset in enumerate(subsets)}


def _word_set(hashes: npt.NDArray[np.uint64]) -> WordSet:
    from corpusmill.kernels.matching.occurrences import make_set

    return WordSet(make_set(hashes), hashes)


def _joined(encoded: list[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """All bytes, one string after another, and where each starts."""
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def bundled(*parts: str) -> Traversable:
    """A list that comes with the package."""
    return resources.files("corpusmill.signals").joinpath("data", *parts)


def read_lines(source: Path | Traversable) -> list[str]:
    """The lines of a list without white space around them; blank lines and comments, which begin with #, left out."""
    lines = (line.strip() for line in _text_of(source).split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _text_of(source: Path | Traversable) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ModelRefused(f"{source}: not UTF-8 ({error})") from error


def _json_object(source: Path | Traversable) -> dict[str, Any]:
    try:
        found = json.loads(source.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelRefused(f"{source}: not JSON ({error})") from error
    if not isinstance(found, dict):
        raise ModelRefused(f"{source}: a JSON {type(found).__name__}, wanted an object")
    return found
