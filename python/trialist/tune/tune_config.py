"""How a space is searched."""

from __future__ import annotations

from ._config import ResumeConfig, TuneConfig

__all__ = ["ResumeConfig", "TuneConfig"]
