"""Ax: a Gaussian process of BoTorch's after a few quasi-random trials."""

from __future__ import annotations

import logging
import math
import warnings
from typing import Any, Sequence

from ._engine import library
from ._problem import Dimension, Problem, Wire
from ._rows import Rows, check_arguments, chosen

VERSION = "1.3.1"
"""The version that is tested."""

_ARGUMENTS = {"fast": ("initialization_budget", "initialize_with_center"), "random_search": ()}
"""Methods of Ax's generation strategy, and their arguments."""


class AxEngine(Rows):
    """Attaches all trials to a new client for each draw. Those that failed count as the worst, those that are not over run."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._api = library("ax.api.client", "ax-platform", VERSION)
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        self._configs = library("ax.api.configs", "ax-platform", VERSION)
        self._method = chosen("method", problem.sampler or "fast", {each: each for each in _ARGUMENTS})
        check_arguments(self._method, problem.arguments, _ARGUMENTS[self._method])
        self._frames = library("pandas", "pandas")
        self._arm = library("ax.core.arm", "ax-platform", VERSION).Arm
        self._data = library("ax.core.data", "ax-platform", VERSION).Data
        self._problem = problem

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        del trial
        from ax.exceptions.core import SearchSpaceExhausted
        from ax.exceptions.generation_strategy import GenerationStrategyRepeatedPoints

        nothing = [None] * len(self._problem.dimensions)
        if self._is_exhausted():
            return nothing
        client = self._client(seed)
        self._attach(client._experiment)
        fixed = {_name(index): self._told(index, level) for index, level in enumerate(pinned) if level is not None}
        try:
            (made,) = client.get_next_trials(1, fixed_parameters=fixed or None).values()
        except (GenerationStrategyRepeatedPoints, SearchSpaceExhausted):
            # It has nothing new: that is left to chance.
            return nothing
        return self._problem.walk(lambda index, each: each.heard(made[_name(index)]))

    def _is_exhausted(self) -> bool:
        """Whether all there is was tried: Ax would draw ten thousand times to find that out."""
        levels = [each.levels for each in self._problem.dimensions]
        if None in levels:
            return False
        return len({tuple(self._parameters(wire).values()) for wire in self.wires}) >= math.prod(levels)

    def _attach(self, experiment: Any) -> None:
        """All at once: the client's own way takes time that grows with the square of the trials."""
        rows = []
        for wire, loss in zip(self.wires, self.losses()):
            trial = experiment.new_trial().add_arm(self._arm(parameters=self._parameters(wire)))
            trial.mark_running(no_runner_required=True)
            if loss is not None:
                rows.append(_row(trial, loss))
        if not rows:
            return
        experiment.attach_data(self._data(df=self._frames.DataFrame(rows)))
        for row in rows:
            experiment.trials[row["trial_index"]].mark_completed()

    def _client(self, seed: int) -> Any:
        client = self._api.Client(random_seed=seed)
        client.configure_experiment([self._parameter(index, each) for index, each in enumerate(self._problem.dimensions)])
        client.configure_optimization(objective="-loss")
        client.configure_generation_strategy(
            method=self._method,
            initialization_random_seed=seed,
            allow_exceeding_initialization_budget=True,
            **{**self._problem.arguments, **({"initialize_with_center": False} if self.wires else {})},
        )
        return client

    def _parameter(self, index: int, dimension: Dimension) -> Any:
        if dimension.kind == "unordered":
            levels = list(range(dimension.levels))
            return self._configs.ChoiceParameterConfig(_name(index), levels, parameter_type="int", is_ordered=False)
        bounds, kind = ((0, dimension.levels - 1), "int") if dimension.is_even else ((0.0, 1.0), "float")
        return self._configs.RangeParameterConfig(_name(index), bounds, parameter_type=kind)

    def _parameters(self, wire: Wire) -> dict[str, float]:
        """What is inactive stands in the middle, or at the first option, whatever it was."""
        return {_name(index): self._told(index, entry) for index, entry in enumerate(wire)}

    def _told(self, index: int, entry: float | None) -> float:
        return self._problem.dimensions[index].told(entry)


def _row(trial: Any, loss: float) -> dict[str, Any]:
    """A result as Ax has it; its error is not known."""
    name = {"arm_name": trial.arm.name, "metric_name": "loss", "metric_signature": "loss"}
    return {"trial_index": trial.index, **name, "mean": loss, "sem": math.nan}


def _name(index: int) -> str:
    return f"p{index}"
