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


def library(name: str, package: str, version: str | None = None) -> ModuleType:
    """Imports a library, or says how to install it, in the version that is tested where there is one."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if missing.split(".")[0] != name.split(".")[0]:
            raise EngineError(
                "missing", f"{package} needs the Python package {missing}: {{python}} -m pip install {missing}"
            ) from None
        raise EngineError(
            "missing", f"there is no Python package {package}: {{python}} -m pip install {package}{f'=={version}' if version else ''}"
        ) from None


def make(problem: Problem) -> Engine:
    """The engine that a problem names. Raises where the library is missing, or can't do what is asked."""
    if problem.engine == "optuna":
        from ._optuna import OptunaEngine

        return OptunaEngine(problem)
    if problem.engine == "hyperopt":
        from ._hyperopt import HyperoptEngine

        return HyperoptEngine(problem)
    if problem.engine == "bayesopt":
        from ._bayesopt import BayesoptEngine

        return BayesoptEngine(problem)
    if problem.engine == "nevergrad":
        from ._nevergrad import NevergradEngine

        return NevergradEngine(problem)
    raise EngineError("unsupported", f"this Python package knows no engine {problem.engine}: update trialist")
