"""Reports of a training with several workers, which are not supported."""

from __future__ import annotations

from .._names import Unsupported


class TuneReportCallback(Unsupported):
    """Passes on what the workers of one training report: not supported."""

    _instead = "A trial is one process: tune.report() in its function."


__all__ = ["TuneReportCallback"]
