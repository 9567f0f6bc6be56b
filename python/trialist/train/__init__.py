"""What training code says, in the words of older scripts."""

from __future__ import annotations

from ..air.config import ScalingConfig
from ..tune import Checkpoint, CheckpointConfig, FailureConfig, Result, RunConfig, SyncConfig, get_checkpoint, get_context, report

__all__ = ["Checkpoint", "CheckpointConfig", "FailureConfig", "Result", "RunConfig", "ScalingConfig", "SyncConfig", "get_checkpoint", "get_context", "report"]
