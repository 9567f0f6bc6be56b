"""Prints how an experiment goes on, in Ray Tune's words."""

from __future__ import annotations

import sys
import time
from typing import Any, Mapping, Sequence

from .callback import Callback

_STATES = ("RUNNING", "PENDING", "PAUSED", "TERMINATED", "ERROR")


class ProgressReporter:
    """Decides when to print, and prints. Subclass it and write :meth:`should_report` and :meth:`report`."""

    def setup(self, start_time: float | None = None, total_samples: int | None = None, metric: Any = None, mode: Any = None, **named: Any) -> None:
        """Once, before anything runs."""

    def should_report(self, trials: Sequence[Any], done: bool = False) -> bool:
        raise NotImplementedError

    def report(self, trials: Sequence[Any], done: bool, *sys_info: Any) -> None:
        raise NotImplementedError


class CLIReporter(ProgressReporter):
    """Prints a table of the trials now and then.

    :param metric_columns: metrics that are shown, or names for them. Default: those that were reported first.
    :param parameter_columns: parameters that are shown, or names for them. Default: those that vary.
    :param max_progress_rows: rows of the table at most.
    :param max_error_rows: failed trials that are listed at most.
    :param max_column_length: letters of a cell at most.
    :param max_report_frequency: seconds between two tables at least.
    :param infer_limit: metrics that are shown by default.
    :param print_intermediate_tables: False: only the last table. Default: all.
    :param sort_by_metric: the best first.
    """

    def __init__(
        self,
        metric_columns: Sequence[str] | Mapping[str, str] | None = None,
        parameter_columns: Sequence[str] | Mapping[str, str] | None = None,
        total_samples: int | None = None,
        max_progress_rows: int = 20,
        max_error_rows: int = 20,
        max_column_length: int = 20,
        max_report_frequency: float = 5,
        infer_limit: int = 3,
        print_intermediate_tables: bool | None = None,
        metric: str | None = None,
        mode: str | None = None,
        sort_by_metric: bool = False,
    ) -> None:
        self._metrics = _columns(metric_columns)
        self._parameters = _columns(parameter_columns)
        self._total = total_samples
        self._rows = max_progress_rows
        self._errors = max_error_rows
        self._width = max_column_length
        self._period = max_report_frequency
        self._limit = infer_limit
        self._intermediate = print_intermediate_tables is not False
        self._metric, self._mode = metric, mode
        self._sorted = sort_by_metric
        self._last = time.monotonic()
        self._start = time.time()

    def setup(self, start_time: float | None = None, total_samples: int | None = None, metric: Any = None, mode: Any = None, **named: Any) -> None:
        self._start = start_time or time.time()
        self._total = self._total or total_samples
        self._metric, self._mode = self._metric or metric, self._mode or mode

    def add_metric_column(self, metric: str, representation: str | None = None) -> None:
        """Shows a metric too."""
        self._metrics = {**(self._metrics or {}), metric: representation or metric}

    def add_parameter_column(self, parameter: str, representation: str | None = None) -> None:
        """Shows a parameter too."""
        self._parameters = {**(self._parameters or {}), parameter: representation or parameter}

    def should_report(self, trials: Sequence[Any], done: bool = False) -> bool:
        if done or (self._intermediate and time.monotonic() - self._last >= self._period):
            self._last = time.monotonic()
            return True
        return False

    def report(self, trials: Sequence[Any], done: bool, *sys_info: Any) -> None:
        self._show(self.text(trials, done))

    def text(self, trials: Sequence[Any], done: bool) -> str:
        """The table."""
        counts = {state: sum(trial.status == state for trial in trials) for state in _STATES}
        words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        of = "" if self._total is None else f"/{self._total}"
        lines = [f"== Status: {len(trials)}{of} trials ({words}), {time.time() - self._start:.0f} s"]
        best = self._best(trials)
        if best is not None:
            lines.append(f"Best trial so far: {best.trial_id} with {self._metric}={best.last_result[self._metric]:g} and {best.config}")
        lines.extend(_table(self._table(self._order(trials)), self._width))
        failed = [trial for trial in trials if trial.status == "ERROR"]
        if failed:
            lines.append(f"{len(failed)} trials failed:")
            lines.extend(f"  {trial}: {(trial.error or '').strip().splitlines()[-1:]}" for trial in failed[: self._errors])
        return "\n".join(lines)

    def _show(self, text: str) -> None:
        print(text, flush=True)

    def _best(self, trials: Sequence[Any]) -> Any:
        rated = [trial for trial in trials if self._metric in trial.last_result]
        if not rated or self._mode not in ("min", "max"):
            return None
        return (min if self._mode == "min" else max)(rated, key=lambda trial: trial.last_result[self._metric])

    def _order(self, trials: Sequence[Any]) -> list[Any]:
        order = sorted(trials, key=lambda trial: _STATES.index(trial.status))
        if self._sorted and self._metric is not None:
            sign = 1 if self._mode == "min" else -1
            order = sorted(order, key=lambda trial: sign * trial.last_result.get(self._metric, sign * float("inf")))
        return order

    def _table(self, trials: Sequence[Any]) -> list[list[str]]:
        parameters = self._parameters or _columns(sorted({name for trial in trials for name in trial.evaluated_params})) or {}
        metrics = self._metrics or _columns(_inferred(trials, self._limit)) or {}
        rows = [["trial", "status", *parameters.values(), *metrics.values()]]
        for trial in trials[: self._rows]:
            config = [_cell(trial.evaluated_params.get(name, trial.config.get(name))) for name in parameters]
            rows.append([str(trial), trial.status, *config, *(_cell(trial.last_result.get(name)) for name in metrics)])
        return rows


class JupyterNotebookReporter(CLIReporter):
    """As :class:`CLIReporter`, drawing the table anew in a notebook's cell.

    :param overwrite: draws over the table before.
    """

    def __init__(self, overwrite: bool = True, **named: Any) -> None:
        super().__init__(**named)
        self._overwrite = overwrite

    def _show(self, text: str) -> None:
        if self._overwrite and "IPython" in sys.modules:
            sys.modules["IPython"].display.clear_output(wait=True)
        super()._show(text)


class Reporting(Callback):
    """Has a reporter print as trials go on."""

    def __init__(self, reporter: ProgressReporter, config: Any) -> None:
        self._reporter = reporter
        total = config.num_samples
        reporter.setup(start_time=time.time(), total_samples=total, metric=config.metric, mode=config.mode)

    def on_trial_result(self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any) -> None:
        self._report(trials)

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self._report(trials)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        self._report(trials)

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        self._report(trials, done=True)

    def _report(self, trials: list[Any], done: bool = False) -> None:
        if self._reporter.should_report(trials, done):
            self._reporter.report(trials, done)


def _columns(given: Sequence[str] | Mapping[str, str] | None) -> dict[str, str] | None:
    if given is None:
        return None
    return dict(given) if isinstance(given, Mapping) else {name: name for name in given}


def _inferred(trials: Sequence[Any], limit: int) -> list[str]:
    own = ("timestamp", "time_this_iter_s", "pid")
    names: dict[str, None] = {}
    for trial in trials:
        for name, value in trial.last_result.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and name not in own:
                names[name] = None
    ours = [name for name in names if name not in ("training_iteration", "time_total_s")]
    return [*(name for name in ("training_iteration", "time_total_s") if name in names), *ours[:limit]]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(getattr(value, "__name__", value))


def _table(rows: list[list[str]], width: int) -> list[str]:
    cut = [[cell if len(cell) <= width else f"{cell[: width - 1]}…" for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cut) for column in range(len(cut[0]))]
    return ["  ".join(cell.ljust(size) for cell, size in zip(row, widths)).rstrip() for row in cut]
