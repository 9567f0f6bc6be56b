"""Experiments and their trials, as searchers, schedulers and callbacks see them."""

from __future__ import annotations

from .experiment import Experiment
from .trial import Trial

__all__ = ["Experiment", "Trial"]
