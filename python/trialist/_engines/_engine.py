"""What a library must be able to do to be an engine."""

from __future__ import annotations

import importlib
import importlib.metadata
from types import ModuleType
from typing import Protocol, Sequence

from ._errors import EngineError
from ._problem import Problem, Result, Wire


class Engine(Protocol):
    """The state of a library, built from what was observed: two that were told the same are the same."""

    replays: bool
    """Whether a draw changes what later draws depend on, so that it is drawn again when its trial is observed."""

    def suggested(self, trial: int, wire: Wire, seed: int | None) -> None:
        """A trial began; ``seed`` is that of the library's own draw of it, ``None`` where it was no such draw."""

    def ended(self, trial: int, result: Result) -> None:
        """A trial came to an end; once more where it had been paused."""

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        """A configuration for a trial; ``pinned`` has the levels that are given. Called in a copy that ends after it."""


def library(name: str, package: str, version: str | None = None, beside: str = "") -> ModuleType:
    """Imports a library, or says how to install it.

    :param version: the one that is tested, where there is one.
    :param beside: what must be installed with it in other versions than pip would choose.
    """
    command = " ".join(["{python} -m pip install", f"{package}=={version}" if version else package, *beside.split()])
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if missing.split(".")[0] != name.split(".")[0]:
            raise EngineError(
                "missing", f"{package} needs the Python package {missing}: {{python}} -m pip install {missing}"
            ) from None
        raise EngineError("missing", f"there is no Python package {package}: {command}") from None
    except ImportError as error:
        raise EngineError("missing", f"the Python package {package} does not fit what it needs ({error}): {command}") from None


_ENGINES = {
    "optuna": ("_optuna", "OptunaEngine"),
    "hyperopt": ("_hyperopt", "HyperoptEngine"),
    "bayesopt": ("_bayesopt", "BayesoptEngine"),
    "nevergrad": ("_nevergrad", "NevergradEngine"),
    "ax": ("_ax", "AxEngine"),
    "hebo": ("_hebo", "HeboEngine"),
    "smac": ("_smac", "SmacEngine"),
}
"""Modules and classes: each imports its library when it is made."""


def make(problem: Problem) -> Engine:
    """The engine that a problem names. Raises where the library is missing, or can't do what is asked."""
    if problem.engine not in _ENGINES:
        raise EngineError("unsupported", f"this Python package knows no engine {problem.engine}: update trialist")
    module, name = _ENGINES[problem.engine]
    engine: Engine = getattr(importlib.import_module(f"{__package__}.{module}"), name)(problem)
    return engine
