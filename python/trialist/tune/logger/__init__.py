"""Where reports are written besides the experiment's log."""

from __future__ import annotations

from .logger import (
    CSVLoggerCallback,
    EngineLogger,
    JsonLoggerCallback,
    LoggerCallback,
    TBXLoggerCallback,
)

TensorBoardLoggerCallback = TBXLoggerCallback
DEFAULT_LOGGERS = (JsonLoggerCallback, CSVLoggerCallback, TBXLoggerCallback)

__all__ = [
    "DEFAULT_LOGGERS",
    "CSVLoggerCallback",
    "EngineLogger",
    "JsonLoggerCallback",
    "LoggerCallback",
    "TBXLoggerCallback",
    "TensorBoardLoggerCallback",
]
