"""Settings."""

from __future__ import annotations

from typing import Any

from ..tune import CheckpointConfig, FailureConfig, RunConfig

__all__ = ["CheckpointConfig", "FailureConfig", "RunConfig", "ScalingConfig"]


class ScalingConfig:
    """Is there for the scripts that import it; workers of one training on several machines are not supported.

    :raises NotImplementedError: always.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        instead = 'A trial is one process: tune.with_resources(train, {"cpu": 2}).'
        raise NotImplementedError(f"ScalingConfig() is not supported. {instead}")
