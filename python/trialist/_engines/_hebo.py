"""HEBO: a Gaussian process on warped inputs and outputs, and an ensemble of acquisition functions."""

from __future__ import annotations

import random
import warnings
from typing import Any, Sequence

from ._engine import library
from ._problem import Dimension, Problem, Wire
from ._rows import Rows, check_arguments, chosen

VERSION = "0.3.6"
"""The version that is tested."""

_ARGUMENTS = ("model_name", "model_config", "rand_sample")


class HeboEngine(Rows):
    """Observes all trials with a new optimizer for each draw. Those that failed count as the worst."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._kind = library("hebo.optimizers.hebo", "HEBO", VERSION).HEBO
        warnings.simplefilter("ignore")
        self._spaces = library("hebo.design_space.design_space", "HEBO", VERSION)
        self._frames = library("pandas", "pandas")
        self._numbers = library("numpy", "numpy")
        self._torch = library("torch", "torch")
        name = chosen("optimizer", problem.sampler or "HEBO", {"HEBO": "HEBO"})
        check_arguments(name, problem.arguments, _ARGUMENTS)
        self._problem = problem

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        del trial
        self._seed(seed)
        space = self._spaces.DesignSpace().parse(
            [_parameter(index, each) for index, each in enumerate(self._problem.dimensions)]
        )
        # One sequence for the whole experiment, of which each of the first trials takes its own point.
        optimizer = self._kind(space, scramble_seed=self._problem.seed % 2**32, **self._problem.arguments)
        optimizer.sobol.fast_forward(len(self.wires))
        self._observe(optimizer)
        fixed = {_name(index): self._told(index, level) for index, level in enumerate(pinned) if level is not None}
        made = optimizer.suggest(1, fix_input=fixed or None).iloc[0]
        return self._problem.walk(lambda index, each: each.heard(made[_name(index)]))

    def _observe(self, optimizer: Any) -> None:
        over = [(wire, loss) for wire, loss in zip(self.wires, self.losses()) if loss is not None]
        # It divides by their spread; while there is none it goes on with its sequence.
        if len({loss for _, loss in over}) < 2:
            return
        rows = [{_name(index): self._told(index, entry) for index, entry in enumerate(wire)} for wire, _ in over]
        optimizer.observe(self._frames.DataFrame(rows), self._numbers.array([[loss] for _, loss in over]))

    def _told(self, index: int, entry: float | None) -> float:
        """What is inactive stands in the middle, or at the first option, whatever it was."""
        return self._problem.dimensions[index].told(entry)

    def _seed(self, seed: int) -> None:
        """HEBO draws from the generators of the process, which is a copy that ends after this draw."""
        random.seed(seed)
        self._numbers.random.seed(seed % 2**32)
        self._torch.manual_seed(seed)


def _name(index: int) -> str:
    return f"p{index}"


def _parameter(index: int, dimension: Dimension) -> dict[str, Any]:
    if dimension.kind == "unordered":
        return {"name": _name(index), "type": "cat", "categories": list(range(dimension.levels))}
    if dimension.is_even:
        return {"name": _name(index), "type": "int", "lb": 0, "ub": dimension.levels - 1}
    return {"name": _name(index), "type": "num", "lb": 0.0, "ub": 1.0}
