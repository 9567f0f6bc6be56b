"""Settings."""

from __future__ import annotations

from ..tune import CheckpointConfig, FailureConfig, RunConfig
from ..tune._names import Unsupported

__all__ = ["CheckpointConfig", "FailureConfig", "RunConfig", "ScalingConfig"]


class ScalingConfig(Unsupported):
    """Several workers for one training: not supported."""

    _instead = 'A trial is one process: tune.with_resources(train, {"cpu": 2}).'
