"""A stopper."""

from __future__ import annotations

from .rules import MaximumIterationStopper

__all__ = ["MaximumIterationStopper"]
