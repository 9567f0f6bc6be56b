"""Optuna's own way to write a space: a function that asks a trial for one value after another."""

from __future__ import annotations

import math
import secrets
from typing import Any, Callable, Mapping, Sequence

from .searcher import Searcher

ByRunFunction = Callable[[Any], "Mapping[str, Any] | None"]


class ByRun(Searcher):
    """A study of Optuna's in this process. What depends on a value is whatever the function asks for then.

    Optuna minimises or maximises the metrics that it is told; a trial that failed, or whose value is NaN, has failed there; one that ended
    without a value is pruned.

    :param space: the function.
    :param sampler: one of Optuna's, or its name. Default: TPESampler with the seed.
    :param points: configurations that are tried first, in this order.
    :param seed: a whole number from 0. Default: drawn, and kept for sessions to come.
    """

    def __init__(self, space: ByRunFunction, sampler: Any, points: Sequence[Mapping[str, Any]], seed: int | None) -> None:
        super().__init__()
        self._space = space
        self._sampler = sampler
        self._points = [dict(point) for point in points]
        self._seed = secrets.randbits(31) if seed is None else seed
        self._study: Any = None
        self._evaluated: list[tuple[Any, ...]] = []
        self._trials: dict[str, Any] = {}

    def set_search_properties(self, metric: Any, mode: Any, config: dict[str, Any], **spec: Any) -> bool:
        optuna = _optuna()
        taken = super().set_search_properties(metric, mode, config, **spec)
        if metric is None or mode is None:
            raise ValueError('OptunaSearch() needs metric and mode: TuneConfig(metric="loss", mode="min")')
        sampler = self._sampler
        if sampler is None or isinstance(sampler, str):
            sampler = getattr(optuna.samplers, sampler or "TPESampler")(seed=self._seed)
        modes = [mode] * len(self._metrics) if isinstance(mode, str) else list(mode)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(directions=[f"{each}imize" for each in modes], sampler=sampler)
        self._trials = {}
        for evaluated in self._evaluated:
            self.add_evaluated_point(*evaluated)
        return taken

    @property
    def _metrics(self) -> list[str]:
        return [self._metric] if isinstance(self._metric, str) else list(self._metric or ())

    def suggest(self, trial_id: str) -> dict[str, Any]:
        if len(self._trials) < len(self._points):
            self._study.enqueue_trial(_flat(self._points[len(self._trials)]))
        return self._asked(trial_id)

    def replay(self, trial_id: str, config: dict[str, Any]) -> None:
        # The function asks again, and is answered what it was then.
        self._study.enqueue_trial(_flat(config))
        self._asked(trial_id)

    def _asked(self, trial_id: str) -> dict[str, Any]:
        trial = self._trials[trial_id] = self._study.ask()
        constants = self._space(trial)
        if constants is not None and not isinstance(constants, Mapping):
            raise TypeError(f"OptunaSearch(): the function must answer None or a dict of constants, and answered {constants!r}")
        return _nested({**trial.params, **(constants or {})})

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        values = self._values(result)
        if self._is_over(trial_id):
            return
        if values is not None and len(values) == 1 and math.isfinite(values[0]):
            self._trials[trial_id].report(values[0], step=int(result["training_iteration"]))

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        states = _optuna().trial.TrialState
        if self._is_over(trial_id):
            if self._study.trials[self._trials[trial_id].number].state != states.FAIL:
                return
            # It was tried again, which for Optuna is another trial.
            self._study.enqueue_trial(self._trials[trial_id].params)
            self._asked(trial_id)
        trial, values = self._trials[trial_id], self._values(result or {})
        if error or (values is not None and any(map(math.isnan, values))):
            self._study.tell(trial, state=states.FAIL)
        elif values is None:
            self._study.tell(trial, state=states.PRUNED)
        else:
            self._study.tell(trial, values)

    def add_evaluated_point(
        self,
        parameters: dict[str, Any],
        value: float,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        if self._study is None:
            self._evaluated.append((dict(parameters), value, error, pruned, intermediate_values))
            return
        self._study.enqueue_trial(_flat(parameters))
        trial = self._study.ask()
        self._space(trial)
        for step, intermediate in enumerate(intermediate_values or (), start=1):
            trial.report(intermediate, step)
        states = _optuna().trial.TrialState
        if error or pruned:
            self._study.tell(trial, state=states.FAIL if error else states.PRUNED)
        else:
            self._study.tell(trial, value)

    def _is_over(self, trial_id: str) -> bool:
        return bool(self._study.trials[self._trials[trial_id].number].state.is_finished())

    def _values(self, result: Mapping[str, Any]) -> list[float] | None:
        values = [result.get(metric) for metric in self._metrics]
        return None if any(value is None for value in values) else [float(value) for value in values]  # type: ignore[arg-type]


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """Names of Optuna's are paths: ``a/b`` is what stands at ``b`` in ``a``."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}/{inner}": item for inner, item in _flat(value).items()})
        else:
            flat[name] = value
    return flat


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split("/")
        inner = config
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return config


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise ImportError("OptunaSearch() needs optuna: pip install optuna") from None
    return optuna
