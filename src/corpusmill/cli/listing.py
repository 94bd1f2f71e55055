"""`corpusmill signals`, `recipes`, `stages`: what exists, with definition, unit and source."""

from __future__ import annotations

import argparse
import dataclasses
import tomllib
from typing import Any

from corpusmill.cli.common import Verbs
from corpusmill.errors import EXIT_DONE


def add(verbs: Verbs) -> None:
    for name, found, text in (
        ("signals", _signals, "every quality signal: unit, source, definition"),
        ("recipes", _recipes, "the bundled recipes"),
        ("stages", _stages, "the stages and their parameters, as a recipe sets them"),
    ):
        parser = verbs.add_parser(name, help=text)
        parser.add_argument("--json", action="store_true", help="one JSON array")
        parser.set_defaults(run=run, found=found)


def run(arguments: argparse.Namespace) -> int:
    import orjson

    rows = arguments.found()
    if arguments.json:
        print(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return EXIT_DONE
    for row in rows:
        name, *rest = (str(value) for value in row.values() if value is not None)
        print(f"{name:<52} {' · '.join(rest)}")
    return EXIT_DONE


def _signals() -> list[dict[str, Any]]:
    from corpusmill.signals.registry import SIGNALS

    return [
        {
            "name": signal.name,
            "type": str(signal.dtype),
            "unit": signal.unit,
            "source": signal.source,
            "version": signal.version,
            "definition": signal.definition.strip().split("\n")[0],
        }
        for signal in SIGNALS.values()
    ]


def _recipes() -> list[dict[str, Any]]:
    from corpusmill.pipeline.recipe import bundled_recipes

    found = []
    for name, path in bundled_recipes().items():
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        parents = table.get("extends")
        extends = ", ".join(parents) if isinstance(parents, list) else parents
        found.append({"name": name, "description": table.get("description", ""), "extends": extends})
    return found


def _stages() -> list[dict[str, Any]]:
    from corpusmill.pipeline.recipe import Recipe, TokenParameters

    described = dataclasses.asdict(Recipe("defaults", tokens=TokenParameters()))
    stages = {name: value for name, value in described.items() if isinstance(value, dict)}
    return [
        {"name": f"{stage}.{name}", "default": "none" if value is None else repr(value)}
        for stage, parameters in stages.items()
        for name, value in parameters.items()
    ]
