"""A stopper."""

from __future__ import annotations

from .stopper import FunctionStopper

__all__ = ["FunctionStopper"]
