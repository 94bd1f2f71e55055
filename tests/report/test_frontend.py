"""The page's scripts: foreign text enters as text alone, and the bundle is made of the sources beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import corpusmill

ROOT = Path(corpusmill.__file__).parents[2]
FRONTEND = ROOT / "frontend"
STATIC = Path(corpusmill.__file__).parent / "report" / "static"
SOURCES = sorted((FRONTEND / "src").rglob("*.js"))
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setTimeout\(\s*[\"'`]|DOMParser"
    r"|createContextualFragment|srcdoc|import\("
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_sources_make_no_markup_out_of_text(path):
    assert not FORBIDDEN.search(path.read_text(encoding="utf-8"))
    assert path.read_text(encoding="utf-8").count("\n") < 400


def test_there_are_sources_and_each_package_of_the_bundle_has_its_licence():
    assert len(SOURCES) > 15
    licences = (STATIC / "LICENSES.txt").read_text(encoding="utf-8")
    for name in ("@observablehq/plot 0.6.17 (ISC)", "d3-array", "isoformat"):
        assert name in licences


def test_the_bundle_cannot_end_its_element():
    for name in ("report.js", "extraction.js"):
        text = (STATIC / name).read_text(encoding="utf-8")
        assert "</script" not in text.lower() and "<!--" not in text


def test_the_bundle_is_made_of_these_sources(tmp_path):
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules" / "esbuild").is_dir():
        pytest.skip("no Node, or frontend/node_modules is not installed: make frontend")
    package = tmp_path / "frontend"
    shutil.copytree(FRONTEND, package, ignore=shutil.ignore_patterns("node_modules"))
    (package / "node_modules").symlink_to(FRONTEND / "node_modules")
    made = tmp_path / "src" / "corpusmill" / "report" / "static"
    made.mkdir(parents=True)
    subprocess.run([node, "build.mjs"], cwd=package, check=True, capture_output=True)
    for name in ("report.js", "extraction.js", "LICENSES.txt"):
        assert (made / name).read_bytes() == (STATIC / name).read_bytes(), f"{name} is out of date: make frontend"
