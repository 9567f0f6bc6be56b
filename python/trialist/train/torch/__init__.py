"""PyTorch. Several workers for one training are not supported."""

from __future__ import annotations

from ...tune._names import Unsupported


class TorchTrainer(Unsupported):
    """Trains with several workers: not supported."""

    _instead = "A trial is one process: give its function to tune.Tuner() as it is."


class TorchConfig(TorchTrainer):
    """How workers find each other: not supported."""


__all__ = ["TorchConfig", "TorchTrainer"]
