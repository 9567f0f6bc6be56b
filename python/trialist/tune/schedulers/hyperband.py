"""HyperBand."""

from __future__ import annotations

from typing import Any, Mapping

from .._names import only
from ._resource import resource_of
from .trial_scheduler import EngineScheduler


class HyperBandScheduler(EngineScheduler):
    """HyperBand (Li et al., JMLR 2018): brackets of trials that are judged the sooner the more of them there are.

    Trials pause where their bracket waits for the others, and should report checkpoints. No slot is ever idle for it.

    :param time_attr: what ``max_t`` counts: ``"training_iteration"``, ``"time_total_s"``, or a metric that grows.
    :param max_t: of a complete trial, which ends there.
    :param reduction_factor: one in so many trials goes on from one rung to the next; above 1.
    :param stop_last_trials: whether a trial ends at ``max_t``.
    """

    _first = "fewest"

    def __init__(
        self,
        time_attr: str = "training_iteration",
        metric: str | None = None,
        mode: str | None = None,
        max_t: float = 81,
        reduction_factor: float = 3,
        stop_last_trials: bool = True,
        **unknown: Any,
    ) -> None:
        known = ("time_attr", "metric", "mode", "max_t", "reduction_factor", "stop_last_trials")
        only(f"{type(self).__name__}()", unknown, known)
        if not max_t > 0:
            raise ValueError(f"{type(self).__name__}(): max_t must be above 0, and {max_t!r} is not")
        if not reduction_factor > 1:
            raise ValueError(f"{type(self).__name__}(): reduction_factor must be above 1, and {reduction_factor!r} is not")
        super().__init__(metric, mode)
        self._time_attr = time_attr
        self._max_t = max_t
        self._eta = reduction_factor
        self._stop_last_trials = stop_last_trials

    def json(self) -> dict[str, Any]:
        options: dict[str, Any] = {"maxT": self._max_t, "eta": self._eta, "first": self._first}
        if not self._stop_last_trials:
            options["completeAtMaxT"] = False
        return {"name": "hyperband", "options": {**options, **resource_of(self._time_attr)}}


class HyperBandForBOHB(HyperBandScheduler):
    """HyperBand as BOHB has it (Falkner et al., ICML 2018): the bracket with the most trials is filled first.

    A searcher of your own finds ``result["hyperband_info"]["budget"]`` where a trial has come to the end of a rung: the resource that
    it had there. Results in between have an empty ``hyperband_info``. It is told by ``on_pause`` and ``on_unpause`` which trials wait.
    """

    _first = "most"

    def info(self, why: Mapping[str, Any]) -> dict[str, Any]:
        budget = why.get("rung", why.get("maxT"))
        return {"hyperband_info": {} if budget is None else {"budget": budget}}
