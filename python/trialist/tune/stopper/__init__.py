"""What ends trials, or the experiment, by a rule of its own."""

from __future__ import annotations

from .rules import ExperimentPlateauStopper, MaximumIterationStopper, TimeoutStopper, TrialPlateauStopper
from .stopper import CombinedStopper, FunctionStopper, NoopStopper, Stopper

__all__ = [
    "CombinedStopper",
    "ExperimentPlateauStopper",
    "FunctionStopper",
    "MaximumIterationStopper",
    "NoopStopper",
    "Stopper",
    "TimeoutStopper",
    "TrialPlateauStopper",
]
