"""TBXLoggerCallback."""

from __future__ import annotations

from .logger import TBXLoggerCallback

__all__ = ["TBXLoggerCallback"]
