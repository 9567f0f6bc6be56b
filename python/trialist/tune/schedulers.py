"""What stops trials early that will not win."""

from __future__ import annotations

from typing import Any

from ._names import not_yet, only

__all__ = ["ASHAScheduler", "AsyncHyperBandScheduler", "FIFOScheduler", "MedianStoppingRule", "TrialScheduler"]

_TIME_ATTR = "training_iteration"


class TrialScheduler:
    """What decides which trials go on.

    :param metric: what it judges by. Default: that of the ``TuneConfig``.
    :param mode: ``"min"`` or ``"max"``. Default: that of the ``TuneConfig``.
    """

    def __init__(self, metric: str | None = None, mode: str | None = None) -> None:
        self.metric = metric
        self.mode = mode

    def json(self) -> dict[str, Any]:
        """Its name and options for the engine."""
        raise NotImplementedError


class FIFOScheduler(TrialScheduler):
    """First in, first out: every trial runs to its end."""

    def __init__(self, **unknown: Any) -> None:
        only("FIFOScheduler()", unknown, [])
        super().__init__()

    def json(self) -> dict[str, Any]:
        return {"name": "fifo"}


class ASHAScheduler(TrialScheduler):
    """Asynchronous successive halving (Li et al., MLSys 2020).

    At ``grace_period``, ``grace_period * reduction_factor``, … iterations only the best of the trials that came so far
    go on.

    :param time_attr: what ``max_t`` and ``grace_period`` count; ``"training_iteration"``, the number of reports, alone.
    :param max_t: iterations of a complete trial, which ends there.
    :param grace_period: iterations at which a trial is judged first.
    :param reduction_factor: one in so many trials goes on from one rung to the next; above 1.
    :param brackets: 1 alone.
    :param stop_last_trials: True alone: a trial ends at ``max_t``.
    """

    def __init__(
        self,
        time_attr: str = _TIME_ATTR,
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
        _check_time_attr("ASHAScheduler()", time_attr)
        if not stop_last_trials:
            raise NotImplementedError("ASHAScheduler(): stop_last_trials=False is not supported. Raise max_t.")
        several = {"brackets": None if brackets == 1 else brackets}
        not_yet("ASHAScheduler()", several, {"brackets": "Leave it out, and choose grace_period with care."})
        if not max_t > 0:
            raise ValueError(f"ASHAScheduler(): max_t must be above 0, and {max_t!r} is not")
        if not 0 < grace_period <= max_t:
            expected = f"above 0 and at most max_t, {max_t!r}"
            raise ValueError(f"ASHAScheduler(): grace_period must be {expected}, and {grace_period!r} is not")
        if not reduction_factor > 1:
            raise ValueError(f"ASHAScheduler(): reduction_factor must be above 1, and {reduction_factor!r} is not")
        super().__init__(metric, mode)
        self.max_t = max_t
        self.grace_period = grace_period
        self.reduction_factor = reduction_factor

    def json(self) -> dict[str, Any]:
        options = {"maxT": self.max_t, "graceT": self.grace_period, "eta": self.reduction_factor}
        return {"name": "asha", "options": options}


AsyncHyperBandScheduler = ASHAScheduler
"""The older name of :class:`ASHAScheduler`."""


class MedianStoppingRule(TrialScheduler):
    """Stops a trial whose best value so far is worse than the median of the others' means (Golovin et al., KDD 2017).

    :param time_attr: what ``grace_period`` counts; ``"training_iteration"``, the number of reports, alone.
    :param grace_period: iterations before which no trial is judged.
    :param min_samples_required: trials that are over and reported at an iteration before one is judged there.
    :param min_time_slice: 0 alone.
    :param hard_stop: True alone: a trial is stopped, not paused.
    """

    def __init__(
        self,
        time_attr: str = _TIME_ATTR,
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
        _check_time_attr("MedianStoppingRule()", time_attr)
        if not hard_stop:
            raise NotImplementedError("MedianStoppingRule(): hard_stop=False is not supported. Leave it out.")
        not_yet("MedianStoppingRule()", {"min_time_slice": min_time_slice or None}, {"min_time_slice": "Leave it out."})
        super().__init__(metric, mode)
        self.grace_period = grace_period
        self.min_samples_required = min_samples_required

    def json(self) -> dict[str, Any]:
        options = {"graceT": self.grace_period, "minTrials": self.min_samples_required}
        return {"name": "median", "options": options}


def _check_time_attr(where: str, time_attr: str) -> None:
    if time_attr != _TIME_ATTR:
        raise NotImplementedError(
            f"{where}: time_attr={time_attr!r} is not supported. Leave it out: time is {_TIME_ATTR!r}, the number of "
            "reports."
        )
