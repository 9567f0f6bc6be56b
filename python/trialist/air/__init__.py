"""What older scripts import."""

from __future__ import annotations

from ..tune import Checkpoint, CheckpointConfig, FailureConfig, Result, RunConfig
from . import session

__all__ = ["Checkpoint", "CheckpointConfig", "FailureConfig", "Result", "RunConfig", "session"]
