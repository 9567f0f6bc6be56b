"""Optuna's samplers, each trial defined by running: conditional parameters are suggested where they are active."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, Callable, Mapping, Sequence

from ._engine import library
from ._errors import EngineError
from ._problem import Dimension, Problem, Result, Wire

VERSION = "5.0.0"
"""The version that is tested."""

_STATELESS = ("TPESampler", "GPSampler", "RandomSampler")
"""Samplers whose draws leave nothing behind that later ones depend on."""

_ENUMERATES = "{0} can't be an engine, as it ends its study by itself once all is tried: the searcher 'grid' does what it does"
_REFUSED = {
    "BruteForceSampler": _ENUMERATES,
    "GridSampler": _ENUMERATES,
    "PartialFixedSampler": "{0} can't be an engine, as it needs another sampler, which is no JSON value: take the fixed "
    "parameters out of the space",
}
_ONE_OBJECTIVE = ("CmaEsSampler",)
_NEEDS = {"CmaEsSampler": ("cmaes",), "GPSampler": ("torch", "scipy"), "QMCSampler": ("scipy",)}
"""Packages that a sampler imports when it first draws, and that Optuna does not install."""


class OptunaEngine:
    """A study in memory whose trials are the experiment's."""

    def __init__(self, problem: Problem) -> None:
        self._optuna = library("optuna", "optuna", VERSION)
        warnings.simplefilter("ignore")
        self._optuna.logging.set_verbosity(self._optuna.logging.ERROR)
        self._problem = problem
        self._kind = _sampler_named(self._optuna, problem.sampler or "TPESampler")
        _check_objectives(self._kind.__name__, problem)
        self.replays = self._kind.__name__ not in _STATELESS
        self._distributions = [_distribution(self._optuna, each) for each in problem.dimensions]
        self._violations: dict[int, Sequence[float]] = {}
        self._numbers: dict[int, int] = {}
        """The study's numbers of the experiment's trials."""
        self._study = self._optuna.create_study(
            directions=["minimize"] * problem.objectives, sampler=self._sampler(problem.seed)
        )
        for earlier in problem.earlier:
            for wire, loss in zip(earlier.wires, earlier.losses):
                self._add(wire, "COMPLETE", [loss])

    def suggested(self, trial: int, wire: Wire, seed: int | None) -> None:
        if seed is not None and self.replays:
            self._study.sampler = self._sampler(seed)
            asked = self._ask({name: value for name, value in self._named(wire).items()})
            self._problem.walk(lambda index, dimension: self._suggest(asked, index, dimension))
            self._numbers[trial] = asked.number
        else:
            self._numbers[trial] = self._add(wire, "RUNNING", None)

    def ended(self, trial: int, result: Result) -> None:
        number = self._numbers[trial]
        before = self._study.trials[number]
        if before.state.is_finished():
            # It had been paused, and this is what came of it.
            wire = self._wire_of(before)
            number = self._add(wire, "RUNNING", None)
        self._numbers[trial] = number
        self._violations[number] = result.violations
        states = self._optuna.trial.TrialState
        if result.losses is None:
            self._study.tell(number, state=states.FAIL)
        elif result.state == "completed" or self._problem.objectives > 1:
            self._study.tell(number, list(result.losses))
        else:
            storage, number_of = self._study._storage, self._study._storage.get_trial_id_from_study_id_trial_number
            for step, loss in result.course:
                storage.set_trial_intermediate_value(number_of(self._study._study_id, number), int(step), loss)
            self._study.tell(number, state=states.PRUNED)

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        self._study.sampler = self._sampler(seed)
        asked = self._ask(self._named(pinned))
        return self._problem.walk(lambda index, dimension: self._suggest(asked, index, dimension))

    def _ask(self, fixed: Mapping[str, Any]) -> Any:
        if fixed:
            self._study.enqueue_trial(dict(fixed))
        return self._study.ask()

    def _suggest(self, asked: Any, index: int, dimension: Dimension) -> float:
        made = self._distributions[index]
        if isinstance(made, self._optuna.distributions.CategoricalDistribution):
            value = asked.suggest_categorical(dimension.name, made.choices)
        elif isinstance(made, self._optuna.distributions.IntDistribution):
            value = asked.suggest_int(dimension.name, made.low, made.high, step=made.step, log=made.log)
        else:
            value = asked.suggest_float(dimension.name, made.low, made.high, step=made.step, log=made.log)
        return _wire(dimension, value)

    def _add(self, wire: Wire, state: str, values: Sequence[float] | None) -> int:
        """Adds a trial; answers the study's number of it."""
        params = self._named(wire)
        active = {dimension.name: made for dimension, made in zip(self._problem.dimensions, self._distributions)}
        trial = self._optuna.trial.create_trial(
            state=self._optuna.trial.TrialState[state],
            params=params,
            distributions={name: active[name] for name in params},
            values=values,
        )
        self._study.add_trial(trial)
        return len(self._study.get_trials(deepcopy=False)) - 1

    def _named(self, wire: Wire) -> dict[str, Any]:
        return {
            dimension.name: _value(dimension, entry)
            for dimension, entry in zip(self._problem.dimensions, wire)
            if entry is not None
        }

    def _wire_of(self, trial: Any) -> Wire:
        return [
            _wire(dimension, trial.params[dimension.name]) if dimension.name in trial.params else None
            for dimension in self._problem.dimensions
        ]

    def _sampler(self, seed: int) -> Any:
        """A sampler with random numbers of its own; what it remembers is in the study."""
        arguments = dict(self._problem.arguments)
        known = inspect.signature(self._kind).parameters
        unknown = [name for name in arguments if name not in known]
        if unknown:
            raise EngineError(
                "option",
                f"{self._kind.__name__} has no argument {unknown[0]}: expected one of {', '.join(known)}",
            )
        if "seed" in known:
            arguments.setdefault("seed", seed)
        if self._problem.constraints > 0:
            if "constraints_func" not in known:
                raise EngineError("unsupported", f"{self._kind.__name__} can't handle outcome constraints")
            arguments["constraints_func"] = lambda trial: self._violations.get(trial.number, ())
        try:
            return self._kind(**arguments)
        except (TypeError, ValueError) as error:
            raise EngineError("option", f"{self._kind.__name__} does not take these arguments: {error}") from None


def _sampler_named(optuna: Any, name: str) -> Callable[..., Any]:
    base = optuna.samplers.BaseSampler
    known = {
        each: made
        for each, made in vars(optuna.samplers).items()
        if inspect.isclass(made) and issubclass(made, base) and not inspect.isabstract(made) and each not in _REFUSED
    }
    if name in _REFUSED:
        raise EngineError("unsupported", _REFUSED[name].format(name))
    if name in known:
        for package in _NEEDS.get(name, ()):
            library(package, package)
        return known[name]
    raise EngineError("option", f"there is no sampler {name}: expected one of {', '.join(sorted(known))}")


def _check_objectives(name: str, problem: Problem) -> None:
    if problem.objectives > 1 and name in _ONE_OBJECTIVE:
        raise EngineError("unsupported", f"{name} can't handle {problem.objectives} objectives: it takes 1")


def _distribution(optuna: Any, dimension: Dimension) -> Any:
    """The parameter in Optuna's terms; on the scale of probability where Optuna has no such parameter."""
    made = optuna.distributions
    if dimension.kind == "unordered":
        return made.CategoricalDistribution(list(range(dimension.levels)))
    if not dimension.is_numeric:
        return made.IntDistribution(0, dimension.levels - 1)
    if dimension.is_normal:
        return made.FloatDistribution(0.0, 1.0)
    if dimension.levels is None:
        return made.FloatDistribution(dimension.low, dimension.high, log=dimension.is_log)
    if dimension.is_integer and (not dimension.is_log or dimension.step == 1):
        return made.IntDistribution(dimension.low, dimension.high, log=dimension.is_log, step=dimension.step)
    if dimension.is_log:
        return made.FloatDistribution(dimension.low, dimension.high, log=True)
    return made.FloatDistribution(dimension.low, dimension.high, step=dimension.step)


def _value(dimension: Dimension, wire: float) -> Any:
    if not dimension.is_numeric:
        return int(wire)
    return dimension.unit(wire) if dimension.is_normal else dimension.value(wire)


def _wire(dimension: Dimension, value: Any) -> float:
    if not dimension.is_numeric:
        return value
    return dimension.from_unit(value) if dimension.is_normal else dimension.wire(value)
