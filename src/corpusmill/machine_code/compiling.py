"""Kernels compiled by Numba, and what of them is kept to be called without it (`on_disk.py`)."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from corpusmill.machine_code.on_disk import MachineCode, known_numba
from corpusmill.own_process import is_own, without


def _begin_plainly() -> None:
    """Let Numba begin without what no kernel needs: extensions of other packages (awkward has one) and SciPy's linear
    algebra. Where they are installed each takes half a second of every process.
    """
    from numba.core import entrypoints

    if hasattr(entrypoints, "_already_initialized"):
        entrypoints._already_initialized = True
    if importlib.util.find_spec("scipy") is not None:
        with without("scipy.linalg"):
            import numba.np.arraymath  # noqa: F401


if is_own():  # whoever else imports the package may need both
    _begin_plainly()

import numba  # noqa: E402
from numba.core import registry  # noqa: E402
from numba.core.environment import lookup_environment  # noqa: E402


def dispatcher_of(function: Callable[..., Any], is_inlined: bool) -> Any:
    """Numba's own. A Numba whose machine code is not kept by us keeps it itself."""
    options = {"forceinline": True} if is_inlined else {}
    dispatcher = numba.njit(nogil=True, **options)(function)
    if known_numba() is None:
        with contextlib.suppress(RuntimeError):  # no folder for it that can be written to
            dispatcher.enable_caching()
    return dispatcher


def type_of_primitive(generator: Callable[..., Any]) -> Any:
    """What Numba takes a function for whose LLVM code `generator` writes, see numba.extending.intrinsic."""
    made = numba.extending.intrinsic(generator)
    context = registry.cpu_target.typing_context
    context.refresh()
    return context.resolve_value_type(made)


def compiled_for(dispatcher: Any, arguments: Sequence[Any]) -> Any:
    """Numba's result for the types of `arguments`, which other kernels may have had compiled before."""
    types = tuple(map(numba.typeof, arguments))
    dispatcher.compile(types)
    return dispatcher.overloads[types]


def machine_code_of(compiled: Any) -> MachineCode | None:
    """What of it can be called without Numba; None where nothing can."""
    described, library = compiled.fndesc, compiled.library
    if library.has_dynamic_globals or compiled.lifted or compiled.reload_init or compiled.objectmode:
        return None
    _, _, (content, _) = library.serialize_using_object_code()
    linked = library._get_module_for_linking()
    own = compiled.environment
    found = (lookup_environment(variable.name) for variable in linked.global_variables)
    environments = {
        each.env_name: (each.globals["__name__"], list(each.consts))
        for each in (own, *found)
        if each and each.can_cache()
    }
    if own.env_name not in environments:
        return None
    declared = (each.name for each in linked.functions if each.is_declaration)
    needs = tuple(name for name in declared if not name.startswith("llvm."))
    return MachineCode(described.llvm_cpython_wrapper_name, own.env_name, environments, needs, content)
