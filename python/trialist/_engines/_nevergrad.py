"""Nevergrad's optimizers, on [0, 1] for numbers and choices for options."""

from __future__ import annotations

import warnings
from typing import Any, Sequence

from ._engine import library
from ._problem import Dimension, Problem, Wire
from ._rows import Rows, check_arguments, chosen

VERSION = "1.0.12"
"""The version that is tested."""

_BUDGET = 100
"""Trials for which an optimizer plans, as by default: a total that is raised later must not change what was drawn before."""


class NevergradEngine(Rows):
    """Tells a new optimizer all trials for each draw, as configurations that it did not ask for. Those that failed count as the worst."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._library = library("nevergrad", "nevergrad", VERSION)
        warnings.simplefilter("ignore")
        name = problem.sampler or "NGOpt"
        self._optimizer = chosen("optimizer", name, dict(self._library.optimizers.registry))
        check_arguments(name, problem.arguments, ("budget", "num_workers"))
        self._arguments = {"budget": _BUDGET, **problem.arguments}
        self._problem = problem

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        del trial, pinned
        parameters = self._library.p.Dict(**{each.name: self._parameter(each) for each in self._problem.dimensions})
        parameters.random_state.seed(seed % 2**32)
        optimizer = self._optimizer(parametrization=parameters, **self._arguments)
        losses = [result.losses[0] for result in self.results if result is not None and result.losses is not None]
        for wire, result in zip(self.wires, self.results):
            if result is None or not losses:
                continue
            loss = max(losses) if result.losses is None else result.losses[0]
            optimizer.tell(parameters.spawn_child(new_value=self._values(wire)), loss)
        made = optimizer.ask().value
        return self._problem.walk(lambda _, each: _entry(each, made[each.name]))

    def _parameter(self, dimension: Dimension) -> Any:
        if dimension.kind == "unordered":
            return self._library.p.Choice(list(range(dimension.levels)))
        return self._library.p.Scalar(lower=0.0, upper=1.0)

    def _values(self, wire: Wire) -> dict[str, Any]:
        """What is inactive stands in the middle, or at the first option, whatever it was."""
        return {each.name: _value(each, entry) for each, entry in zip(self._problem.dimensions, wire)}


def _value(dimension: Dimension, entry: float | None) -> Any:
    if dimension.kind == "unordered":
        return int(entry or 0)
    return 0.5 if entry is None else dimension.unit(entry)


def _entry(dimension: Dimension, value: Any) -> float:
    return int(value) if dimension.kind == "unordered" else dimension.from_unit(value)
