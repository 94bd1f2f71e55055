"""What was compiled is found again and called without Numba; what is not quite the same is compiled anew."""

import gc
import importlib.util
import os
import pickle
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import ModuleType

import numba
import numpy as np
import pytest
from numba.core.caching import FunctionCache

import corpusmill
from corpusmill.machine_code import compiling, jit, linking, on_disk

SOURCE = """\
from typing import NamedTuple
import numpy as np
from corpusmill.machine_code.jit import inlined, kernel, primitive, types

class Limits(NamedTuple):
    low: int
    high: float

@primitive
def plus_one(typing, value):
    def generate(context, builder, signature, arguments):
        return builder.add(arguments[0], arguments[0].type(1))
    return types.int64(types.int64), generate

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

@kernel
def within(limits, values):
    return limits.low <= values.size < limits.high, None

@kernel
def widened(limits):
    return Limits(limits.low - 1, limits.high + 1)

@kernel
def next_of(value):
    return plus_one(value)
"""
CALLER = """\
from {name} import total
from corpusmill.machine_code.jit import kernel

@kernel
def of_both(values, others):
    return total(values) + total(others)
"""
FACTORY = """\
def times(n):
    @kernel
    def product(value):
        return value * n
    return product
"""
VALUES = np.arange(5, dtype=np.int64)
_numbers = count()

needs_known = pytest.mark.skipif(not on_disk.known_numba(), reason="the machine code of this Numba is not kept")


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A file of kernels that nothing was compiled of yet, not by Python either, which trusts the times of files."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / f"kernels_of_test_{next(_numbers)}.py"
    path.write_text(SOURCE)
    yield path
    sys.modules.pop(path.stem, None)


@pytest.fixture
def forgetful():
    """Whatever is found out once in a process is found out anew, now and afterwards."""
    functions = (
        on_disk.known_numba,
        on_disk._sources,
        on_disk._tools,
        on_disk._folder,
        linking._linker,
    )
    for function in functions:
        function.cache_clear()
    yield
    for function in functions:
        function.cache_clear()


@pytest.fixture
def compiled(monkeypatch):
    """Names of the functions that Numba has compiled since."""
    names = []
    once = compiling.compiled_for

    def noted(dispatcher, arguments):
        names.append(dispatcher.py_func.__name__)
        return once(dispatcher, arguments)

    monkeypatch.setattr(compiling, "compiled_for", noted)
    return names


def load(path: Path) -> ModuleType:
    """The module in `path` afresh, as another process would see it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def kept(path: Path, name: str) -> list[Path]:
    return sorted((path.parent / "__pycache__").glob(f"{path.stem}.{name}-*.code"))


@needs_known
def test_what_was_compiled_is_loaded_and_does_the_same(path, compiled):
    for rounds in (0, 1):
        module = load(path)
        assert module.total(VALUES) == 20
        assert module.squares(4).tolist() == [0, 1, 4, 9]
        assert module.fall(7) == 7
        assert module.within(module.Limits(5, 9.5), VALUES) == (True, None)
        assert module.widened(module.Limits(5, 9.5)) == module.Limits(4, 10.5)
        assert module.next_of(41) == 42
        with pytest.raises(ValueError, match="negative"):
            module.total(-VALUES)
        assert compiled == ["total", "squares", "fall", "within", "widened", "next_of"], rounds


@needs_known
def test_another_process_calls_it_without_numba(path):
    module = load(path)
    module.total(VALUES)
    module.squares(4)
    module.widened(module.Limits(5, 9.5))
    code = (
        f"import sys; sys.path.insert(0, {str(path.parent)!r})\n"
        f"import numpy as np, {path.stem} as module\n"
        "values = np.arange(5, dtype=np.int64)\n"
        "def call():\n"
        "    assert module.total(values) == 20 and module.squares(4).tolist() == [0, 1, 4, 9]\n"
        "    assert module.widened(module.Limits(5, 9.5)) == module.Limits(4, 10.5)\n"
        "    try: module.total(-values)\n"
        "    except ValueError as error: print(error, 'numba' in sys.modules)\n"
        "call()\n"
        "assert module.next_of(41) == 42\n"
        "call()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["negative False", "negative True"]


def test_what_is_imported_of_all_kernels_is_not_numba():
    root = Path(corpusmill.__file__).parent
    paths = sorted(path.relative_to(root) for path in (root / "kernels").rglob("*.py"))
    names = [".".join(path.with_suffix("").parts) for path in paths]
    code = f"import sys, importlib\nfor name in {names}: importlib.import_module('corpusmill.' + name)\n"
    code += "print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


@needs_known
@pytest.mark.parametrize(
    "arguments", [(np.arange(5, dtype=np.int32),), (VALUES[::2],), (np.arange(5, dtype=np.float64),)]
)
def test_each_list_of_types_is_compiled_for_itself(path, arguments, compiled):
    module = load(path)
    module.total(VALUES)
    assert module.total(*arguments) == 2 * sum(arguments[0])
    assert compiled == ["total", "total"]
    assert len(kept(path, "total")) == 2


@needs_known
def test_arrays_that_are_compiled_for_alike_are_linked_once(path, monkeypatch):
    load(path).total(VALUES)
    linked_ones = []
    once = jit.linked
    monkeypatch.setattr(jit, "linked", lambda code, function: linked_ones.append(code.entry) or once(code, function))
    module = load(path)
    for values in (VALUES[:1], np.zeros(0, np.int64), VALUES[:1].reshape(1), VALUES[::5]):
        assert module.total(values) == 0
    assert len(linked_ones) == 1


@needs_known
def test_what_was_linked_outlives_its_linker(path):
    load(path).total(VALUES)
    total = load(path).total
    assert total(VALUES) == 20
    linking._linker.cache_clear()
    gc.collect()
    assert total(VALUES) == 20


@pytest.mark.parametrize("called_first", [True, False])
def test_one_that_was_loaded_is_compiled_into_others(path, called_first):
    load(path).total(VALUES)
    module = load(path)
    if called_first:
        module.total(VALUES)
    caller = path.with_name("caller.py")
    caller.write_text(CALLER.format(name=path.stem))
    assert load(caller).of_both(VALUES, VALUES) == 40


def test_types_that_another_has_had_compiled_are_told_apart(path):
    """Numba then has several results for a function, and not in the order in which they are asked for."""
    module = load(path)
    caller = path.with_name("caller.py")
    caller.write_text(CALLER.format(name=path.stem))
    both = load(caller).of_both
    assert both(VALUES, VALUES) == 40
    assert both(VALUES + 0.5, VALUES + 0.5) == 50.0
    assert module.total(VALUES) == 20
    assert isinstance(module.total(VALUES), int)
    assert module.total(VALUES + 0.5) == 25.0


@needs_known
def test_an_edited_source_is_compiled_anew(path, compiled):
    load(path).total(VALUES)
    times = path.stat()
    path.write_text(SOURCE.replace("value * 2", "value * 3"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as archives do that set all times alike
    assert load(path).total(VALUES) == 30
    assert compiled == ["total"] * 2
    assert len(kept(path, "total")) == 1, "the old one is gone"


@needs_known
def test_an_edited_helper_is_enough(path, tmp_path, monkeypatch, forgetful, compiled):
    """Among the kernels themselves any file may have been compiled into any other."""
    helper = tmp_path / "helpers" / "bits.py"
    helper.parent.mkdir()
    helper.write_text("")
    monkeypatch.setattr(on_disk, "_KERNELS", helper.parent)
    load(path).total(VALUES)
    helper.write_text("# edited")
    on_disk._sources.cache_clear()
    load(path).total(VALUES)
    assert compiled == ["total"] * 2


@needs_known
def test_whether_kernels_were_compiled_before(tmp_path, monkeypatch, forgetful):
    monkeypatch.setattr(on_disk, "_KERNELS", tmp_path)
    source = tmp_path / "kernels_of_these.py"
    source.write_text(SOURCE)
    assert not on_disk.is_made()
    load(source).total(VALUES)
    assert on_disk.is_made()
    (tmp_path / "bits.py").write_text("")
    on_disk._sources.cache_clear()
    assert not on_disk.is_made()
    (place,) = kept(source, "total")
    place.write_bytes(b"")
    assert not on_disk.is_made()
    sys.modules.pop(source.stem)


@needs_known
def test_settings_of_numba_are_heeded(path, monkeypatch, forgetful, compiled):
    load(path).total(VALUES)
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    on_disk._tools.cache_clear()
    load(path).total(VALUES)
    assert compiled == ["total"] * 2


@needs_known
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-100] + bytes([content[-100] ^ 1]) + content[-99:],
        lambda content: b"",
        lambda content: b"something else",
    ],
)
def test_a_damaged_file_is_compiled_anew(path, damage, compiled):
    load(path).total(VALUES)
    (place,) = kept(path, "total")
    place.write_bytes(damage(place.read_bytes()))
    assert load(path).total(VALUES) == 20
    assert load(path).total(VALUES) == 20
    assert compiled == ["total"] * 2


@needs_known
def test_what_asks_for_functions_that_are_not_there_is_compiled_anew(path, monkeypatch, compiled):
    """Calling it would end the process."""
    once = compiling.machine_code_of

    def with_more_needs(result):
        code = once(result)
        return on_disk.MachineCode(
            code.entry, code.environment, code.environments, (*code.needs, "numba_no_such_function"), code.content
        )

    monkeypatch.setattr(compiling, "machine_code_of", with_more_needs)
    load(path).total(VALUES)
    assert load(path).total(VALUES) == 20
    assert compiled == ["total"] * 2


def test_where_nobody_may_write_it_is_kept_for_the_user(path, tmp_path, monkeypatch, forgetful, compiled):
    if not on_disk.known_numba():
        pytest.skip("the machine code of this Numba is not kept")
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CORPUSMILL_CACHE", raising=False)
    monkeypatch.setattr(on_disk, "_KERNELS", path.parent)
    assert not on_disk.is_made()
    load(path).total(VALUES)
    load(path).total(VALUES)
    assert compiled == ["total"]
    assert not kept(path, "total")
    assert len(list((tmp_path / "cache").rglob("*.code"))) == 1
    assert on_disk.is_made()


def test_what_is_made_of_other_values_each_time_is_not_kept(path):
    path.write_text(SOURCE + FACTORY)
    module = load(path)
    assert [module.times(n)(7) for n in (2, 3, 4)] == [14, 21, 28]
    assert not kept(path, "*product")


def test_a_full_disk_or_no_right_to_write_is_no_error(path, monkeypatch, compiled):
    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert load(path).total(VALUES) == 20
    assert not list((path.parent / "__pycache__").glob("*.code*"))


def test_what_was_typed_in_is_compiled_each_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    exec(compile(SOURCE, "<stdin>", "exec"), names)
    assert names["total"](VALUES) == 20
    assert not list(tmp_path.rglob("*"))


def test_an_unknown_numba_keeps_what_it_compiles_itself(path, monkeypatch, forgetful):
    monkeypatch.setattr(on_disk, "KNOWN", ())
    assert not on_disk.known_numba()
    module = load(path)
    assert module.total(VALUES) == 20
    assert isinstance(module.total.dispatcher._cache, FunctionCache)
    assert not kept(path, "total")
    module = load(path)
    assert module.total(VALUES) == 20
    assert sum(module.total.dispatcher._cache_hits.values()) == 1


def test_types_that_are_not_told_apart_are_left_to_numba(path, compiled):
    with pytest.warns(numba.NumbaPendingDeprecationWarning):
        assert load(path).total([1, 2, 3]) == 12
    with pytest.raises(numba.core.errors.NumbaError):  # which knows no such type either
        load(path).total(VALUES.astype(">i8"))
    assert not compiled


def test_nothing_is_compiled_where_numba_is_told_so(path):
    code = (
        f"import sys; sys.path.insert(0, {str(path.parent)!r})\n"
        f"import numpy as np, {path.stem} as module\n"
        "print(module.total(np.arange(5)), type(module.total).__name__, 'numba' in sys.modules)"
    )
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["20", "function", "False"]


def test_a_kernel_can_be_sent_to_another_process_by_its_name():
    from corpusmill.kernels.characters.utf8_texts import _are_utf8

    assert pickle.loads(pickle.dumps(_are_utf8)) is _are_utf8
    assert isinstance(_are_utf8, jit._Kernel)
