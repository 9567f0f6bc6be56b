"""JsonLoggerCallback."""

from __future__ import annotations

from .logger import JsonLoggerCallback

__all__ = ["JsonLoggerCallback"]
