"""What decides which trials go on."""

from __future__ import annotations

from typing import Any, Mapping


class TrialScheduler:
    """Decides which trials go on. Subclass it and write :meth:`on_trial_result`.

    It runs in this process: the engine asks about each report, which waits for the answer, and what is answered stands in the log.
    An experiment that goes on later tells it first what happened.

    :param metric: what it judges by. Default: that of the ``TuneConfig``.
    :param mode: ``"min"`` or ``"max"``. Default: that of the ``TuneConfig``.
    """

    CONTINUE = "CONTINUE"
    PAUSE = "PAUSE"
    STOP = "STOP"
    NOOP = "NOOP"

    _metric: str | None = None
    _mode: str | None = None

    def __init__(self, metric: str | None = None, mode: str | None = None) -> None:
        self._metric = metric
        self._mode = mode

    @property
    def metric(self) -> str | None:
        return self._metric

    @property
    def mode(self) -> str | None:
        return self._mode

    @property
    def supports_buffered_results(self) -> bool:
        return True

    def set_search_properties(self, metric: str | None, mode: str | None, **spec: Any) -> bool:
        """Told of the experiment's metric and mode; answers whether it takes them."""
        if self._metric and metric:
            return False
        if self._mode and mode:
            return False
        self._metric, self._mode = self._metric or metric, self._mode or mode
        return True

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """A new trial."""

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """A trial failed; it may be tried again."""

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Whether a trial goes on after a report: ``CONTINUE``, ``PAUSE`` or ``STOP``."""
        return self.CONTINUE

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """A trial came to its end, or was stopped."""

    def on_trial_remove(self, tune_controller: Any, trial: Any) -> None:
        """A trial is ended that does not run."""

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        """The trial that is to run next, such as a paused one; None for any."""
        return None

    def debug_string(self) -> str:
        return type(self).__name__

    def json(self) -> dict[str, Any]:
        """Its name and options for the engine."""
        return {"name": "client", "options": {"name": type(self).__name__}}

    @property
    def is_own(self) -> bool:
        """Whether it runs in this process."""
        return True

    def save(self, checkpoint_path: str) -> None:
        import pickle

        with open(checkpoint_path, "wb") as file:
            pickle.dump(vars(self), file)

    def restore(self, checkpoint_path: str) -> None:
        import pickle

        with open(checkpoint_path, "rb") as file:
            vars(self).update(pickle.load(file))


class FIFOScheduler(TrialScheduler):
    """First in, first out: every trial runs to its end. May be subclassed."""

    def __init__(self, **unknown: Any) -> None:
        from .._names import only

        only("FIFOScheduler()", unknown, [])
        super().__init__()

    @property
    def is_own(self) -> bool:
        return type(self) is not FIFOScheduler

    def json(self) -> dict[str, Any]:
        return super().json() if self.is_own else {"name": "fifo"}

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        trials = tune_controller.get_trials()
        for status in (trials[0].PENDING, trials[0].PAUSED) if trials else ():
            for trial in trials:
                if trial.status == status:
                    return trial
        return None


class EngineScheduler(TrialScheduler):
    """A scheduler of the engine's, named with its options. It can't be subclassed with rules of one's own."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        ours = __name__.rpartition(".")[0]
        if not cls.__module__.startswith(ours) and any(rule in vars(cls) for rule in _RULES):
            raise TypeError(
                f"{cls.__name__} can't change the rules of {cls.__mro__[1].__name__}, which runs in the engine: subclass "
                "TrialScheduler or FIFOScheduler"
            )

    @property
    def is_own(self) -> bool:
        return False

    def json(self) -> dict[str, Any]:
        raise NotImplementedError

    def info(self, why: Mapping[str, Any]) -> dict[str, Any]:
        """What a result holds of the engine's decision on it.

        :param why: the rule and its numbers; empty where the trial goes on.
        """
        return {}


_RULES = ("on_trial_result", "choose_trial_to_run", "on_trial_add", "on_trial_complete", "on_trial_error")
