"""What came of an experiment."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping

from .. import _engine
from .._checkpoint import Checkpoint
from .._engine import TrialistError

if TYPE_CHECKING:
    import pandas

_SCOPES = ("last", "all")
_OVER = ("completed", "stopped")

Reports = Callable[[], Mapping[int, "list[dict[str, Any]]"]]


class TrialError(TrialistError):
    """Why a trial failed. As text, its traceback where there is one."""

    def __init__(self, kind: str, message: str, stack: str) -> None:
        super().__init__(stack.rstrip() or message)
        self.kind = kind
        """``error``, ``no_metric``, ``timeout``, ``memory`` or ``killed``."""
        self.message = message


class Result:
    """What came of one trial."""

    def __init__(self, row: Mapping[str, Any], config: dict[str, Any], folder: str, reports: Reports) -> None:
        self._reports = reports
        self._number: int = row["number"]
        self.config = config
        """The configuration, with the objects of the search space."""
        self.state: str = row["state"]
        """``pending``, ``running``, ``paused``, ``completed``, ``stopped`` (early) or ``failed``."""
        self.path = os.path.join(folder, "trials", str(self._number))
        """The trial's own folder, with what it printed in ``output.log``."""
        error = row["error"]
        self.error = None if error is None else TrialError(error["kind"], error["message"], error["stack"])
        """Why it failed, else None."""
        self.checkpoint = _checkpoint(row["checkpoint"])
        """The newest checkpoint, or None."""
        self.metrics: dict[str, Any] = {
            **{name: _number(value) for name, value in row["metrics"].items()},
            "training_iteration": _number(row["step"]),
            "time_total_s": row["seconds"],
            "trial_id": str(self._number),
            "done": self.state in (*_OVER, "failed"),
            "config": config,
        }
        """The last value of each metric; ``training_iteration``, ``time_total_s``, ``trial_id``, ``done``, ``config``."""

    @property
    def metrics_dataframe(self) -> pandas.DataFrame:
        """All reports, a row each, oldest first. Needs pandas."""
        return _pandas("metrics_dataframe").DataFrame(self.history())

    def history(self) -> list[dict[str, Any]]:
        """The metrics of each report with its ``training_iteration``, oldest first."""
        return self._reports().get(self._number, [])

    def __repr__(self) -> str:
        metrics = {name: value for name, value in self.metrics.items() if name != "config"}
        return f"Result(state={self.state!r}, config={self.config!r}, metrics={metrics!r}, path={self.path!r})"


class ResultGrid:
    """The trials of an experiment, in the order in which they were begun.

    :param message: the engine's last one.
    :param configs: makes a configuration of the engine's one of the user's.
    :param folder: that of the experiment.
    """

    def __init__(
        self,
        message: Mapping[str, Any],
        configs: Callable[[Mapping[str, Any]], dict[str, Any]],
        folder: str,
        metric: str,
        mode: str,
    ) -> None:
        self.experiment_path = folder
        """The experiment's folder, for ``Tuner.restore``."""
        self._metric = metric
        self._mode = mode
        self._best: int | None = message["best"]
        self._loaded: dict[int, list[dict[str, Any]]] | None = None
        rows = message["trials"]
        self._results = [Result(row, configs(row["config"]), folder, self._reports) for row in rows]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def __getitem__(self, index: int) -> Result:
        return self._results[index]

    @property
    def errors(self) -> list[TrialError]:
        """Why trials failed, one error for each that did."""
        return [result.error for result in self if result.error is not None]

    @property
    def num_errors(self) -> int:
        """Trials that failed."""
        return sum(result.state == "failed" for result in self)

    @property
    def num_terminated(self) -> int:
        """Trials that came to their end or were stopped early."""
        return sum(result.state in _OVER for result in self)

    def get_best_result(
        self,
        metric: str | None = None,
        mode: str | None = None,
        scope: str = "last",
        filter_nan_and_inf: bool = True,
    ) -> Result:
        """The trial with the best value that did not fail; the earliest among equals.

        :param metric: default: that of the ``TuneConfig``.
        :param mode: ``"min"`` or ``"max"``. Default: that of the ``TuneConfig``.
        :param scope: ``"last"`` compares the last values, ``"all"`` the best ones that trials ever reported.
        :param filter_nan_and_inf: leaves values out that are not finite.
        :raises RuntimeError: where no trial has such a value.
        """
        if scope not in _SCOPES:
            raise ValueError(f"get_best_result(): scope must be one of {', '.join(_SCOPES)}, and is {scope!r}")
        metric, mode = metric or self._metric, mode or self._mode
        if mode not in ("min", "max"):
            raise ValueError(f"get_best_result(): mode must be 'min' or 'max', and is {mode!r}")
        sign = 1 if mode == "min" else -1
        best: tuple[float, Result] | None = None
        for result in self:
            losses = [sign * value for value in self._values(result, metric, scope)]
            losses = [loss for loss in losses if math.isfinite(loss) or not (filter_nan_and_inf or math.isnan(loss))]
            if result.state != "failed" and losses and (best is None or min(losses) < best[0]):
                best = (min(losses), result)
        if best is None:
            raise TrialistError(self._nothing(metric))
        return best[1]

    def get_dataframe(self, filter_metric: str | None = None, filter_mode: str | None = None) -> pandas.DataFrame:
        """A row for each trial: its last metrics, and its configuration as ``config/NAME``. Needs pandas.

        :param filter_metric: takes, in place of the last report, the one with the best value of this metric.
        :param filter_mode: ``"min"`` or ``"max"``. Default: that of the ``TuneConfig``.
        """
        frame = _pandas("get_dataframe()").DataFrame
        return frame([self._row(result, filter_metric, filter_mode or self._mode) for result in self])

    def _row(self, result: Result, metric: str | None, mode: str) -> dict[str, Any]:
        row = {name: value for name, value in result.metrics.items() if name != "config"}
        reports = [report for report in result.history() if metric in report] if metric is not None else []
        if reports:
            row.update((min if mode == "min" else max)(reports, key=lambda report: report[metric]))
        return {**row, **_flat("config", result.config)}

    def _values(self, result: Result, metric: str, scope: str) -> list[float]:
        found = [result.metrics] if scope == "last" else result.history()
        values = [entry.get(metric) for entry in found]
        return [value for value in values if isinstance(value, (int, float))]

    def _nothing(self, metric: str) -> str:
        if self.num_errors == len(self) > 0:
            return f"all {len(self)} trials failed, the first with: {self.errors[0]}"
        names = {name for result in self for name, value in result.metrics.items() if isinstance(value, (int, float))}
        known = ", ".join(sorted(names)) or "no metrics at all"
        return f"no trial has a finite value of {metric!r}; there are: {known}"

    def _reports(self) -> Mapping[int, list[dict[str, Any]]]:
        """The reports of each trial, read from the experiment's log when they are first asked for."""
        if self._loaded is None:
            root, name = os.path.split(self.experiment_path)
            lines = _engine.output(["export", name, "--root", root, "--reports", "--format", "jsonl"]).splitlines()
            self._loaded = {}
            for line in lines:
                report = json.loads(line)
                entry = {**_metrics_of(report), "training_iteration": _number(report["step"])}
                self._loaded.setdefault(report["trial"], []).append(entry)
        return self._loaded

    def __repr__(self) -> str:
        return f"ResultGrid({len(self)} trials, {self.num_errors} failed, path={self.experiment_path!r})"


def _metrics_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of a row of a report, where those that are called as one of its own columns have a prefix."""
    own = ("trial", "attempt", "step")
    prefixed = {f"metrics.{name}": name for name in own}
    return {prefixed.get(name, name): _number(value) for name, value in report.items() if name not in own}


def _number(value: Any) -> Any:
    """A number as the engine writes it: what JSON lacks is a text, whole numbers are of no type of their own."""
    return float(value) if isinstance(value, str) else value


def _checkpoint(row: Mapping[str, Any] | None) -> Checkpoint | None:
    """None also where its files are gone."""
    if row is None or row["path"] is None:
        return None
    return Checkpoint(row["path"], id=row["id"], step=row["step"])


def _flat(path: str, config: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in config.items():
        flat.update(_flat(f"{path}/{name}", value) if isinstance(value, dict) else {f"{path}/{name}": value})
    return flat


def _pandas(what: str) -> Any:
    try:
        import pandas
    except ModuleNotFoundError:
        raise ImportError(f"{what} needs pandas: pip install pandas") from None
    return pandas
