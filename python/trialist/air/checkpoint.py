"""Checkpoints."""

from __future__ import annotations

from ..tune import Checkpoint

__all__ = ["Checkpoint"]
