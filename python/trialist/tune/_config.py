"""What a Tuner is told besides function and space."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from enum import Enum
from typing import Any, Callable, Mapping, Sequence

from ._names import no_such, not_yet, only
from .callback import Callback
from .schedulers import FIFOScheduler, TrialScheduler, create_scheduler
from .search import Searcher
from .stopper import FunctionStopper, Stopper

_SEARCHERS = ("auto", "random", "sobol", "tpe", "gp", "cmaes", "nsga2", "bohb", "mfes", "grid")
_ENDLESS = 2**31 - 1
# Names are folder names on every platform.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}\Z")

ITERATIONS = "_reports"
"""The metric of experiments that optimise none: the number of a report."""


class TuneConfig:
    """How a space is searched.

    :param mode: ``"min"`` or ``"max"``.
    :param metric: the reported metric that is optimised. None: nothing is optimised, and trials are random.
    :param search_alg: a searcher of ``tune.search``, your own, or one of ``auto``, ``random``, ``sobol``, ``tpe``, ``gp``,
        ``cmaes``, ``nsga2``, ``bohb``, ``mfes`` and ``grid``, or of the libraries ``optuna``, ``hyperopt``, ``bayesopt``, ``ax``, ``hebo``, ``nevergrad`` and
        ``smac``. Default: ``auto``, which chooses; random for spaces with ``sample_from``.
    :param scheduler: what stops trials early: one of ``tune.schedulers``, your own, or a name, such as ``auto`` or ``asha``, where its
        defaults suit. Default: nothing.
    :param num_samples: samples of the space; with grids, of each combination. -1: as many as ``time_budget_s`` or ``stop``
        allow.
    :param max_concurrent_trials: trials at the same time. Default: as many as there are CPUs.
    :param time_budget_s: running time of the experiment, in seconds or a ``timedelta``. Default: unlimited.
    :param reuse_actors: runs one trial after another in the same process: what one leaves behind the next finds.
    :param trial_name_creator: makes a trial's name of the trial.
    :param trial_dirname_creator: makes the name of a folder of the trial, which leads to the trial's own folder.
    :param chdir_to_trial_dir: a trial's current folder is its own, ``get_context().get_trial_dir()``, and the one before stands in
        ``os.environ["TUNE_ORIG_WORKING_DIR"]``. Default: only where the environment variable ``RAY_CHDIR_TO_TRIAL_DIR`` is 1.
    :param seed: every random draw follows from it: a whole number from 0. Default: drawn.
    """

    def __init__(
        self,
        mode: str | Sequence[str] | None = None,
        metric: str | Sequence[str] | None = None,
        search_alg: Searcher | str | None = None,
        scheduler: TrialScheduler | str | None = None,
        num_samples: int = 1,
        max_concurrent_trials: int | None = None,
        time_budget_s: float | timedelta | None = None,
        reuse_actors: bool = False,
        trial_name_creator: Callable[[Any], str] | None = None,
        trial_dirname_creator: Callable[[Any], str] | None = None,
        chdir_to_trial_dir: bool | None = None,
        seed: int | None = None,
        **unknown: Any,
    ) -> None:
        known = ("metric", "mode", "num_samples", "max_concurrent_trials", "time_budget_s", "scheduler", "search_alg")
        only("TuneConfig()", unknown, (*known, "reuse_actors", "trial_name_creator", "trial_dirname_creator", "seed"))
        if isinstance(scheduler, str):
            scheduler = create_scheduler(scheduler)
        self.scheduler = FIFOScheduler() if scheduler is None else scheduler
        if not isinstance(self.scheduler, TrialScheduler):
            raise TypeError(f"TuneConfig(): scheduler must be one of tune.schedulers, and {scheduler!r} is none")
        self.search_alg = _searcher(search_alg)
        searcher = self.search_alg if isinstance(self.search_alg, Searcher) else None
        parts = {"the scheduler": self.scheduler, "the searcher": searcher}
        self.metric = _agreed("metric", metric, {name: getattr(part, "metric", None) for name, part in parts.items()})
        self.mode = _agreed("mode", mode, {name: getattr(part, "mode", None) for name, part in parts.items()})
        for each in self.mode if isinstance(self.mode, (list, tuple)) else [self.mode]:
            if each not in (None, "min", "max"):
                raise ValueError(f"TuneConfig(): mode must be 'min' or 'max', and is {self.mode!r}")
        self.num_samples = _num_samples(num_samples)
        self.max_concurrent_trials = max_concurrent_trials or None
        self.time_budget_s = time_budget_s.total_seconds() if isinstance(time_budget_s, timedelta) else time_budget_s
        self.reuse_actors = reuse_actors
        self.trial_name_creator = trial_name_creator
        self.trial_dirname_creator = trial_dirname_creator
        by_default = os.environ.get("RAY_CHDIR_TO_TRIAL_DIR") == "1"
        self.chdir_to_trial_dir = by_default if chdir_to_trial_dir is None else bool(chdir_to_trial_dir)
        self.seed = seed

    def objectives(self) -> list[dict[str, str]]:
        """What is optimised, as the engine has it.

        :raises ValueError: with a metric and without mode, or the other way.
        """
        if self.metric is None and self.mode is None:
            return [{"metric": ITERATIONS, "mode": "max"}]
        if self.metric is None or self.mode is None:
            missing = "metric" if self.metric is None else "mode"
            raise ValueError(f'TuneConfig() needs {missing}: TuneConfig(metric="loss", mode="min")')
        metrics = [self.metric] if isinstance(self.metric, str) else list(self.metric)
        modes = [self.mode] * len(metrics) if isinstance(self.mode, str) else list(self.mode)
        if len(metrics) != len(modes):
            raise ValueError(f"TuneConfig(): as many modes as metrics, and not {self.mode!r} for {self.metric!r}")
        return [{"metric": metric, "mode": mode} for metric, mode in zip(metrics, modes)]

    def json(self) -> dict[str, Any]:
        """Its part of the engine's experiment, but for the searcher and the number of trials."""
        objectives = self.objectives()
        several = {"objectives": objectives} if len(objectives) > 1 else {"mode": objectives[0]["mode"]}
        fields = {
            "metric": objectives[0]["metric"],
            **several,
            "concurrency": self.max_concurrent_trials,
            "time": self.time_budget_s,
            "seed": self.seed,
            "scheduler": self.scheduler.json(),
        }
        return {name: value for name, value in fields.items() if value is not None}


class FailureConfig:
    """What happens to trials that fail.

    :param max_failures: times that a trial is started again, from its newest checkpoint; -1: always.
    :param fail_fast: True: the first failure ends the experiment, whose other trials can be resumed; ``"raise"``: and ``fit()``
        raises it.
    """

    def __init__(self, max_failures: int = 0, fail_fast: bool | str = False, **unknown: Any) -> None:
        only("FailureConfig()", unknown, ("max_failures", "fail_fast"))
        if fail_fast not in (True, False, "raise") or (isinstance(fail_fast, str) and fail_fast.lower() != "raise"):
            raise ValueError(f"FailureConfig(): fail_fast must be True, False or 'raise', and is {fail_fast!r}")
        if fail_fast and max_failures != 0:
            raise ValueError("FailureConfig(): max_failures must be 0 with fail_fast")
        self.max_failures = max_failures
        self.fail_fast = fail_fast

    def json(self) -> dict[str, Any]:
        return {"maxFailures": _ENDLESS if self.max_failures == -1 else self.max_failures}


class CheckpointConfig:
    """Which checkpoints of a trial are kept. Its newest always is, and the best one of the best trial.

    :param num_to_keep: how many of a trial. Default: all.
    :param checkpoint_score_attribute: keeps those with the best value of this metric. Default: the newest.
    :param checkpoint_score_order: ``"max"`` or ``"min"``.
    :param checkpoint_frequency: of a ``tune.Trainable``: every so many steps; 0: none but the last.
    :param checkpoint_at_end: of a ``tune.Trainable``: whether one is made at the end. Default: True.
    """

    def __init__(
        self,
        num_to_keep: int | None = None,
        checkpoint_score_attribute: str | None = None,
        checkpoint_score_order: str | None = "max",
        checkpoint_frequency: int | None = 0,
        checkpoint_at_end: bool | None = None,
        **unknown: Any,
    ) -> None:
        known = ("num_to_keep", "checkpoint_score_attribute", "checkpoint_score_order")
        only("CheckpointConfig()", unknown, (*known, "checkpoint_frequency", "checkpoint_at_end"))
        if num_to_keep is not None and num_to_keep <= 0:
            raise ValueError(f"CheckpointConfig(): num_to_keep must be above 0, and is {num_to_keep!r}")
        if checkpoint_score_order not in ("min", "max"):
            raise ValueError(f"CheckpointConfig(): checkpoint_score_order must be 'min' or 'max', not {checkpoint_score_order!r}")
        if checkpoint_frequency is not None and checkpoint_frequency < 0:
            raise ValueError(f"CheckpointConfig(): checkpoint_frequency must be 0 or more, and is {checkpoint_frequency!r}")
        self.num_to_keep = num_to_keep
        self.checkpoint_score_attribute = checkpoint_score_attribute
        self.checkpoint_score_order = checkpoint_score_order
        self.checkpoint_frequency = checkpoint_frequency or 0
        self.checkpoint_at_end = checkpoint_at_end

    def json(self) -> dict[str, Any]:
        policy: dict[str, Any] = {"keep": self.num_to_keep or _ENDLESS}
        if self.checkpoint_score_attribute is not None:
            policy.update(metric=self.checkpoint_score_attribute, mode=self.checkpoint_score_order)
        return {"checkpoints": policy}


class ResumeConfig:
    """What becomes of the trials of an experiment that goes on.

    :param finished: ``SKIP``: they stay as they are.
    :param unfinished: ``RESUME`` from their newest checkpoint, or ``SKIP``: they are stopped with what they have.
    :param errored: ``SKIP``, or ``RESUME`` from their newest checkpoint, or ``RESTART`` from nothing.
    :raises NotImplementedError: for finished trials that are to go on, and unfinished ones that are to begin anew.
    """

    class ResumeType(Enum):
        """What is done."""

        RESUME = "resume"
        RESTART = "restart"
        SKIP = "skip"

    RESUME = ResumeType.RESUME
    RESTART = ResumeType.RESTART
    SKIP = ResumeType.SKIP

    def __init__(self, finished: Any = SKIP, unfinished: Any = RESUME, errored: Any = SKIP) -> None:
        self.finished = self.ResumeType(finished)
        self.unfinished = self.ResumeType(unfinished)
        self.errored = self.ResumeType(errored)
        if self.finished is not self.SKIP:
            raise NotImplementedError("ResumeConfig(): finished trials stay as they are. Start an experiment with Tuner(…) for new ones.")
        if self.unfinished is self.RESTART:
            raise NotImplementedError("ResumeConfig(): unfinished trials go on from their newest checkpoints. Write RESUME or SKIP.")


class SyncConfig:
    """Is taken for Ray Tune's scripts: an experiment lies in a local folder, and nothing has to be copied elsewhere."""

    def __init__(
        self,
        upload_dir: Any = None,
        syncer: Any = "auto",
        sync_period: float = 300,
        sync_timeout: float = 1800,
        sync_artifacts: bool = False,
        sync_artifacts_on_checkpoint: bool = True,
    ) -> None:
        if upload_dir is not None:
            raise NotImplementedError("SyncConfig(): upload_dir is not supported. Name a folder: RunConfig(storage_path=…)")
        self.sync_period = sync_period
        self.sync_timeout = sync_timeout
        self.sync_artifacts = sync_artifacts
        self.sync_artifacts_on_checkpoint = sync_artifacts_on_checkpoint


class RunConfig:
    """Where an experiment lies and what happens in it.

    :param name: of the experiment and its folder. Default: the function's name and a short id.
    :param storage_path: the folder of all experiments. Default: ``.trialist`` in the current one.
    :param stop: what ends trials: a dict of metrics, each ending a trial once it is at or above a value
        (``training_iteration`` counts reports, ``time_total_s`` seconds); a function of trial id and result; a ``Stopper``; or a
        list of these.
    :param callbacks: told of trials as they go on.
    :param progress_reporter: prints how the experiment goes on, in place of the usual lines.
    :param verbose: 0 is silent but for warnings and failures; above 0 it is told how it goes on.
    :param log_to_file: what trials print is in ``output.log`` of their folder in any case; a name: that of a link to it, which is made at
        the end.
    """

    def __init__(
        self,
        name: str | None = None,
        storage_path: str | os.PathLike[str] | None = None,
        storage_filesystem: Any = None,
        failure_config: FailureConfig | None = None,
        checkpoint_config: CheckpointConfig | None = None,
        sync_config: SyncConfig | None = None,
        verbose: int | None = None,
        stop: Any = None,
        callbacks: Sequence[Callback] | None = None,
        progress_reporter: Any = None,
        log_to_file: bool | str = False,
        local_dir: str | None = None,
        **unknown: Any,
    ) -> None:
        known = ("name", "storage_path", "failure_config", "checkpoint_config", "sync_config", "stop", "verbose")
        only("RunConfig()", unknown, (*known, "callbacks", "progress_reporter", "log_to_file"))
        if name is not None and not (isinstance(name, str) and _NAME.match(name)):
            raise ValueError(
                "RunConfig(): name must be 1 to 100 letters, digits, dots, dashes and underscores, not beginning with a "
                f"dot, and is {name!r}"
            )
        if local_dir is not None:
            raise ValueError("RunConfig(): local_dir is called storage_path")
        not_yet("RunConfig()", {"storage_filesystem": storage_filesystem}, {"storage_filesystem": "Name a local folder."})
        self.name = name
        self.storage_path = ".trialist" if storage_path is None else os.path.expanduser(os.fspath(storage_path))
        if self.storage_path.startswith("file://"):
            self.storage_path = self.storage_path[len("file://") :]
        if "://" in self.storage_path:
            remedy = "Name a local folder."
            raise NotImplementedError(f"RunConfig(): storage_path={storage_path!r} is not supported. {remedy}")
        self.failure_config = failure_config or FailureConfig()
        self.checkpoint_config = checkpoint_config or CheckpointConfig()
        self.sync_config = sync_config or SyncConfig()
        self.stop, self.stoppers = _stop(stop)
        if isinstance(callbacks, Callback):
            raise TypeError(f"RunConfig(): callbacks must be a list, such as [{type(callbacks).__name__}(…)]")
        self.callbacks = list(callbacks or [])
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"RunConfig(): callbacks are instances of tune.Callback, and {callback!r} is none")
        self.progress_reporter = progress_reporter
        self.verbose = 1 if verbose is None else int(getattr(verbose, "value", verbose))
        if not isinstance(log_to_file, (bool, str)):
            remedy = "Both streams are in output.log: give one name."
            raise NotImplementedError(f"RunConfig(): log_to_file={log_to_file!r} is not supported. {remedy}")
        self.log_to_file = log_to_file

    def json(self) -> dict[str, Any]:
        """Its part of the engine's experiment, but for name and folder."""
        # A report that says done ends its trial in any case.
        stop = [_threshold(name, value) for name, value in self.stop.items() if (name, value) != ("done", True)]
        own = [known for stopper in self.stoppers if (known := stopper.json()) is not None]
        if len(own) < len(self.stoppers):
            own.append({"name": "client", "options": {"name": "Stopper"}})
        loggers = [known for callback in self.callbacks if (known := callback.json()) is not None]
        return {
            **({"stop": [*stop, *own]} if stop or own else {}),
            **({"loggers": loggers} if loggers else {}),
            **self.failure_config.json(),
            **self.checkpoint_config.json(),
        }


def _agreed(what: str, own: Any, others: Mapping[str, Any]) -> Any:
    for name, other in others.items():
        if own is not None and other is not None and own != other:
            raise ValueError(f"TuneConfig(): {what} is {own!r}, and {other!r} in {name}: say it once")
        own = other if own is None else own
    return own


def _num_samples(num_samples: int) -> int | None:
    if num_samples == -1:
        return None
    if isinstance(num_samples, int) and num_samples >= 1:
        return num_samples
    raise ValueError(f"TuneConfig(): num_samples must be a whole number from 1, or -1, and is {num_samples!r}")


def _searcher(search_alg: Any) -> Any:
    if search_alg is None or isinstance(search_alg, Searcher) or search_alg in _SEARCHERS:
        return search_alg
    if isinstance(search_alg, str):
        from .search import create_searcher
        from .search._libraries import BY_NAME

        if search_alg not in ("variant_generator", *BY_NAME):
            no_such(f"there is no search_alg {search_alg!r}", search_alg, [*_SEARCHERS, *BY_NAME])
        return create_searcher(search_alg)
    raise TypeError(f"TuneConfig(): search_alg must be a tune.search.Searcher or a name, and {search_alg!r} is neither")


def _stop(stop: Any) -> tuple[dict[str, float], list[Stopper]]:
    """Thresholds and stoppers of what was given."""
    if stop is None:
        return {}, []
    if isinstance(stop, Mapping):
        return dict(stop), []
    if isinstance(stop, Stopper):
        return {}, [stop]
    if isinstance(stop, (list, tuple)):
        parts = [_stop(each) for each in stop]
        return {name: value for known, _ in parts for name, value in known.items()}, [s for _, some in parts for s in some]
    if callable(stop):
        return {}, [FunctionStopper(stop)]
    raise ValueError(f"RunConfig(): stop must be a dict, a function, a Stopper or a list of these, and is {stop!r}")


def _threshold(name: str, value: float) -> dict[str, Any]:
    if name == "training_iteration":
        return {"name": "maxSteps", "options": {"steps": value}}
    if name == "time_total_s":
        return {"name": "trialTime", "options": {"seconds": value}}
    # What a trial reports as True is 1.
    above = int(value) if isinstance(value, bool) else value
    return {"name": "metricThreshold", "options": {"metric": name, "above": above}}
