"""What a Tuner is told besides function and space."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Any, Mapping

from ._names import no_such, not_yet, only
from .schedulers import FIFOScheduler, TrialScheduler

_SEARCHERS = ("auto", "random", "sobol", "tpe", "grid")
_ENDLESS = 2**31 - 1
# Names are folder names on every platform.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}\Z")


class TuneConfig:
    """How a space is searched.

    :param metric: the reported metric that is optimised.
    :param mode: ``"min"`` or ``"max"``.
    :param num_samples: samples of the space; with grids, of each combination. -1: as many as ``time_budget_s`` allows.
    :param max_concurrent_trials: trials at the same time. Default: as many as there are CPUs.
    :param time_budget_s: running time of the experiment, in seconds or a ``timedelta``. Default: unlimited.
    :param scheduler: what stops trials early. Default: nothing.
    :param search_alg: ``auto``, ``random``, ``sobol``, ``tpe`` or ``grid``. Default: ``auto``, which chooses.
    :param reuse_actors: runs one trial after another in the same process: what one leaves behind the next finds.
    :param seed: every random draw follows from it: a whole number from 0. Default: drawn.
    """

    def __init__(
        self,
        *,
        metric: str | None = None,
        mode: str | None = None,
        num_samples: int = 1,
        max_concurrent_trials: int | None = None,
        time_budget_s: float | timedelta | None = None,
        scheduler: TrialScheduler | None = None,
        search_alg: str | None = None,
        reuse_actors: bool = False,
        seed: int | None = None,
        **unknown: Any,
    ) -> None:
        known = ("metric", "mode", "num_samples", "max_concurrent_trials", "time_budget_s", "scheduler")
        only("TuneConfig()", unknown, (*known, "search_alg", "reuse_actors", "seed"))
        self.scheduler = FIFOScheduler() if scheduler is None else scheduler
        if not isinstance(self.scheduler, TrialScheduler):
            raise TypeError(f"TuneConfig(): scheduler must be one of tune.schedulers, and {scheduler!r} is none")
        self.metric = _agreed("metric", metric, self.scheduler.metric)
        self.mode = _agreed("mode", mode, self.scheduler.mode)
        if self.mode not in (None, "min", "max"):
            raise ValueError(f"TuneConfig(): mode must be 'min' or 'max', and is {self.mode!r}")
        self.num_samples = _num_samples(num_samples, time_budget_s)
        self.max_concurrent_trials = max_concurrent_trials or None
        self.time_budget_s = time_budget_s.total_seconds() if isinstance(time_budget_s, timedelta) else time_budget_s
        self.search_alg = _searcher(search_alg)
        self.reuse_actors = reuse_actors
        self.seed = seed

    def json(self) -> dict[str, Any]:
        """Its part of the engine's experiment, but for the number of trials.

        :raises ValueError: without metric or mode.
        """
        if self.metric is None or self.mode is None:
            missing = "metric" if self.metric is None else "mode"
            raise ValueError(f'TuneConfig() needs {missing}: TuneConfig(metric="loss", mode="min")')
        fields = {
            "metric": self.metric,
            "mode": self.mode,
            "concurrency": self.max_concurrent_trials,
            "time": self.time_budget_s,
            "seed": self.seed,
            "searcher": {"name": self.search_alg},
            "scheduler": self.scheduler.json(),
        }
        return {name: value for name, value in fields.items() if value is not None}


class FailureConfig:
    """What happens to trials that fail.

    :param max_failures: times that a trial is started again, from its newest checkpoint; -1: always.
    """

    def __init__(self, max_failures: int = 0, fail_fast: bool | str = False, **unknown: Any) -> None:
        only("FailureConfig()", unknown, ("max_failures", "fail_fast"))
        not_yet("FailureConfig()", {"fail_fast": fail_fast}, {"fail_fast": "Look at ResultGrid.errors."})
        self.max_failures = max_failures

    def json(self) -> dict[str, Any]:
        return {"maxFailures": _ENDLESS if self.max_failures == -1 else self.max_failures}


class CheckpointConfig:
    """Which checkpoints of a trial are kept. Its newest always is, and the best one of the best trial.

    :param num_to_keep: how many of a trial. Default: 1.
    :param checkpoint_score_attribute: keeps those with the best value of this metric. Default: the newest.
    :param checkpoint_score_order: ``"max"`` or ``"min"``.
    """

    def __init__(
        self,
        num_to_keep: int | None = None,
        checkpoint_score_attribute: str | None = None,
        checkpoint_score_order: str = "max",
        checkpoint_frequency: int = 0,
        checkpoint_at_end: bool | None = None,
        **unknown: Any,
    ) -> None:
        known = ("num_to_keep", "checkpoint_score_attribute", "checkpoint_score_order")
        only("CheckpointConfig()", unknown, (*known, "checkpoint_frequency", "checkpoint_at_end"))
        own = "Training code says itself when it saves: report(..., checkpoint=...)."
        given = {"checkpoint_frequency": checkpoint_frequency or None, "checkpoint_at_end": checkpoint_at_end}
        not_yet("CheckpointConfig()", given, dict.fromkeys(given, own))
        self.num_to_keep = num_to_keep
        self.checkpoint_score_attribute = checkpoint_score_attribute
        self.checkpoint_score_order = checkpoint_score_order

    def json(self) -> dict[str, Any]:
        policy: dict[str, Any] = {}
        if self.num_to_keep is not None:
            policy["keep"] = self.num_to_keep
        if self.checkpoint_score_attribute is not None:
            policy.update(metric=self.checkpoint_score_attribute, mode=self.checkpoint_score_order)
        return {"checkpoints": policy} if policy else {}


class RunConfig:
    """Where an experiment lies and what happens in it.

    :param name: of the experiment and its folder. Default: the function's name and a short id.
    :param storage_path: the folder of all experiments. Default: ``.trialist`` in the current one.
    :param stop: ends each trial once a metric is at or above a value; ``training_iteration`` counts reports,
        ``time_total_s`` seconds.
    :param verbose: 0 is silent but for warnings; 1 tells how it goes on.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        storage_path: str | os.PathLike[str] | None = None,
        failure_config: FailureConfig | None = None,
        checkpoint_config: CheckpointConfig | None = None,
        stop: Mapping[str, float] | None = None,
        verbose: int = 1,
        **unknown: Any,
    ) -> None:
        known = ("name", "storage_path", "failure_config", "checkpoint_config", "stop", "verbose")
        only("RunConfig()", unknown, known)
        if name is not None and not (isinstance(name, str) and _NAME.match(name)):
            raise ValueError(
                "RunConfig(): name must be 1 to 100 letters, digits, dots, dashes and underscores, not beginning with a "
                f"dot, and is {name!r}"
            )
        self.name = name
        self.storage_path = ".trialist" if storage_path is None else os.path.expanduser(os.fspath(storage_path))
        if "://" in self.storage_path:
            remedy = "Name a local folder."
            raise NotImplementedError(f"RunConfig(): storage_path={storage_path!r} is not supported. {remedy}")
        self.failure_config = failure_config or FailureConfig()
        self.checkpoint_config = checkpoint_config or CheckpointConfig()
        if stop is not None and not isinstance(stop, Mapping):
            remedy = "Write {'training_iteration': 10}."
            raise NotImplementedError(f"RunConfig(): stop={stop!r} is not supported. {remedy}")
        self.stop = dict(stop or {})
        self.verbose = verbose

    def json(self) -> dict[str, Any]:
        """Its part of the engine's experiment, but for name and folder."""
        stop = [_stopper(name, value) for name, value in self.stop.items()]
        own = {"stop": stop} if stop else {}
        return {**own, **self.failure_config.json(), **self.checkpoint_config.json()}


def _agreed(what: str, own: str | None, scheduler: str | None) -> str | None:
    if own is not None and scheduler is not None and own != scheduler:
        raise ValueError(f"TuneConfig(): {what} is {own!r}, and {scheduler!r} in the scheduler: say it once")
    return scheduler if own is None else own


def _num_samples(num_samples: int, time_budget_s: Any) -> int | None:
    if num_samples == -1:
        if time_budget_s is None:
            raise ValueError("TuneConfig(): num_samples=-1 needs time_budget_s, or it would never end")
        return None
    if isinstance(num_samples, int) and num_samples >= 1:
        return num_samples
    raise ValueError(f"TuneConfig(): num_samples must be a whole number from 1, or -1, and is {num_samples!r}")


def _searcher(search_alg: Any) -> str | None:
    if search_alg is None or search_alg in _SEARCHERS:
        return search_alg or "auto"
    if isinstance(search_alg, str):
        no_such(f"there is no search_alg {search_alg!r}", search_alg, list(_SEARCHERS))
    known = ", ".join(_SEARCHERS)
    raise NotImplementedError(f"TuneConfig(): search_alg={search_alg!r} is not supported. It is one of {known}.")


def _stopper(name: str, value: float) -> dict[str, Any]:
    if name == "training_iteration":
        return {"name": "maxSteps", "options": {"steps": value}}
    if name == "time_total_s":
        return {"name": "trialTime", "options": {"seconds": value}}
    return {"name": "metricThreshold", "options": {"metric": name, "above": value}}
