"""A scheduler that is chosen by rule."""

from __future__ import annotations

from typing import Any

from .._names import only
from .trial_scheduler import EngineScheduler


class AutoScheduler(EngineScheduler):
    """Chooses by rule, and gives second chances; the one to begin with. Ray Tune has none like it.

    Where reports are the folds of a cross-validation, a paired test ends trials that are surely worse than the best one. Else, where a
    training is at least nine times as long as its first rung, successive halving, by which half of the trials go on, and those with a
    checkpoint that were judged too soon come again; else median stopping.

    :param max_t: reports of a complete training. Default: that of ``stop={"training_iteration": …}``, else those of the first trial
        that completes.
    :param grace_period: where a trial is judged first. Default: ``max_t / 27``; of short trainings 2, or ``max_t / 9`` where that is less.
    :param folds: whether reports are folds.
    """

    def __init__(
        self,
        metric: str | None = None,
        mode: str | None = None,
        max_t: float | None = None,
        grace_period: float | None = None,
        folds: bool = False,
        **unknown: Any,
    ) -> None:
        only("AutoScheduler()", unknown, ("metric", "mode", "max_t", "grace_period", "folds"))
        for name, value in {"max_t": max_t, "grace_period": grace_period}.items():
            if value is not None and not value > 0:
                raise ValueError(f"AutoScheduler(): {name} must be above 0, and {value!r} is not")
        super().__init__(metric, mode)
        self._options = {"maxT": max_t, "graceT": grace_period, "folds": folds or None}

    def json(self) -> dict[str, Any]:
        return {"name": "auto", "options": {name: value for name, value in self._options.items() if value is not None}}
