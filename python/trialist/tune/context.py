"""What a trial knows of itself."""

from __future__ import annotations

from ._context import TuneContext, get_context

__all__ = ["TuneContext", "get_context"]
