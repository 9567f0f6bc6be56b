"""A stopper."""

from __future__ import annotations

from .rules import TimeoutStopper

__all__ = ["TimeoutStopper"]
