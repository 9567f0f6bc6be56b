"""Settings."""

from __future__ import annotations

from ..tune import CheckpointConfig, FailureConfig, RunConfig

__all__ = ["CheckpointConfig", "FailureConfig", "RunConfig"]
