"""Population based bandits."""

from __future__ import annotations

from .pbt import PB2

__all__ = ["PB2"]
