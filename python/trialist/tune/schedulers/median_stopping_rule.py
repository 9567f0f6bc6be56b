"""The median stopping rule."""

from __future__ import annotations

from typing import Any

from .._names import not_yet, only
from .trial_scheduler import EngineScheduler


class MedianStoppingRule(EngineScheduler):
    """Stops a trial whose best value so far is worse than the median of the others' means (Golovin et al., KDD 2017).

    :param time_attr: what ``grace_period`` counts; ``"training_iteration"``, the number of reports, alone.
    :param grace_period: iterations before which no trial is judged.
    :param min_samples_required: trials that are over and reported at an iteration before one is judged there.
    :param min_time_slice: 0 alone.
    :param hard_stop: True alone: a trial is stopped, not paused.
    """

    def __init__(
        self,
        time_attr: str = "training_iteration",
        metric: str | None = None,
        mode: str | None = None,
        grace_period: float = 1,
        min_samples_required: int = 3,
        min_time_slice: float = 0,
        hard_stop: bool = True,
        **unknown: Any,
    ) -> None:
        known = ("time_attr", "metric", "mode", "grace_period", "min_samples_required", "min_time_slice", "hard_stop")
        only("MedianStoppingRule()", unknown, known)
        if time_attr != "training_iteration":
            raise NotImplementedError(
                f"MedianStoppingRule(): time_attr={time_attr!r} is not supported. Leave it out: time is "
                "'training_iteration', the number of reports, as trials are compared at the same point."
            )
        if not hard_stop:
            raise NotImplementedError("MedianStoppingRule(): hard_stop=False is not supported. Leave it out.")
        not_yet("MedianStoppingRule()", {"min_time_slice": min_time_slice or None}, {"min_time_slice": "Leave it out."})
        super().__init__(metric, mode)
        self._grace_period = grace_period
        self._min_samples_required = min_samples_required

    def json(self) -> dict[str, Any]:
        options = {"graceT": self._grace_period, "minTrials": self._min_samples_required}
        return {"name": "median", "options": options}
