"""XGBoost's callback, where newer scripts import it from."""

from __future__ import annotations

from ...tune.integration.xgboost import TuneReportCheckpointCallback as RayTrainReportCallback

__all__ = ["RayTrainReportCallback"]
