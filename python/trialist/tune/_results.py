"""What came of an experiment."""

from __future__ import annotations

import json
import math
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Sequence

from .. import _engine
from .._checkpoint import Checkpoint
from .._engine import TrialistError
from ._config import ITERATIONS
from ._reports import VALUES
from .experiment.trial import id_of

if TYPE_CHECKING:
    import pandas

_SCOPES = ("last", "all", "avg", "last-5-avg", "last-10-avg")
_OVER = ("completed", "stopped")

Reports = Callable[[], Mapping[int, "list[dict[str, Any]]"]]
Decode = Callable[[Mapping[str, Any]], "dict[str, Any]"]


class TrialError(TrialistError):
    """Why a trial failed. As text, its traceback where there is one."""

    def __init__(self, kind: str, message: str, stack: str) -> None:
        super().__init__(stack.rstrip() or message)
        self.kind = kind
        """``error``, ``no_metric``, ``timeout``, ``memory`` or ``killed``."""
        self.message = message


class Result:
    """What came of one trial."""

    def __init__(
        self,
        row: Mapping[str, Any],
        config: dict[str, Any],
        folder: str,
        reports: Reports,
        lineage: Sequence[dict[str, Any]] = (),
    ) -> None:
        self._reports = reports
        self.lineage = list(lineage)
        """The schedule that led to its newest report, where a scheduler changed the configuration on the way: for each stretch
        ``trial`` (that trained it), ``config``, and the iterations ``from`` and ``to``. Empty where nothing was changed."""
        self._folder = folder
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
        self.metrics: dict[str, Any] = {}
        """The last value of each metric; ``training_iteration``, ``time_total_s``, ``trial_id``, ``done``, ``config``."""
        step = _number(row["step"])
        metrics = {name: _number(value) for name, value in row["metrics"].items() if name != ITERATIONS}
        if metrics or row["metrics"].get(ITERATIONS) != 0:
            self.metrics.update(metrics, **_others(self.path).get(step, {}), training_iteration=step)
        self.metrics.update(
            time_total_s=row["seconds"],
            trial_id=id_of(os.path.basename(folder), self._number),
            done=self.state in (*_OVER, "failed"),
            config=config,
        )

    @classmethod
    def from_path(cls, path: str | os.PathLike[str], storage_filesystem: Any = None) -> Result:
        """The result of the trial whose folder this is.

        :raises RuntimeError: where there is no such folder.
        """
        trial = os.path.realpath(os.path.expanduser(os.fspath(path)))
        folder, number = os.path.dirname(os.path.dirname(trial)), os.path.basename(trial)
        if not number.isdigit() or not os.path.isfile(os.path.join(folder, "log.db")):
            raise TrialistError(f"there is no trial in {trial}")
        from ._trial import payload_in

        payload = payload_in(os.path.join(folder, "python", "trainable.pkl"))
        return ResultGrid.of_folder(folder, payload.decode)[int(number)]

    @property
    def metrics_dataframe(self) -> pandas.DataFrame:
        """All reports, a row each, oldest first. Needs pandas."""
        return _pandas("metrics_dataframe").DataFrame(self.history())

    @property
    def best_checkpoints(self) -> list[tuple[Checkpoint, dict[str, Any]]]:
        """The checkpoints that are kept, oldest first, each with the metrics of its report."""
        reports = {report["training_iteration"]: report for report in self.history()}
        found = []
        for step, id in _kept(self._folder, self._number):
            path = os.path.join(self._folder, "checkpoints", id)
            if os.path.isdir(path):
                found.append((Checkpoint(path, id=id, step=step), reports.get(step, {})))
        return found

    def get_best_checkpoint(self, metric: str, mode: str) -> Checkpoint | None:
        """The kept checkpoint with the best value of a metric; None where none has it.

        :param mode: ``"min"`` or ``"max"``.
        """
        if mode not in ("min", "max"):
            raise ValueError(f"get_best_checkpoint(): mode must be 'min' or 'max', and is {mode!r}")
        rated = [(value, checkpoint) for checkpoint, metrics in self.best_checkpoints if (value := _at(metrics, metric)) is not None]
        if not rated:
            raise TrialistError(f"no checkpoint of the trial was reported with {metric!r}")
        return (min if mode == "min" else max)(rated, key=lambda pair: pair[0])[1]

    @property
    def filesystem(self) -> Any:
        """That of pyarrow for local files. Needs pyarrow."""
        try:
            from pyarrow.fs import LocalFileSystem
        except ModuleNotFoundError:
            raise ImportError("filesystem needs pyarrow: pip install pyarrow. All lies in local folders.") from None
        return LocalFileSystem()

    def history(self) -> list[dict[str, Any]]:
        """The metrics of each report with its ``training_iteration``, oldest first."""
        return self._reports().get(self._number, [])

    def __repr__(self) -> str:
        metrics = {name: value for name, value in self.metrics.items() if name != "config"}
        return f"Result(state={self.state!r}, config={self.config!r}, metrics={metrics!r}, path={self.path!r})"


def _segment(segment: Mapping[str, Any], decode: Decode) -> dict[str, Any]:
    return {**segment, "config": decode(segment["config"])}


class ResultGrid:
    """The trials of an experiment, in the order in which they were begun.

    :param message: the engine's last one.
    :param decode: makes a configuration of the engine's one of the user's.
    :param folder: that of the experiment.
    :param objectives: what was optimised.
    """

    def __init__(
        self, message: Mapping[str, Any], decode: Decode, folder: str, objectives: Sequence[Mapping[str, str]]
    ) -> None:
        self.experiment_path = folder
        """The experiment's folder, for ``Tuner.restore``."""
        first = objectives[0]
        self._metric = None if first["metric"] == ITERATIONS else first["metric"]
        self._mode = None if self._metric is None else first["mode"]
        self._loaded: dict[int, list[dict[str, Any]]] | None = None
        rows = [row for row in message["trials"] if not row["known"]]
        self._results = [
            Result(row, decode(row["config"]), folder, self._reports, [_segment(each, decode) for each in row.get("lineage", ())])
            for row in rows
        ]

    @classmethod
    def of_folder(cls, folder: str, decode: Decode) -> ResultGrid:
        """The results of an experiment that lies somewhere."""
        root, name = os.path.split(os.path.abspath(folder))
        shown = json.loads(_engine.output(["show", name, "--root", root, "--json"]))
        return cls(shown, decode, os.path.join(root, name), shown["objectives"])

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

    @property
    def filesystem(self) -> Any:
        """That of pyarrow for local files. Needs pyarrow."""
        return Result.filesystem.fget(self)  # type: ignore[attr-defined]

    def get_best_result(
        self,
        metric: str | None = None,
        mode: str | None = None,
        scope: str = "last",
        filter_nan_and_inf: bool = True,
    ) -> Result:
        """The trial with the best value that did not fail; the earliest among equals.

        :param metric: default: that of the ``TuneConfig``. A nested one is ``eval/loss``.
        :param mode: ``"min"`` or ``"max"``. Default: that of the ``TuneConfig``.
        :param scope: ``"last"`` compares the last values, ``"all"`` the best ones that trials ever reported, ``"avg"`` the means
            of all, ``"last-5-avg"`` and ``"last-10-avg"`` those of the last.
        :param filter_nan_and_inf: leaves values out that are not finite.
        :raises ValueError: where there are several trials and no metric is named.
        :raises RuntimeError: where no trial has such a value.
        """
        if scope not in _SCOPES:
            raise ValueError(f"get_best_result(): scope must be one of {', '.join(_SCOPES)}, and is {scope!r}")
        metric, mode = metric or self._metric, mode or self._mode
        if len(self) == 1 and metric is None:
            return self[0]
        if metric is None or mode is None:
            raise ValueError("get_best_result() needs metric and mode, or a TuneConfig that has them")
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
        return frame([self._row(result, filter_metric, filter_mode or self._mode or "min") for result in self])

    def _row(self, result: Result, metric: str | None, mode: str) -> dict[str, Any]:
        row = {name: value for name, value in result.metrics.items() if name != "config"}
        if metric is not None:
            known = [(value, report) for report in result.history() if (value := _at(report, metric)) is not None and value == value]
            if known:
                row.update((min if mode == "min" else max)(known, key=lambda each: each[0])[1])
        return {**row, "logdir": result.path, **_flat("config", result.config)}

    def _values(self, result: Result, metric: str, scope: str) -> list[float]:
        found = [result.metrics] if scope == "last" else result.history()
        values = [_at(entry, metric) for entry in found]
        known = [value for value in values if value is not None]
        if scope in ("last", "all"):
            return known
        last = known if scope == "avg" else known[-5 if scope == "last-5-avg" else -10 :]
        return [sum(last) / len(last)] if last else []

    def _nothing(self, metric: str) -> str:
        if self.num_errors == len(self) > 0:
            return f"all {len(self)} trials failed, the first with: {self.errors[0]}"
        names = {name for result in self for name in result.metrics if _at(result.metrics, name) is not None}
        known = ", ".join(sorted(names)) or "no metrics at all"
        return f"no trial has a finite value of {metric!r}; there are: {known}"

    def _reports(self) -> Mapping[int, list[dict[str, Any]]]:
        """The reports of each trial, read from the experiment's log when they are first asked for."""
        if self._loaded is None:
            root, name = os.path.split(self.experiment_path)
            lines = _engine.output(["export", name, "--root", root, "--reports", "--format", "jsonl"]).splitlines()
            self._loaded = {}
            others: dict[int, dict[Any, Any]] = {}
            for line in lines:
                report = json.loads(line)
                trial, step = report["trial"], _number(report["step"])
                if trial not in others:
                    others[trial] = _others(self._path(trial))
                entry = {**_metrics_of(report), **others[trial].get(step, {}), "training_iteration": step}
                self._loaded.setdefault(trial, []).append(entry)
        return self._loaded

    def _path(self, number: int) -> str:
        return os.path.join(self.experiment_path, "trials", str(number))

    def __repr__(self) -> str:
        return f"ResultGrid({len(self)} trials, {self.num_errors} failed, path={self.experiment_path!r})"


def _others(path: str) -> dict[Any, dict[str, Any]]:
    """What a trial reported beside numbers, by step."""
    try:
        with open(os.path.join(path, VALUES), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
    except FileNotFoundError:
        return {}
    # What was done again after a failure stands last.
    return {line["iteration"]: line["values"] for line in lines}


def _kept(folder: str, trial: int) -> list[tuple[float, str]]:
    """The steps and ids of a trial's checkpoints, those that are gone included."""
    path = os.path.join(folder, "log.db")
    log = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return list(log.execute("SELECT step, id FROM checkpoints WHERE trial = ?", (trial,)))
    finally:
        log.close()


def _at(entry: Mapping[str, Any], metric: str) -> Any:
    value = entry.get(metric)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _metrics_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of a row of a report, where those that are called as one of its own columns have a prefix."""
    own = ("trial", "attempt", "step")
    prefixed = {f"metrics.{name}": name for name in own}
    return {prefixed.get(name, name): _number(value) for name, value in report.items() if name not in (*own, ITERATIONS)}


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
