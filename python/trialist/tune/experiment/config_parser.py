"""Trials."""

from __future__ import annotations

from .trial import Trial

__all__ = ["Trial"]
