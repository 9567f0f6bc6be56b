"""Experiments that are over, in the words of ``tune.run``."""

from __future__ import annotations

import os
from typing import Any, Mapping, Sequence

from .._checkpoint import Checkpoint
from ._results import Result, ResultGrid, TrialError
from .experiment.trial import Trial

_STATUS = {"completed": "TERMINATED", "stopped": "TERMINATED", "failed": "ERROR"}


class ExperimentAnalysis:
    """What came of an experiment.

    :param experiment_checkpoint_path: the experiment's folder, or a ``ResultGrid``.
    :param default_metric: what is compared where nothing else is said.
    :param default_mode: ``"min"`` or ``"max"``.
    """

    def __init__(
        self,
        experiment_checkpoint_path: Any,
        *,
        storage_filesystem: Any = None,
        trials: Sequence[Trial] | None = None,
        default_metric: str | None = None,
        default_mode: str | None = None,
    ) -> None:
        grid = experiment_checkpoint_path
        if not isinstance(grid, ResultGrid):
            from ._trial import payload_in

            folder = os.path.abspath(os.path.expanduser(os.fspath(grid)))
            payload = payload_in(os.path.join(folder, "python", "trainable.pkl"))
            grid = ResultGrid.of_folder(folder, payload.decode)
        if default_mode not in (None, "min", "max"):
            raise ValueError(f"ExperimentAnalysis(): default_mode must be 'min' or 'max', and is {default_mode!r}")
        self._grid: ResultGrid = grid
        self.default_metric = default_metric or grid._metric
        self.default_mode = default_mode or grid._mode
        self.trials = [_trial(grid, result) for result in grid]

    @property
    def experiment_path(self) -> str:
        return self._grid.experiment_path

    @property
    def best_trial(self) -> Trial:
        """The trial with the best last value of the default metric."""
        trial = self.get_best_trial()
        assert trial is not None
        return trial

    @property
    def best_config(self) -> dict[str, Any]:
        return self.best_trial.config

    @property
    def best_checkpoint(self) -> Checkpoint | None:
        return self._of(self.best_trial).checkpoint

    @property
    def best_logdir(self) -> str:
        return self.best_trial.path

    @property
    def best_dataframe(self) -> Any:
        return self._of(self.best_trial).metrics_dataframe

    @property
    def best_result(self) -> dict[str, Any]:
        return self.best_trial.last_result

    @property
    def best_result_df(self) -> Any:
        import pandas

        return pandas.DataFrame([self.best_result])

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The last report of each trial, by its id."""
        return {trial.trial_id: trial.last_result for trial in self.trials}

    @property
    def results_df(self) -> Any:
        return self._grid.get_dataframe()

    @property
    def trial_dataframes(self) -> dict[str, Any]:
        """All reports of each trial, by its folder."""
        return {result.path: result.metrics_dataframe for result in self._grid}

    def fetch_trial_dataframes(self) -> dict[str, Any]:
        return self.trial_dataframes

    def dataframe(self, metric: str | None = None, mode: str | None = None) -> Any:
        """A row for each trial, of its last report or of that with the best value of a metric."""
        return self._grid.get_dataframe(metric, mode or self.default_mode)

    def get_all_configs(self, prefix: bool = False) -> dict[str, dict[str, Any]]:
        """The configurations, by the trials' folders."""
        return {
            trial.path: {f"config/{name}": value for name, value in trial.config.items()} if prefix else trial.config
            for trial in self.trials
        }

    def get_best_trial(
        self,
        metric: str | None = None,
        mode: str | None = None,
        scope: str = "last",
        filter_nan_and_inf: bool = True,
    ) -> Trial | None:
        """The trial with the best value; None where none has any."""
        metric, mode = metric or self.default_metric, mode or self.default_mode
        if len(self.trials) == 1:
            return self.trials[0]
        if metric is None or mode is None:
            raise ValueError("get_best_trial() needs metric and mode, or defaults for them")
        try:
            return self.trials[self._grid.get_best_result(metric, mode, scope, filter_nan_and_inf)._number]
        except RuntimeError:
            return None

    def get_best_config(self, metric: str | None = None, mode: str | None = None, scope: str = "last") -> dict[str, Any] | None:
        """The configuration of :meth:`get_best_trial`."""
        trial = self.get_best_trial(metric, mode, scope)
        return None if trial is None else trial.config

    def get_best_logdir(self, metric: str | None = None, mode: str | None = None, scope: str = "last") -> str | None:
        """The folder of :meth:`get_best_trial`."""
        trial = self.get_best_trial(metric, mode, scope)
        return None if trial is None else trial.path

    def get_best_checkpoint(
        self, trial: Trial, metric: str | None = None, mode: str | None = None
    ) -> Checkpoint | None:
        """The kept checkpoint of a trial with the best value of a metric."""
        metric, mode = metric or self.default_metric, mode or self.default_mode
        if metric is None or mode is None:
            raise ValueError("get_best_checkpoint() needs metric and mode, or defaults for them")
        try:
            return self._of(trial).get_best_checkpoint(metric, mode)
        except RuntimeError:
            return None

    def get_last_checkpoint(
        self, trial: Trial | None = None, metric: str | None = None, mode: str | None = None
    ) -> Checkpoint | None:
        """The newest checkpoint of a trial, by default the best one."""
        chosen = trial or self.get_best_trial(metric, mode)
        return None if chosen is None else self._of(chosen).checkpoint

    def get_trial_checkpoints_paths(self, trial: Trial, metric: str | None = None) -> list[tuple[str, Any]]:
        """The kept checkpoints of a trial with a metric of each."""
        name = metric or self.default_metric or "training_iteration"
        return [(checkpoint.path, metrics.get(name)) for checkpoint, metrics in self._of(trial).best_checkpoints]

    def set_filetype(self, file_type: str | None = None) -> bool:
        """There is one log, of one type."""
        return True

    def _of(self, trial: Trial) -> Result:
        return self._grid[trial.number]


def _trial(grid: ResultGrid, result: Result) -> Trial:
    chosen: Mapping[str, Any] = {name: value for name, value in result.config.items() if not isinstance(value, dict)}
    trial = Trial(result._number, result.config, chosen, "trial", grid.experiment_path)
    trial.status = _STATUS.get(result.state, result.state.upper())
    trial.last_result = result.metrics
    trial.checkpoint = result.checkpoint
    error: TrialError | None = result.error
    trial.error = None if error is None else str(error)
    return trial
