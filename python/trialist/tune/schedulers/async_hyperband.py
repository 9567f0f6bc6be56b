"""Asynchronous successive halving."""

from __future__ import annotations

from typing import Any

from .._names import only
from ._resource import resource_of
from .trial_scheduler import EngineScheduler


class AsyncHyperBandScheduler(EngineScheduler):
    """Asynchronous successive halving (Li et al., MLSys 2020).

    At ``grace_period``, ``grace_period * reduction_factor``, … only the best of the trials that came so far go on.

    :param time_attr: what ``max_t`` and ``grace_period`` count: ``"training_iteration"``, the number of reports;
        ``"time_total_s"``; or a metric that grows.
    :param max_t: of a complete trial, which ends there.
    :param grace_period: where a trial is judged first.
    :param reduction_factor: one in so many trials goes on from one rung to the next; above 1.
    :param brackets: sets of rungs, each beginning at a rung later than the one before it.
    :param stop_last_trials: whether a trial ends at ``max_t``.
    """

    def __init__(
        self,
        time_attr: str = "training_iteration",
        metric: str | None = None,
        mode: str | None = None,
        max_t: float = 100,
        grace_period: float = 1,
        reduction_factor: float = 4,
        brackets: int = 1,
        stop_last_trials: bool = True,
        **unknown: Any,
    ) -> None:
        known = ("time_attr", "metric", "mode", "max_t", "grace_period", "reduction_factor")
        only("ASHAScheduler()", unknown, (*known, "brackets", "stop_last_trials"))
        if not max_t > 0:
            raise ValueError(f"ASHAScheduler(): max_t must be above 0, and {max_t!r} is not")
        if not 0 < grace_period <= max_t:
            expected = f"above 0 and at most max_t, {max_t!r}"
            raise ValueError(f"ASHAScheduler(): grace_period must be {expected}, and {grace_period!r} is not")
        if not reduction_factor > 1:
            raise ValueError(f"ASHAScheduler(): reduction_factor must be above 1, and {reduction_factor!r} is not")
        if not (isinstance(brackets, int) and brackets >= 1):
            raise ValueError(f"ASHAScheduler(): brackets must be a whole number from 1, and {brackets!r} is not")
        super().__init__(metric, mode)
        self._time_attr = time_attr
        self._max_t = max_t
        self._grace_period = grace_period
        self._reduction_factor = reduction_factor
        self._brackets = brackets
        self._stop_last_trials = stop_last_trials

    def json(self) -> dict[str, Any]:
        options: dict[str, Any] = {"maxT": self._max_t, "graceT": self._grace_period, "eta": self._reduction_factor}
        if self._brackets > 1:
            options["brackets"] = self._brackets
        if not self._stop_last_trials:
            options["completeAtMaxT"] = False
        return {"name": "asha", "options": {**options, **resource_of(self._time_attr)}}


ASHAScheduler = AsyncHyperBandScheduler
"""The usual name of :class:`AsyncHyperBandScheduler`."""
