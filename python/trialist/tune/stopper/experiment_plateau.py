"""A stopper."""

from __future__ import annotations

from .rules import ExperimentPlateauStopper

__all__ = ["ExperimentPlateauStopper"]
