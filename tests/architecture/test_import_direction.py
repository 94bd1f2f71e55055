"""Imports point down the list only, and the core stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import corpusmill

PACKAGE = Path(corpusmill.__file__).parent

# From the bottom up: each may import those before it, and itself.
LAYERS = [
    "own_process",
    "schema keys errors files",
    "artifacts",
    "machine_code",
    "kernels",
    "batch",
    "segment",
    "read",
    "models",
    "extract",
    "language",
    "signals",
    "dedupe",
    "rules",
    "decontaminate",
    "tokenize",
    "mix",
    "prove",
    "store",
    "pipeline",
    "report",
    "api",
    "cli",
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names.split()}


def named(path: Path) -> set[str]:
    """What `path` imports of corpusmill, wherever in the file: modules, and whatever it takes out of them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("corpusmill.")}


def imports(path: Path) -> set[str]:
    """The parts of corpusmill that `path` imports."""
    names = [name.split(".") for name in named(path)]
    return {parts[1] for parts in names if len(parts) > 2 or parts[1] in LEVEL}


def modules(path: Path) -> set[str]:
    """The modules that `path` imports, without packages that only hold them."""
    return {name for name in named(path) if (PACKAGE.parent / name.replace(".", "/")).with_suffix(".py").is_file()}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_point_downward(path: Path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    above = {name for name in imports(path) if LEVEL[name] > LEVEL[own]}
    assert not above, f"{own} may not import {above}"
    if own == "kernels":
        assert imports(path) <= {"kernels", "machine_code"}, "kernels import nothing of ours"


def test_no_modules_import_each_other_in_a_circle():
    paths = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    graph = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): modules(path) for path in paths}
    assert sum(map(len, graph.values())) > len(graph)
    TopologicalSorter(graph).prepare()  # CycleError names them


def test_no_folders_of_kernels_import_each_other_in_a_circle():
    graph: dict[str, set[str]] = {}
    for path in (PACKAGE / "kernels").glob("*/*.py"):
        used = {name.split(".")[2] for name in modules(path) if name.startswith("corpusmill.kernels.")}
        graph.setdefault(path.parent.name, set()).update(used - {path.parent.name})
    assert graph["duplicates"] > {"words", "hashes"}
    TopologicalSorter(graph).prepare()


def test_every_part_has_a_level():
    parts = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert parts - {"__init__"} == set(LEVEL)


def test_the_driver_of_a_run_needs_no_kernels():
    """LLVM comes with the first one, and Numba where it must be compiled; the workers have both."""
    code = "import sys, corpusmill.api, corpusmill.cli.main\n"
    code += "print({'numba', 'llvmlite', 'corpusmill.machine_code.jit'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_importing_the_package_stays_light():
    heavy = {"numba", "llvmlite", "pyarrow", "sentencepiece", "torch"}
    code = f"import sys, corpusmill; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert loaded == "[]"
