"""Comet, which is not supported."""

from __future__ import annotations

from ...tune._names import Unsupported


class CometLoggerCallback(Unsupported):
    """Is there for the scripts that import it."""

    _instead = (
        "Start a comet_ml.Experiment at the beginning of the trial and log to it beside tune.report(…), or log to MLflow or TensorBoard."
    )
