"""What older scripts import."""

from __future__ import annotations

from ..tune import Checkpoint, CheckpointConfig, FailureConfig, Result, RunConfig
from . import session
from .config import ScalingConfig

__all__ = ["Checkpoint", "CheckpointConfig", "FailureConfig", "Result", "RunConfig", "ScalingConfig", "session"]
