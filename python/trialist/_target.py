"""Finds the code to tune."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any


def load(target: str) -> Any:
    """The function or class that ``FILE.py:NAME``, ``MODULE:NAME`` or ``pickle:FILE`` names.

    A file is loaded under its own name, never as ``__main__``: what stands under ``if __name__ == "__main__"`` does not run.
    """
    if target.startswith("pickle:"):
        return _unpickle(target[len("pickle:") :])
    source, _, name = target.rpartition(":")
    if source.endswith(".py"):
        module = _from_file(os.path.abspath(source))
    else:
        sys.path.insert(0, os.getcwd())
        module = importlib.import_module(source)
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            names = ", ".join(sorted(each for each in vars(module) if callable(vars(module)[each]))) or "nothing"
            raise AttributeError(f"{source} has no function or class {name!r}: it has {names}")
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{target} is no function or class but {type(found).__name__}")
    return found


def _from_file(path: str) -> Any:
    stem = os.path.splitext(os.path.basename(path))[0]
    folder = os.path.dirname(path)
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can't be imported")
    module = importlib.util.module_from_spec(spec)
    # So that its classes can be pickled, and modules beside it that import it get this one.
    sys.modules.setdefault(stem, module)
    spec.loader.exec_module(module)
    return module


def _unpickle(path: str) -> Any:
    import pickle

    with open(path, "rb") as file:
        return pickle.load(file)
