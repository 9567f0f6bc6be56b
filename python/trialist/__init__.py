"""Hyperparameter tuning: what a training script says to the tuner that started it.

Two lines make a script a trial::

    from trialist import report

    report(accuracy=accuracy, step=epoch)

The script runs by hand as before.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Mapping

from . import _metrics, _trial
from ._checkpoint import Checkpoint
from ._client import ProtocolError, TrialStopped
from ._version import VERSION as __version__

__all__ = [
    "Checkpoint",
    "Context",
    "ProtocolError",
    "TrialStopped",
    "__version__",
    "get_checkpoint",
    "get_context",
    "report",
]


def report(
    metrics: Mapping[str, Any] | None = None,
    /,
    *,
    step: float | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    **named: Any,
) -> None:
    """Reports metrics, as a mapping or by name; returns once they are in the experiment's log.

    :param metrics: names to numbers. Booleans count as 0 and 1; scalars of NumPy and torch are taken as numbers; NaN and
        infinities are kept.
    :param step: the resource used so far, such as epochs; grows from report to report. Default: the number of reports.
    :param checkpoint: a folder whose files are kept as the trial's checkpoint at this step. It is copied before this
        returns, and is yours again afterwards. A later attempt of the trial finds it by :func:`get_checkpoint`.
    :raises TrialStopped: when the trial is to end, and at each later call. Let it pass.
    :raises TypeError: for a metric that is no number, by name.

    Outside of a trial it checks its arguments and does nothing else.
    """
    merged = named if metrics is None else {**metrics, **named}
    attempt = _trial.current()
    if attempt is None:
        _metrics.encode(merged)
        return
    attempt.report(merged, step, checkpoint)


def get_checkpoint() -> Checkpoint | None:
    """The checkpoint to go on from, after a failure or a resume; None for a start from nothing."""
    attempt = _trial.current()
    return None if attempt is None else attempt.checkpoint()


@dataclass(frozen=True)
class Context:
    """What a trial knows of itself. Outside of a trial the fields have their defaults."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """The configuration."""
    trial: int | None = None
    """The trial's number, from 0."""
    attempt: int = 1
    """1 for the first start of the trial, more after failures and resumes."""
    seed: int | None = None
    """A whole number below 2**32 that differs by trial and attempt."""
    resources: Mapping[str, Any] = field(default_factory=dict)
    """``cpus``, ``memory`` in bytes or None, ``gpus``: ids of devices."""
    directory: str | None = None
    """The trial's own folder. The current folder stays the user's."""
    should_checkpoint: bool = False
    """The engine asks for a checkpoint with the next report, as the trial is to end after it and go on later."""


def get_context() -> Context:
    """What this trial knows of itself."""
    attempt = _trial.current()
    if attempt is None:
        return Context()
    welcome = attempt.welcome
    return Context(
        config=welcome["config"],
        trial=welcome["trial"],
        attempt=welcome["number"],
        seed=welcome["seed"],
        resources=welcome["resources"],
        directory=welcome["directory"],
        should_checkpoint=attempt.save,
    )
