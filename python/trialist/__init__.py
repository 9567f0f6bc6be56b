"""Hyperparameter tuning: what training code says to the tuner that runs it.

Two lines make a script a trial::

    from trialist import report

    report(accuracy=accuracy, step=epoch)

The script runs by hand as before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Mapping

from . import _checkpoint, _metrics, _trial
from ._checkpoint import Checkpoint
from ._client import ProtocolError, TrialStopped
from ._context import Context
from ._version import VERSION as __version__

__all__ = [
    "Best",
    "Checkpoint",
    "Context",
    "ProtocolError",
    "Study",
    "Trial",
    "TrialStopped",
    "TrialistError",
    "__version__",
    "choice",
    "get_checkpoint",
    "get_context",
    "lograndint",
    "loguniform",
    "minimize",
    "quniform",
    "randint",
    "randn",
    "report",
    "uniform",
]

if TYPE_CHECKING:
    from ._engine import TrialistError
    from ._study import Best, Study, Trial, minimize
    from .tune._domains import choice, lograndint, loguniform, quniform, randint, randn, uniform

# Training code imports this module in each trial: what searches is loaded where it is used.
_LATER = {
    "._engine": ("TrialistError",),
    "._study": ("Best", "Study", "Trial", "minimize"),
    ".tune._domains": ("choice", "lograndint", "loguniform", "quniform", "randint", "randn", "uniform"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _LATER.items():
        if name in names:
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module 'trialist' has no attribute {name!r}")


def report(
    metrics: Mapping[str, Any] | None = None,
    /,
    *,
    step: float | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    **named: Any,
) -> None:
    """Reports metrics, as a mapping or by name; returns once they are in the experiment's log.

    Outside of a trial it prints them as a line, ``step=3 loss=0.25``. In processes that a trial started, such as the
    further ranks of a distributed training, it only checks them: the trial's own process reports.

    :param metrics: names to numbers. Booleans count as 0 and 1; scalars of NumPy and torch are taken as numbers; NaN
        and infinities are kept.
    :param step: the resource used so far, such as epochs; grows from report to report. Default: the number of reports.
    :param checkpoint: a folder whose files are kept as the trial's checkpoint at this step. It is copied before this
        returns, and is yours again afterwards. A later attempt of the trial finds it by :func:`get_checkpoint`. Trials share the
        current folder, so it must be one to which no other trial writes at the time: a temporary one, or one of the trial's own.
    :param named: further metrics. ``step`` and ``checkpoint`` are taken: metrics of these names go in the mapping.
    :raises TrialStopped: when the trial is to end, and at each later call. Let it pass.
    :raises TypeError: for a metric that is no number, by name.
    :raises ValueError: for a whole number beyond 2**53 - 1, and for a checkpoint that holds a link to a directory.
    :raises OSError: for a checkpoint that can't be copied; where space is missing the call waits for it instead.
    :raises ProtocolError: where the engine refuses the report or the process.
    """
    if metrics is None:
        metrics = named
        if not named and checkpoint is None:
            raise TypeError("report() needs metrics: report(loss=0.25) or report({'loss': 0.25})")
    elif not isinstance(metrics, Mapping):
        raise TypeError(f"report() takes a mapping or names, report(loss=0.25), and not {type(metrics).__name__}")
    elif named:
        metrics = {**metrics, **named}
    attempt = _trial.reporting()
    if attempt is not None:
        attempt.report(metrics, step, checkpoint)
    else:
        _report_outside(metrics, step, checkpoint)


def get_checkpoint() -> Checkpoint | None:
    """The checkpoint to go on from, after a failure or a resume; None at a first start and outside of a trial."""
    attempt = _trial.current()
    return None if attempt is None else attempt.checkpoint()


def get_context() -> Context:
    """What this trial knows of itself. Outside of a trial its ``trial`` is None."""
    return Context(_trial.current())


def _report_outside(metrics: Mapping[str, Any], step: Any, checkpoint: Any) -> None:
    """Checks what a trial's report would check, and prints it where the script was started by hand."""
    shown = {} if step is None else {"step": _metrics.number("step", step)}
    for name, value in metrics.items():
        _metrics.encode({name: value})
        shown[name] = _metrics.number(name, value).strip('"')
    if checkpoint is not None:
        shown["checkpoint"] = _checkpoint.folder_of(checkpoint)
    if not _trial.in_trial():
        print(*(f"{name}={value}" for name, value in shown.items()), flush=True)
