"""Keras's callback, where newer scripts import it from."""

from __future__ import annotations

from ...tune.integration.keras import ReportCheckpointCallback

__all__ = ["ReportCheckpointCallback"]
