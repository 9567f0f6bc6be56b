"""Searchers of other libraries, which run beside the engine, and those of the engine itself."""

from __future__ import annotations

import os
import warnings
from typing import Any, Callable, Sequence

from .._names import not_yet
from ._hyperopt_space import converted, has_expressions
from ._library_spaces import searchable
from ._optuna_by_run import ByRun
from .searcher import EngineSearcher

_EARLY = "Give them to the engine instead: add trials of earlier experiments, or leave it out."


class _Native(EngineSearcher):
    """A searcher of the engine's by its name."""

    def __init__(self, name: str, metric: str | None = None, mode: str | None = None, **options: Any) -> None:
        super().__init__(metric, mode)
        self._name, self._options = name, options

    def json(self) -> dict[str, Any]:
        return {"name": self._name, "options": self._options} if self._options else {"name": self._name}


def _named(name: str) -> Callable[..., EngineSearcher]:
    return lambda **options: _Native(name, **options)


native: dict[str, Callable[..., EngineSearcher]] = {
    name: _named(name) for name in ("auto", "sobol", "tpe", "gp", "cmaes", "grid")
}


class _Library(EngineSearcher):
    """A searcher of another library: its process is asked by the engine.

    :param space: None, as ``param_space`` says what is searched.
    """

    _name = ""

    def __init__(
        self,
        space: Any = None,
        metric: Any = None,
        mode: Any = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(metric, mode)
        name = type(self).__name__
        if callable(space):
            raise NotImplementedError(
                f"{name}(): a function as space is not supported. Write a dict; what depends on a choice stands in its options: "
                'tune.choice([{"kind": "a", "x": tune.uniform(0, 1)}, {"kind": "b"}])'
            )
        self.points_to_evaluate = list(points_to_evaluate or [])
        self.space = None if space is None else searchable(name, space)
        self._options = {key: value for key, value in options.items() if value is not None}

    def json(self) -> dict[str, Any]:
        return {"name": self._name, "options": self._options}


class OptunaSearch(_Library):
    """Optuna: any of its samplers. Needs optuna.

    :param space: a dict of ``tune`` parameters, or of Optuna's distributions, in place of ``param_space``; or a function that is given a trial of Optuna's, asks it
        for values by ``trial.suggest_float`` and the like, and answers None or a dict of constants: then Optuna runs in this process.
    :param sampler: one of Optuna's, or its name. Default: its TPESampler.
    :param seed: of the experiment, where the ``TuneConfig`` has none.
    :param evaluated_rewards: what the ``points_to_evaluate`` gave elsewhere: they are learnt from, and do not run.
    """

    _name = "optuna"

    def __init__(
        self,
        space: Any = None,
        metric: Any = None,
        mode: Any = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
        sampler: Any = None,
        study_name: str | None = None,
        storage: Any = None,
        seed: int | None = None,
        evaluated_rewards: Any = None,
    ) -> None:
        kept = "The experiment's log is the storage."
        not_yet("OptunaSearch()", {"study_name": study_name, "storage": storage}, {"study_name": kept, "storage": kept})
        self.seed = seed
        known = [] if evaluated_rewards is None else list(points_to_evaluate or [])
        points = None if evaluated_rewards is not None else points_to_evaluate
        if evaluated_rewards is not None and len(known) != len(evaluated_rewards):
            raise ValueError(f"OptunaSearch(): {len(known)} points_to_evaluate, and {len(evaluated_rewards)} evaluated_rewards")
        if callable(space):
            super().__init__(None, metric, mode)
            self.here = ByRun(space, sampler, list(points or []), seed)
        else:
            super().__init__(space, metric, mode, points, sampler=_name_of("OptunaSearch(): the sampler", sampler))
        for point, value in zip(known, evaluated_rewards or ()):
            self.add_evaluated_point(point, value)


class HyperOptSearch(_Library):
    """HyperOpt's TPE. Needs hyperopt.

    :param space: a dict of ``tune`` parameters, or of HyperOpt's own expressions, in place of ``param_space``.
    :param n_initial_points: random samples at the beginning.
    :param random_state_seed: of the experiment, where the ``TuneConfig`` has none.
    :param gamma: the share of trials that count as good.
    """

    _name = "hyperopt"

    def __init__(
        self,
        space: Any = None,
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
        n_initial_points: int = 20,
        random_state_seed: int | None = None,
        gamma: float = 0.25,
    ) -> None:
        self.seed = random_state_seed
        own = {"n_startup_jobs": n_initial_points, "gamma": gamma}
        if isinstance(space, dict) and has_expressions(space):
            space = converted(space)
        super().__init__(space, metric, mode, points_to_evaluate, sampler="tpe", options=own)


class BayesOptSearch(_Library):
    """bayesian-optimization's Gaussian process. Needs bayesian-optimization.

    :param space: a dict of ``tune`` parameters, or of bounds such as ``(0, 20)``, in place of ``param_space``.
    :param utility_kwargs: ``kind`` (``ucb``, ``ei`` or ``poi``), ``kappa`` and ``xi`` of the acquisition function.
    :param random_state: of the experiment, where the ``TuneConfig`` has none.
    :param random_search_steps: random samples at the beginning.
    :param patience: is taken and has no effect, as is repeat_float_precision: a configuration that was tried already does not end the
        experiment.
    """

    _name = "bayesopt"

    def __init__(
        self,
        space: Any = None,
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
        utility_kwargs: dict[str, Any] | None = None,
        random_state: int = 42,
        random_search_steps: int = 10,
        verbose: int = 0,
        patience: int = 5,
        skip_duplicate: bool = True,
        analysis: Any = None,
        repeat_float_precision: int = 5,
    ) -> None:
        not_yet("BayesOptSearch()", {"analysis": analysis}, {"analysis": _EARLY})
        self.seed = random_state
        kind, argument = _UTILITIES[str((utility_kwargs or {}).get("kind", "ucb"))]
        value = (utility_kwargs or {}).get(argument)
        own = {"init_points": random_search_steps, **({} if value is None else {argument: value})}
        super().__init__(space, metric, mode, points_to_evaluate, sampler=kind, options=own)


class NevergradSearch(_Library):
    """Nevergrad: any of its optimizers. Needs nevergrad.

    :param optimizer: one of Nevergrad's, by its class, or its name. Default: NGOpt.
    :param optimizer_kwargs: ``budget``, the trials that it plans for, and ``num_workers``.
    :param space: a dict of ``tune`` parameters, in place of ``param_space``.
    """

    _name = "nevergrad"

    def __init__(
        self,
        optimizer: Any = None,
        optimizer_kwargs: dict[str, Any] | None = None,
        space: Any = None,
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        name = _name_of("NevergradSearch(): the optimizer", optimizer)
        super().__init__(space, metric, mode, points_to_evaluate, sampler=name, options=optimizer_kwargs or None)


class AxSearch(_Library):
    """Ax's Gaussian process. Needs ax-platform.

    :param space: a dict of ``tune`` parameters, or Ax's list of its own, in place of ``param_space``.
    """

    _name = "ax"

    def __init__(
        self,
        space: Any = None,
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
        parameter_constraints: Sequence[str] | None = None,
        outcome_constraints: Sequence[str] | None = None,
        ax_client: Any = None,
        **ax_kwargs: Any,
    ) -> None:
        given = {
            "parameter_constraints": parameter_constraints,
            "outcome_constraints": outcome_constraints,
            "ax_client": ax_client,
            **ax_kwargs,
        }
        client = "The engine makes Ax's client anew, from the experiment's log."
        instead = {
            "parameter_constraints": "Draw what depends on another parameter by tune.sample_from.",
            "outcome_constraints": "Write the experiment as a file for `trialist run`, with outcomeConstraints and the searcher gp.",
        }
        not_yet("AxSearch()", given, {**dict.fromkeys(given, client), **instead})
        super().__init__(space, metric, mode, points_to_evaluate)


class HEBOSearch(_Library):
    """HEBO. Needs HEBO.

    :param space: a dict of ``tune`` parameters, in place of ``param_space``.
    :param random_state_seed: of the experiment, where the ``TuneConfig`` has none.
    :param max_concurrent: so many trials at a time at most, where the ``TuneConfig`` and a ``ConcurrencyLimiter`` say nothing.
    :param kwargs: arguments of HEBO's optimizer, such as ``rand_sample``.
    """

    _name = "hebo"

    def __init__(
        self,
        space: Any = None,
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
        evaluated_rewards: Any = None,
        random_state_seed: int | None = None,
        max_concurrent: int = 8,
        **kwargs: Any,
    ) -> None:
        not_yet("HEBOSearch()", {"evaluated_rewards": evaluated_rewards}, {"evaluated_rewards": _EARLY})
        self.seed = random_state_seed
        # More than there are CPUs never run at a time by default.
        self.max_concurrent = max_concurrent if max_concurrent < (os.cpu_count() or 1) else None
        super().__init__(space, metric, mode, points_to_evaluate, options=kwargs or None)


class SMACSearch(_Library):
    """SMAC3, which Ray Tune has not. Needs smac and scikit-learn.

    :param space: a dict of ``tune`` parameters, in place of ``param_space``.
    :param facade: ``HyperparameterOptimizationFacade`` (a random forest), or ``BlackBoxFacade`` (a Gaussian process).
    :param options: of the engine, such as ``n_configs`` or ``n_trees``.
    """

    _name = "smac"

    def __init__(
        self,
        space: Any = None,
        metric: str | None = None,
        mode: str | None = None,
        points_to_evaluate: Sequence[dict[str, Any]] | None = None,
        facade: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(space, metric, mode, points_to_evaluate, sampler=facade, options=options or None)


def _name_of(what: str, given: Any) -> str | None:
    """The name of a library's algorithm, which may be given as a name, as a class, or as an object, of which Nevergrad's have names."""
    if given is None or isinstance(given, str):
        return given
    name: str | None = given.__name__ if isinstance(given, type) else getattr(given, "name", None)
    if name is not None:
        return name
    kind = type(given).__name__
    warnings.warn(f"{what} is {kind} with its defaults; what it was made with is not taken over", stacklevel=3)
    return kind


_UTILITIES = {
    "ucb": ("UpperConfidenceBound", "kappa"),
    "ei": ("ExpectedImprovement", "xi"),
    "poi": ("ProbabilityOfImprovement", "xi"),
}


def _missing(name: str, instead: str) -> type:
    def refuse(self: Any, *_: Any, **__: Any) -> None:
        raise NotImplementedError(f"{name} is not supported. {instead}")

    return type(name, (EngineSearcher,), {"__init__": refuse, "__doc__": f"Is not supported. {instead}"})


_OTHERS = 'Write search_alg="auto", which is the engine\'s own, or OptunaSearch().'
TuneBOHB = _missing("TuneBOHB", 'Write search_alg="tpe" with HyperBandForBOHB(), which is what BOHB is.')
ZOOptSearch = _missing("ZOOptSearch", _OTHERS)

BY_NAME: dict[str, Any] = {
    "optuna": OptunaSearch,
    "hyperopt": HyperOptSearch,
    "bayesopt": BayesOptSearch,
    "bohb": TuneBOHB,
    "ax": AxSearch,
    "nevergrad": NevergradSearch,
    "hebo": HEBOSearch,
    "smac": SMACSearch,
    "zoopt": ZOOptSearch,
}
