"""Loggers: those of the engine, and what one of your own is."""

from __future__ import annotations

from typing import Any

from ..callback import Callback


class LoggerCallback(Callback):
    """A callback in a logger's words. Subclass it and write what you need."""

    def log_trial_start(self, trial: Any) -> None:
        """A trial began."""

    def log_trial_restore(self, trial: Any) -> None:
        """A trial goes on after a failure, a pause or a resume."""

    def log_trial_save(self, trial: Any) -> None:
        """A trial reported a checkpoint."""

    def log_trial_result(self, iteration: int, trial: Any, result: dict[str, Any]) -> None:
        """A trial reported."""

    def log_trial_end(self, trial: Any, failed: bool = False) -> None:
        """A trial is over."""

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self.log_trial_start(trial)

    def on_trial_restore(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self.log_trial_restore(trial)

    def on_trial_save(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self.log_trial_save(trial)

    def on_trial_result(self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any) -> None:
        self.log_trial_result(iteration, trial, result)

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self.log_trial_end(trial, failed=False)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self.log_trial_end(trial, failed=True)


class EngineLogger(LoggerCallback):
    """A logger of the engine's: it writes in batches, off the way of the trials, and is switched off where it fails."""

    _name = ""
    _options: dict[str, Any] = {}

    def json(self) -> dict[str, Any]:
        return {"name": self._name, "options": self._options}


class CSVLoggerCallback(EngineLogger):
    """``progress.csv`` in each trial's folder: a row a report. Metrics that come later get a column, too."""

    _name = "csv"


class JsonLoggerCallback(EngineLogger):
    """``result.json`` in each trial's folder, a line of JSON a report, and ``params.json``, the configuration."""

    _name = "json"


class TBXLoggerCallback(EngineLogger):
    """Event files for TensorBoard in each trial's folder: metrics by step, and the configuration for its HParams page."""

    _name = "tensorboard"
