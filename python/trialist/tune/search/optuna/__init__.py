"""OptunaSearch."""

from __future__ import annotations

from .._libraries import OptunaSearch

__all__ = ["OptunaSearch"]
