"""What a trial knows of itself."""

from __future__ import annotations

from ..tune import get_context

__all__ = ["get_context"]
