"""A stopper."""

from __future__ import annotations

from .rules import TrialPlateauStopper

__all__ = ["TrialPlateauStopper"]
