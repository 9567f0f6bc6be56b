"""A stopper."""

from __future__ import annotations

from .stopper import NoopStopper

__all__ = ["NoopStopper"]
