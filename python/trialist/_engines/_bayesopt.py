"""bayesian-optimization: a Gaussian process on [0, 1] for numbers, its own categories for options."""

from __future__ import annotations

import warnings
from typing import Any, Sequence

from ._engine import library
from ._problem import Dimension, Problem, Wire
from ._rows import Rows, check_arguments, chosen

VERSION = "3.4.0"
"""The version that is tested."""

_ARGUMENTS = {
    "UpperConfidenceBound": {"kappa": 2.576},
    "ExpectedImprovement": {"xi": 0.01},
    "ProbabilityOfImprovement": {"xi": 0.01},
}
_INIT_POINTS = 5
"""Trials that are drawn at random first, as by the library's ``maximize``."""


class BayesoptEngine(Rows):
    """Registers all trials anew for each draw. Those that failed or are not over count as the worst so far."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._library = library("bayes_opt", "bayesian-optimization", VERSION)
        warnings.simplefilter("ignore")
        from bayes_opt import acquisition

        name = problem.sampler or "UpperConfidenceBound"
        self._acquisition = chosen("acquisition function", name, {each: getattr(acquisition, each) for each in _ARGUMENTS})
        check_arguments(name, problem.arguments, (*_ARGUMENTS[name], "init_points"))
        self._arguments = {**_ARGUMENTS[name], **problem.arguments}
        self._init_points = self._arguments.pop("init_points", _INIT_POINTS)
        self._problem = problem

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        del trial, pinned
        optimizer = self._library.BayesianOptimization(
            f=None,
            pbounds={each.name: _bounds(each) for each in self._problem.dimensions},
            acquisition_function=self._acquisition(**self._arguments),
            random_state=seed,
            verbose=0,
            allow_duplicate_points=True,
        )
        losses = [result.losses[0] for result in self.results if result is not None and result.losses is not None]
        if len(losses) < max(1, self._init_points):
            return self._wire(optimizer.random_sample(1)[0])
        worst = max(losses)
        for wire, result in zip(self.wires, self.results):
            loss = worst if result is None or result.losses is None else result.losses[0]
            optimizer.register(params=self._params(wire), target=-loss)
        return self._wire(optimizer.suggest())

    def _params(self, wire: Wire) -> dict[str, Any]:
        """What is inactive stands in the middle, or at the first option, whatever it was."""
        return {each.name: _value(each, entry) for each, entry in zip(self._problem.dimensions, wire)}

    def _wire(self, params: dict[str, Any]) -> Sequence[float | None]:
        return self._problem.walk(lambda _, each: _entry(each, params[each.name]))


def _bounds(dimension: Dimension) -> Any:
    if dimension.kind == "unordered":
        return [str(level) for level in range(dimension.levels)]
    return (0.0, 1.0)


def _value(dimension: Dimension, entry: float | None) -> Any:
    if dimension.kind == "unordered":
        return str(int(entry or 0))
    return 0.5 if entry is None else dimension.unit(entry)


def _entry(dimension: Dimension, value: Any) -> float:
    return int(value) if dimension.kind == "unordered" else dimension.from_unit(value)
