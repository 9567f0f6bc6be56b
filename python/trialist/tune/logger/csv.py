"""CSVLoggerCallback."""

from __future__ import annotations

from .logger import CSVLoggerCallback

__all__ = ["CSVLoggerCallback"]
