"""Reports in Ray Tune's form: nested metrics, and values that are no numbers."""

from __future__ import annotations

import json
import os
from typing import Any, Mapping

from .. import report as _report
from .. import _trial
from .._checkpoint import Checkpoint
from .._metrics import _SAFE, _scalar, number
from ._config import ITERATIONS

VALUES = "values.jsonl"
"""The file in a trial's folder with what it reported beside numbers."""


def report(
    metrics: Mapping[str, Any] | None = None,
    *,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    **named: Any,
) -> None:
    """Reports metrics, as a mapping or by name, and with them perhaps a checkpoint. Each call is one iteration.

    As :func:`trialist.report`, but that ``step`` is a metric like any other here, that mappings in it become metrics such as
    ``eval/loss``, and that what is no number, such as a text, is kept beside the experiment's log: results show it, nothing
    can be optimised by it. ``done=True`` ends the trial.

    :param metrics: names to numbers, mappings of these, or other values.
    :param checkpoint: a folder, or ``Checkpoint.from_directory(folder)``, whose files are kept.
    :param named: further metrics.
    :raises TypeError: where ``metrics`` is no mapping, the metric that is optimised is no number, or ``checkpoint`` is misspelt.
    """
    for name, value in named.items():
        _check_no_checkpoint(name, value)
    if named and (metrics is None or isinstance(metrics, Mapping)):
        metrics = {**(metrics or {}), **named}
    if not isinstance(metrics, Mapping):
        _report(metrics, checkpoint=checkpoint)
        return
    numbers, done = taken(metrics)
    _report(numbers, checkpoint=checkpoint)
    if done:
        raise SystemExit(0)


def _check_no_checkpoint(name: str, value: Any) -> None:
    """A misspelt ``checkpoint`` is no metric: what was to be kept would be lost without a word."""
    if isinstance(value, (str, os.PathLike)):
        import difflib

        misspelt = bool(difflib.get_close_matches(name, ["checkpoint"], 1, 0.8))
    else:
        misspelt = isinstance(value, Checkpoint)
    if misspelt:
        raise TypeError(f"report() has no argument {name!r}. Did you mean 'checkpoint'?")


def taken(metrics: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The numbers of a report; all else is kept aside. Answers whether it says that the trial is done, too."""
    numbers: dict[str, Any] = {}
    others: dict[str, Any] = {}
    if all(type(value) is float or (type(value) is int and -_SAFE <= value <= _SAFE) for value in metrics.values()):
        numbers.update(metrics)
    else:
        _flatten(metrics, "", numbers, others)
    attempt = _trial.current()
    done = bool(numbers.get("done", False))
    if attempt is not None:
        attempt.iterations += 1
        # None says that there is no value yet.
        if others.get(attempt.welcome["metric"]) is not None:
            number(f"metric {attempt.welcome['metric']!r}", others[attempt.welcome["metric"]])
        if attempt.welcome["metric"] == ITERATIONS:
            numbers[ITERATIONS] = attempt.iterations
        if others and attempt.welcome["directory"] is not None:
            _keep(attempt.welcome["directory"], attempt.iterations, others)
    return numbers, done


def final(returned: Any, metric: str) -> Any:
    """What a function returned, as a last report; where nothing is optimised a function may return without any."""
    if returned is not None and not isinstance(returned, Mapping):
        returned = {metric if metric != ITERATIONS else "_metric": returned}
    attempt = _trial.current()
    if returned is None:
        empty = attempt is not None and metric == ITERATIONS and attempt.iterations == 0
        return {ITERATIONS: 0} if empty else None
    return taken(returned)[0]


def _flatten(metrics: Mapping[Any, Any], path: str, numbers: dict[str, Any], others: dict[str, Any]) -> None:
    for name, value in metrics.items():
        whole = f"{path}/{name}" if path else name
        if isinstance(value, Mapping):
            _flatten(value, whole, numbers, others)
        elif value is None or isinstance(_scalar(value), (str, bytes)) or not _is_number(value):
            others[whole] = value
        else:
            numbers[whole] = value


def _is_number(value: Any) -> bool:
    """Whether the log holds it. A larger whole number, such as a time in nanoseconds, would lose digits there."""
    scalar = _scalar(value)
    return isinstance(scalar, float) or (isinstance(scalar, int) and -_SAFE <= scalar <= _SAFE)


def _keep(directory: str, iteration: int, values: Mapping[str, Any]) -> None:
    line = json.dumps({"iteration": iteration, "values": values}, default=_plain)
    with open(os.path.join(directory, VALUES), "a", encoding="utf-8") as file:
        file.write(line + "\n")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, (set, frozenset, range)) else repr(value)
