"""All figures of the learned extractor beside trafilatura and resiliparse, as Markdown, by one command.

usage: table.py --shared FOLDER --cache FOLDER [--model-folds FOLDER] [--model FILE] [--only SECTION,SECTION]
                [--without-ours] [--values OUT.parquet]

--shared: the folder with `data/` and `conformance/`; what is made of it once (pages, texts of others; about
ten minutes) is kept in --cache. --model-folds: models trained without the pages that they are tried on;
without them the shipped model runs, which has seen pages of article, WCXB and trafilatura, so that those figures are no
test. Sections: quality, types, languages, manuals, structure, speed, growth, silent.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from baselines import baselines_of
from compare import CHARACTERS, DECIDES, FOUR_GRAMS, OURS, PROFILES, SNIPPETS, WORDS, Texts, Values, by, markdown
from manuals import manual_table
from pages import pages_table

from corpusmill.files import whole_file

SHOWN = ("resiliparse", "trafilatura", "trafilatura-no-comments", "trafilatura-recall")
STRUCTURE_PAGES, METADATA_PAGES = 60, 200
TITLES = {
    "article": "article, 4-grams",
    "wcxb": "WCXB, words",
    "dragnet": "dragnet, words",
    "cleaneval": "CleanEval, words",
    "trafilatura": "trafilatura, snippets",
}


def cached(path: Path, make: Callable[[], pa.Table]) -> pa.Table:
    """The table at `path`, made and kept where it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            pq.write_table(make(), file, compression="zstd", row_group_size=256)
    return pq.read_table(path)


class Material:
    """Pages, manuals and everybody's texts for them."""

    def __init__(self, shared: Path, cache: Path, folds: Path | None, model: Path | None, with_ours: bool) -> None:
        self.shared, self.folds, self.with_ours = shared, folds, with_ours
        self.model_path = model
        self.pages = cached(cache / "collections.parquet", lambda: pages_table(shared)).to_pylist()
        self.manuals = cached(cache / "manuals.parquet", lambda: manual_table(shared)).to_pylist()
        self._texts = self._baselines(cache / "baselines.parquet", self.pages)
        self._manual_texts = self._baselines(cache / "manuals-baselines.parquet", self.manuals)

    def _baselines(self, path: Path, rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {name: {} for name in SHOWN}
        for row in cached(path, lambda: baselines_of(pa.Table.from_pylist(list(rows)))).to_pylist():
            if row["extractor"] in found:
                found[row["extractor"]][row["id"]] = row["text"] or ""
        return found

    def of(self, collection: str) -> list[dict[str, Any]]:
        """The pages of `collection`."""
        return [row for row in self.pages if row["collection"] == collection]

    def texts(self, profile: str) -> Texts:
        """Texts of all extractors for the pages of the collections, ours first, by models that have not seen them."""
        return self._ours(profile) | self._texts if self.with_ours else self._texts

    def manual_texts(self) -> Texts:
        """Likewise for the manuals, which no shipped model has seen."""
        if not self.with_ours:
            return self._manual_texts
        from ours import learned_texts

        texts = learned_texts([row["html"] for row in self.manuals], "whole-page", self.model)
        return {OURS: dict(zip((row["id"] for row in self.manuals), texts, strict=True))} | self._manual_texts

    @cached_property
    def model(self) -> Any:
        """The model of --model; None for the shipped one."""
        from corpusmill.extract.learned.model import ExtractorModel

        return ExtractorModel.load(self.model_path) if self.model_path else None

    @lru_cache(maxsize=2)  # noqa: B019
    def _ours(self, profile: str) -> dict[str, dict[str, str]]:
        from ours import learned_texts, out_of_fold_texts

        pages, groups = [row["html"] for row in self.pages], [row["group"] for row in self.pages]
        if self.folds is None:
            texts = learned_texts(pages, profile, self.model)
        else:
            texts = out_of_fold_texts(pages, groups, profile, self.folds)
        return {OURS: dict(zip((row["id"] for row in self.pages), texts, strict=True))}


def quality(material: Material) -> str:
    """F1 in each collection by its own metric, then by 4-grams and words in all, and both profiles."""
    decided, others, profiles = {}, {}, []
    for collection, metric in DECIDES.items():
        rows = material.of(collection)
        texts = material.texts(PROFILES[collection])
        decided[TITLES[collection]] = Values(rows, texts, metric).compared()
        if metric is not SNIPPETS:
            other = WORDS if metric is FOUR_GRAMS else FOUR_GRAMS
            others[f"{collection}, {other.name}"] = Values(rows, texts, other).compared()
        if material.with_ours:
            f1 = {
                profile: Values(rows, {OURS: material.texts(profile)[OURS]}, metric).compared().f1[OURS]
                for profile in ("article", "whole-page")
            }
            profiles.append(
                f"| {TITLES[collection]} | {f1['article']:.3f} | {f1['whole-page']:.3f} | {PROFILES[collection]} |"
            )
    parts = [markdown("collection, metric", decided), markdown("the other metric", others)]
    if profiles:
        parts.append(
            "\n".join(["| collection | article | whole-page | counts above |", "|---|---|---|---|", *profiles])
        )
    return "\n\n".join(parts)


def values_table(material: Material) -> pa.Table:
    """The numbers of every page and extractor, by the metric that decides in its collection."""
    rows = []
    for collection, metric in DECIDES.items():
        rows += Values(material.of(collection), material.texts(PROFILES[collection]), metric).by_page()
    return pa.Table.from_pylist(rows)


def types(material: Material) -> str:
    """F1 for each type of page of WCXB."""
    values = Values(material.of("wcxb"), material.texts(PROFILES["wcxb"]), WORDS)
    return markdown("WCXB page type", by(values, "page_type"))


def languages(material: Material) -> str:
    """F1 for each language of the collections that has ten pages."""
    parts = []
    for collection in ("article", "trafilatura"):
        values = Values(material.of(collection), material.texts(PROFILES[collection]), DECIDES[collection])
        english = values.compared(lambda row: row["language"] == "en")
        others = values.compared(lambda row: row["language"] != "en")
        parts.append(
            markdown(f"{TITLES[collection]}: language", {"en": english, "others": others} | by(values, "language"))
        )
    return "\n\n".join(parts)


def manuals(material: Material) -> str:
    """F1 on manuals with known text, by script, language and manual; a letter of Han, kana or Thai is a word."""
    rows = [{**row, "group": f"{row['manual']} {row['language']}"} for row in material.manuals]
    values = Values(rows, material.manual_texts(), CHARACTERS)
    return "\n\n".join(
        markdown(f"manuals: {column}", by(values, column)) for column in ("script", "language", "manual")
    )


def structure(material: Material) -> str:
    """Code, tables and formulas that survive, and what is said of pages; always by the shipped model."""
    from structure import metadata, pages_of, survival

    with redirect_stdout(io.StringIO()) as printed:
        survival(pages_of(material.shared, STRUCTURE_PAGES))
        metadata(material.shared, METADATA_PAGES)
    return printed.getvalue().strip()


def speed(material: Material) -> str:
    """Pages per CPU second of the extractors."""
    from speed import markdown as table
    from speed import sample, speeds

    found = {}
    for collection in ("article", "wcxb"):
        pages = sample([row["html"] for row in material.of(collection)])
        found[collection] = speeds(pages, "article", (*SHOWN, "resiliparse-all"), material.model)
    return table(found)


def growth(material: Material) -> str:
    """Seconds for hostile pages and for such of twice the length."""
    from hostile import growth_table

    return growth_table(material.model)


def silent(material: Material) -> str:
    """Pages with words of which nothing comes out, by both profiles."""
    from hostile import silent as silent_pages
    from hostile import silent_table

    found = {}
    for folder in ("data/crawl-bench", "data/real-warc", "bad_inputs"):
        paths = sorted(path for path in (material.shared / folder).iterdir() if ".warc" in path.name)
        for profile in ("article", "whole-page"):
            found[f"{folder}, {profile}"] = silent_pages(paths, profile, material.model_path)
    return silent_table(found)


SECTIONS = {
    "quality": quality,
    "types": types,
    "languages": languages,
    "manuals": manuals,
    "structure": structure,
    "speed": speed,
    "growth": growth,
    "silent": silent,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--model-folds", type=Path)
    parser.add_argument("--model", type=Path, help="in place of the shipped one")
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--without-ours", action="store_true")
    parser.add_argument("--values", type=Path, help="also write the numbers of every page to this Parquet file")
    arguments = parser.parse_args()
    material = Material(
        arguments.shared, arguments.cache, arguments.model_folds, arguments.model, not arguments.without_ours
    )
    if arguments.values is not None:
        with whole_file(arguments.values) as file:
            pq.write_table(values_table(material), file, compression="zstd")
    for name in arguments.only.split(","):
        print(f"## {name}\n\n{SECTIONS[name](material)}\n", flush=True)


if __name__ == "__main__":
    main()
