"""What Numba compiled is found again, whichever of the two ways of reading its cache wrote or reads it."""

import importlib.util
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import ModuleType

import numba
import numpy as np
import pytest
from numba.core.caching import FunctionCache

from corpusmill.kernels import jit

SOURCE = """\
import numpy as np
from corpusmill.kernels.jit import inlined, kernel

@inlined
def doubled(value):
    return value * 2

@kernel
def total(values):
    found = 0
    for value in values:
        if value < 0:
            raise ValueError("negative")
        found += doubled(value)
    return found

@kernel
def squares(n):
    made = np.empty(n, np.int64)
    for i in range(n):
        made[i] = i * i
    return made

@kernel
def fall(n):
    return 0 if n == 0 else fall(n - 1) + 1
"""
CALLER = """\
import numba
from {name} import total

@numba.njit
def of_both(values, others):
    return total(values) + total(others)
"""
VALUES = np.arange(5, dtype=np.int64)
known = pytest.mark.skipif(
    numba.version_info.short not in jit.KNOWN, reason="this Numba's cache is read as Numba reads it"
)
_numbers = count()


@pytest.fixture
def path(tmp_path):
    """A file of kernels that nothing was compiled of yet."""
    path = tmp_path / f"kernels_of_test_{next(_numbers)}.py"
    path.write_text(SOURCE)
    yield path
    sys.modules.pop(path.stem, None)


def load(path: Path) -> ModuleType:
    """The module in `path` afresh, as another process would see it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def hits(function) -> int:
    return sum(function._cache_hits.values())


def library(function):
    (compiled,) = function.overloads.values()
    return compiled.library


@pytest.fixture
def plainly(monkeypatch):
    """Read and write as Numba does, from here on."""
    return lambda: monkeypatch.setattr(jit, "KNOWN", ())


def test_what_was_compiled_is_loaded_and_does_the_same(path):
    for expected in (0, 1):
        module = load(path)
        assert module.total(VALUES) == 20
        assert module.squares(4).tolist() == [0, 1, 4, 9]
        assert module.fall(7) == 7
        with pytest.raises(ValueError, match="negative"):
            module.total(-VALUES)
        assert [hits(function) for function in (module.total, module.squares, module.fall)] == [expected] * 3


def test_what_is_private_to_numba_is_not_touched_where_it_is_unknown():
    code = (
        "import numba; numba.version_info = numba.version_info._replace(short=(9, 9))\n"
        "import corpusmill.kernels.bits, sys; print('corpusmill.kernels.cache' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@known
def test_loading_parses_no_llvm_code(path):
    load(path).total(VALUES)
    module = load(path)
    module.total(VALUES)
    assert library(module.total)._shared_module is None


def test_one_that_was_loaded_is_compiled_into_others(path):
    load(path).total(VALUES)
    module = load(path)
    module.total(VALUES)
    caller = path.with_name("caller.py")
    caller.write_text(CALLER.format(name=path.stem))
    assert load(caller).of_both(VALUES, VALUES) == 40
    assert hits(module.total) == 1


def test_one_that_was_never_called_is_loaded_into_others(path):
    load(path).total(VALUES)
    module = load(path)
    caller = path.with_name("caller.py")
    caller.write_text(CALLER.format(name=path.stem))
    assert load(caller).of_both(VALUES, VALUES) == 40
    assert hits(module.total) == 1


@pytest.mark.parametrize("plain_first", [True, False])
def test_either_way_reads_what_the_other_wrote(path, plainly, monkeypatch, plain_first):
    steps = (plainly, monkeypatch.undo) if plain_first else (monkeypatch.undo, plainly)
    steps[0]()
    load(path).total(VALUES)
    steps[1]()
    module = load(path)
    assert module.total(VALUES) == 20
    assert hits(module.total) == 1


def test_an_unknown_numba_uses_its_own_cache(path, plainly):
    plainly()
    assert isinstance(load(path).total._cache, FunctionCache)


@known
def test_what_is_no_machine_code_is_read_as_numba_reads_it(path):
    """Numba has a second form of its files, of LLVM code alone."""
    module = load(path)
    module.total(VALUES)
    (compiled,) = module.total.overloads.values()
    saved = (compiled.library.serialize_using_bitcode(), *compiled._reduce()[1:])
    from corpusmill.kernels.cache import _Contents

    again = _Contents(module.total.py_func).rebuild(compiled.target_context, saved)
    assert again.entry_point(VALUES) == 20


@known
def test_pointers_of_what_was_loaded(path):
    load(path).total(VALUES)
    module = load(path)
    module.total(VALUES)
    (compiled,) = module.total.overloads.values()
    assert compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name) != 0
    assert compiled.library.get_pointer_to_function("no_such_function") == 0


@known
def test_nothing_that_only_a_compiler_needs_is_imported(path):
    """In a process of its own: here everything is imported already."""
    module = load(path)
    module.total(VALUES)
    module.squares(4)
    code = (
        f"import sys; sys.path.insert(0, {str(path.parent)!r})\n"
        f"import numpy as np, {path.stem} as module\n"
        "assert module.total(np.arange(5, dtype=np.int64)) == 20 and module.squares(4).sum() == 14\n"
        "try: module.total(np.full(1, -1, np.int64))\n"
        "except ValueError: print('numba.np.linalg' in sys.modules, sum(module.total._cache_hits.values()))\n"
    )
    environment = {
        name: value for name, value in os.environ.items() if name != jit.OWN_PROCESS
    }  # which imports them early
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["False", "1"]
