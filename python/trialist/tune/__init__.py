"""Tuning in Ray Tune's words, on an engine of our own::

    from trialist import tune

    def train(config):
        tune.report(loss=(config["x"] - 0.3) ** 2)

    tuner = tune.Tuner(
        train,
        param_space={"x": tune.uniform(0, 1)},
        tune_config=tune.TuneConfig(metric="loss", mode="min", num_samples=10),
    )
    print(tuner.fit().get_best_result().config)
"""

from __future__ import annotations

import os
from typing import Any, Mapping

from .. import Checkpoint, get_checkpoint, get_context
from .. import report as _report
from .._engine import TrialistError
from . import schedulers
from ._config import CheckpointConfig, FailureConfig, RunConfig, TuneConfig
from ._domains import (
    choice,
    grid_search,
    lograndint,
    loguniform,
    qloguniform,
    qrandint,
    quniform,
    randint,
    randn,
    uniform,
)
from ._results import Result, ResultGrid, TrialError
from ._tuner import Tuner

__all__ = [
    "Checkpoint",
    "CheckpointConfig",
    "FailureConfig",
    "Result",
    "ResultGrid",
    "RunConfig",
    "TrialError",
    "TrialistError",
    "TuneConfig",
    "Tuner",
    "choice",
    "get_checkpoint",
    "get_context",
    "grid_search",
    "lograndint",
    "loguniform",
    "qloguniform",
    "qrandint",
    "quniform",
    "randint",
    "randn",
    "report",
    "schedulers",
    "uniform",
]


def report(
    metrics: Mapping[str, Any] | None = None,
    *,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    **named: Any,
) -> None:
    """Reports metrics, as a mapping or by name, and with them perhaps a checkpoint. Each call is one iteration.

    As :func:`trialist.report`, but that ``step`` is a metric like any other here.

    :param metrics: names to numbers.
    :param checkpoint: a folder, or ``Checkpoint.from_directory(folder)``, whose files are kept.
    :param named: further metrics.
    """
    if named and (metrics is None or isinstance(metrics, Mapping)):
        metrics = {**(metrics or {}), **named}
    _report(metrics, checkpoint=checkpoint)
