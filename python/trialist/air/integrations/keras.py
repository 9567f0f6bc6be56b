"""Keras."""

from __future__ import annotations

from ...tune.integration.keras import ReportCheckpointCallback

__all__ = ["ReportCheckpointCallback"]
