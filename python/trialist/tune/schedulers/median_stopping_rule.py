"""The median stopping rule."""

from __future__ import annotations

from typing import Any

from .._names import not_yet, only
from ._resource import resource_of
from .trial_scheduler import EngineScheduler


class MedianStoppingRule(EngineScheduler):
    """Stops a trial whose best value so far is worse than the median of the others' means (Golovin et al., KDD 2017).

    :param time_attr: what ``grace_period`` counts: ``"time_total_s"``, ``"training_iteration"``, the number of reports, or a metric
        that grows.
    :param grace_period: before which no trial is judged.
    :param min_samples_required: other trials that have come so far before one is judged.
    :param min_time_slice: 0 alone.
    :param hard_stop: whether a trial is stopped; else it is paused, and goes on when no new trial comes.
    """

    def __init__(
        self,
        time_attr: str = "time_total_s",
        metric: str | None = None,
        mode: str | None = None,
        grace_period: float = 60.0,
        min_samples_required: int = 3,
        min_time_slice: float = 0,
        hard_stop: bool = True,
        **unknown: Any,
    ) -> None:
        known = ("time_attr", "metric", "mode", "grace_period", "min_samples_required", "min_time_slice", "hard_stop")
        only("MedianStoppingRule()", unknown, known)
        not_yet("MedianStoppingRule()", {"min_time_slice": min_time_slice or None}, {"min_time_slice": "Leave it out."})
        super().__init__(metric, mode)
        self._time_attr = time_attr
        self._grace_period = grace_period
        self._min_samples_required = min_samples_required
        self._hard_stop = hard_stop

    def json(self) -> dict[str, Any]:
        options = {"graceT": self._grace_period, "minTrials": self._min_samples_required, "among": "all", "hardStop": self._hard_stop}
        return {"name": "median", "options": {**options, **resource_of(self._time_attr)}}
