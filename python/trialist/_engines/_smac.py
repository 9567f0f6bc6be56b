"""SMAC3: a random forest or a Gaussian process, with conditions as ConfigSpace has them."""

from __future__ import annotations

import logging
import tempfile
import warnings
from typing import Any, Sequence

from ._engine import library
from ._problem import Dimension, Problem, Wire
from ._rows import Rows, check_arguments, chosen

VERSION = "2.4.0"
"""The version that is tested."""

_TRIALS = 100
"""Trials of which the initial design is a part, as by default: a total that is raised later must not change what was drawn before."""
_LARGEST = 1e4
"""SMAC3 takes the logarithm of what losses are above the least, and adds 1e-10 to it: next to larger ones that would be nothing."""
_MAXIMIZER = ("challengers", "local_search_iterations")
"""Arguments of the search for the configuration that promises most."""
_MODEL = {"HyperparameterOptimizationFacade": ("n_trees",), "BlackBoxFacade": ("model_type",)}
"""Arguments of the model, by facade."""


class SmacEngine(Rows):
    """Tells a new facade all trials for each draw. Those that failed count as the worst, those that are not over run."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        smac = library("smac", "smac", VERSION, beside="scikit-learn==1.8.0")
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        name = problem.sampler or "HyperparameterOptimizationFacade"
        self._facade = chosen("facade", name, {each: getattr(smac, each) for each in _MODEL})
        check_arguments(name, problem.arguments, ("n_trials", "n_configs", *_MODEL[name], *_MAXIMIZER))
        self._trials = problem.arguments.get("n_trials", _TRIALS)
        self._model, self._maximizer = (
            {each: problem.arguments[each] for each in known if each in problem.arguments}
            for known in (_MODEL[name], _MAXIMIZER)
        )
        self._smac = smac
        self._exhausted = library("smac.main.exceptions", "smac").ConfigurationSpaceExhaustedException
        self._joblib = library("joblib", "joblib")
        self._config_space = library("ConfigSpace", "ConfigSpace")
        self._problem = problem
        self._space = self._configuration_space()
        with tempfile.TemporaryDirectory() as folder:
            scenario = self._scenario(problem.seed % 2**32, folder)
            # What is tried first, in the whole experiment.
            design = self._facade.get_initial_design(scenario, n_configs=problem.arguments.get("n_configs"))
            self._design = design.select_configurations()

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        del trial, pinned
        if len(self.wires) < len(self._design):
            return self._wire(self._design[len(self.wires)])
        costs = self._costs()
        if not any(costs.values()):
            self._space.seed(seed)
            return self._wire(self._space.sample_configuration())
        # Threads gain nothing here: on one, a forest takes a third of the time.
        with tempfile.TemporaryDirectory() as folder, self._joblib.parallel_config(backend="sequential"):
            scenario = self._scenario(seed, folder)
            facade = self._facade(
                scenario,
                # Its part of the trials is over.
                initial_design=self._facade.get_initial_design(scenario, n_configs=0),
                model=self._facade.get_model(scenario, **self._model),
                acquisition_maximizer=self._facade.get_acquisition_maximizer(scenario, **self._maximizer),
                logging_level=False,
            )
            for config, known in costs.items():
                _add(facade.runhistory, config, known)
            try:
                return self._wire(next(facade.intensifier.config_generator))
            except (StopIteration, self._exhausted):
                # It has nothing new: that is left to chance.
                return [None] * len(self._problem.dimensions)

    def _costs(self) -> dict[Any, list[float]]:
        """What is known of each configuration, which may have been tried repeatedly; nothing while it is tried."""
        costs: dict[Any, list[float]] = {}
        for wire, loss in zip(self.wires, self.losses(_LARGEST)):
            costs.setdefault(self._configuration(wire), []).extend([] if loss is None else [loss])
        return costs

    def _scenario(self, seed: int, folder: str) -> Any:
        return self._smac.Scenario(
            self._space, deterministic=True, n_trials=self._trials, seed=seed % 2**32, output_directory=folder
        )

    def _configuration_space(self) -> Any:
        space = self._config_space.ConfigurationSpace()
        made = [_parameter(self._config_space, index, each) for index, each in enumerate(self._problem.dimensions)]
        space.add(made)
        for index, dimension in enumerate(self._problem.dimensions):
            conditions = [
                self._config_space.InCondition(made[index], made[each.parent], sorted(each.levels))
                for each in dimension.parents
            ]
            if len(conditions) > 1:
                space.add(self._config_space.AndConjunction(*conditions))
            elif conditions:
                space.add(conditions[0])
        return space

    def _configuration(self, wire: Wire) -> Any:
        values = {
            _name(index): dimension.told(entry)
            for index, (dimension, entry) in enumerate(zip(self._problem.dimensions, wire))
            if entry is not None
        }
        return self._config_space.Configuration(self._space, values=values)

    def _wire(self, config: Any) -> Sequence[float | None]:
        values = dict(config)
        return self._problem.walk(lambda index, each: each.heard(values[_name(index)]))


def _name(index: int) -> str:
    return f"p{index}"


def _parameter(made: Any, index: int, dimension: Dimension) -> Any:
    if dimension.kind == "unordered":
        return made.Categorical(_name(index), list(range(dimension.levels)))
    if dimension.is_even:
        return made.Integer(_name(index), (0, dimension.levels - 1))
    return made.Float(_name(index), (0.0, 1.0))


def _add(history: Any, config: Any, costs: Sequence[float]) -> None:
    from smac.runhistory import StatusType

    status = StatusType.SUCCESS if costs else StatusType.RUNNING
    history.add(config, cost=sum(costs) / len(costs) if costs else 0.0, status=status, seed=0)
