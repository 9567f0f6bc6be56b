"""The stoppers that come with the package."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict, deque
from datetime import timedelta
from typing import Any

from .stopper import Stopper


class MaximumIterationStopper(Stopper):
    """Ends a trial after so many reports."""

    def __init__(self, max_iter: int) -> None:
        self._max_iter = max_iter
        self._iterations: dict[str, int] = defaultdict(int)

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        self._iterations[trial_id] += 1
        return self._iterations[trial_id] >= self._max_iter

    def stop_all(self) -> bool:
        return False

    def json(self) -> dict[str, Any]:
        return {"name": "maxSteps", "options": {"steps": self._max_iter}}


class TimeoutStopper(Stopper):
    """Ends the experiment after a running time; what it stood still in between is not counted.

    :param timeout: seconds, or a ``timedelta``.
    """

    clock = staticmethod(time.monotonic)
    """What seconds are counted by."""

    def __init__(self, timeout: float | timedelta) -> None:
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise ValueError(f"TimeoutStopper() takes seconds or a timedelta, not {timeout!r}")
        self._left = float(seconds)
        self._since: float | None = None

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        now = self.clock()
        if self._since is not None:
            self._left -= now - self._since
        self._since = now
        return self._left <= 0

    def json(self) -> dict[str, Any]:
        return {"name": "experimentTime", "options": {"seconds": self._left}}

    def __getstate__(self) -> dict[str, Any]:
        if self._since is not None:
            self.stop_all()
        return {"_left": self._left, "_since": None}


class TrialPlateauStopper(Stopper):
    """Ends a trial whose metric does not change any more.

    :param std: at most this standard deviation of the last ``num_results`` values.
    :param grace_period: reports before which no trial ends.
    :param metric_threshold: ends only trials that are below it (``mode="min"``) or above it (``"max"``).
    """

    def __init__(
        self,
        metric: str,
        std: float = 0.01,
        num_results: int = 4,
        grace_period: int = 4,
        metric_threshold: float | None = None,
        mode: str | None = None,
    ) -> None:
        if metric_threshold is not None and mode not in ("min", "max"):
            raise ValueError(f"TrialPlateauStopper(): with metric_threshold mode must be 'min' or 'max', and is {mode!r}")
        self._metric = metric
        self._std = std
        self._grace_period = grace_period
        self._threshold = metric_threshold
        self._mode = mode
        self._count: dict[str, int] = defaultdict(int)
        self._values: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=num_results))
        self._num_results = num_results

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        value = result.get(self._metric)
        if value is None:
            return False
        values = self._values[trial_id]
        values.append(value)
        self._count[trial_id] += 1
        if self._count[trial_id] < self._grace_period or len(values) < self._num_results:
            return False
        if self._threshold is not None:
            if self._mode == "min" and value > self._threshold or self._mode == "max" and value < self._threshold:
                return False
        return statistics.pstdev(values) <= self._std

    def stop_all(self) -> bool:
        return False

    def __getstate__(self) -> dict[str, Any]:
        values = {trial: list(known) for trial, known in self._values.items()}
        return {**vars(self), "_values": values, "_count": dict(self._count)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._count = defaultdict(int, state["_count"])
        self._values = defaultdict(lambda: deque(maxlen=self._num_results))
        for trial, known in state["_values"].items():
            self._values[trial].extend(known)


class ExperimentPlateauStopper(Stopper):
    """Ends the experiment once the best ``top`` values hardly differ, for ``patience`` further reports.

    :param std: at most this standard deviation of the best values.
    """

    def __init__(self, metric: str, std: float = 0.001, top: int = 10, mode: str = "min", patience: int = 0) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"ExperimentPlateauStopper(): mode must be 'min' or 'max', and is {mode!r}")
        if not isinstance(top, int) or top <= 1:
            raise ValueError(f"ExperimentPlateauStopper(): top must be above 1, and is {top!r}")
        if not isinstance(patience, int) or patience < 0:
            raise ValueError(f"ExperimentPlateauStopper(): patience must be 0 or more, and is {patience!r}")
        if not isinstance(std, (int, float)) or std <= 0:
            raise ValueError(f"ExperimentPlateauStopper(): std must be above 0, and is {std!r}")
        self._metric = metric
        self._std = std
        self._top = top
        self._mode = mode
        self._patience = patience
        self._iterations = 0
        self._best: list[float] = []

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        self._best.append(result[self._metric])
        self._best = sorted(self._best, reverse=self._mode == "max")[: self._top]
        self._iterations = self._iterations + 1 if self._is_flat() else 0
        return self.stop_all()

    def stop_all(self) -> bool:
        return self._is_flat() and self._iterations >= self._patience

    def _is_flat(self) -> bool:
        return len(self._best) == self._top and statistics.pstdev(self._best) <= self._std
