"""Finds the code to tune."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any, Callable


class TargetError(Exception):
    """What was named to be tuned is not there; the message says all."""


def load(target: str) -> Callable[..., Any]:
    """The function or class that ``FILE.py:NAME``, ``MODULE:NAME`` or ``pickle:FILE`` names.

    A file is loaded under its own name, never as ``__main__``: what stands under ``if __name__ == "__main__"`` does not
    run. Its folder comes first on ``sys.path``, as for a script.

    :raises TargetError: where there is no such thing.
    :raises BaseException: whatever the code raises as it is imported.
    """
    if target.startswith("pickle:"):
        found = _unpickle(target[len("pickle:") :])
    else:
        source, colon, name = target.rpartition(":")
        if not (source and colon and name):
            raise TargetError(f"{target!r} names nothing to tune: write FILE.py:NAME or MODULE:NAME")
        module = _from_file(os.path.abspath(source)) if source.endswith(".py") else _from_name(source)
        found = _member(module, source, name)
    if not callable(found):
        raise TargetError(f"{target} is no function or class but {type(found).__name__}")
    return found


def _member(module: ModuleType, source: str, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise TargetError(f"{source} has no function or class {name!r}; it has {_own_names(module)}") from None
    return found


def _own_names(module: ModuleType) -> str:
    """The functions and classes that a module defines itself."""
    own = (name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__)
    return ", ".join(sorted(name for name in own if callable(vars(module)[name]))) or "none"


def _from_name(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as fault:
        # What the module itself misses is its own affair.
        if fault.name is not None and (name == fault.name or name.startswith(f"{fault.name}.")):
            folders = ", ".join(folder for folder in sys.path if os.path.isdir(folder))
            raise TargetError(f"there is no module {fault.name!r} in {folders}") from None
        raise


def _from_file(path: str) -> ModuleType:
    if not os.path.isfile(path):
        raise TargetError(f"there is no file {path}")
    sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:
        # A file that is called as a module that is loaded already.
        name = f"_trialist_{name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{path} can't be imported")
    module = importlib.util.module_from_spec(spec)
    # So that its classes can be pickled, and modules beside it that import it get this one.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _unpickle(path: str) -> Any:
    import pickle

    try:
        with open(path, "rb") as file:
            return pickle.load(file)
    except FileNotFoundError as fault:
        if fault.filename == path:
            raise TargetError(f"there is no file {path}") from None
        raise
    except ModuleNotFoundError as fault:
        if fault.name is not None and fault.name.split(".")[0] == "cloudpickle":
            raise TargetError("the code needs the package cloudpickle here: pip install cloudpickle") from None
        raise
