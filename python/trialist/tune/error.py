"""What can go wrong."""

from __future__ import annotations

from .._engine import TrialistError

TuneError = TrialistError
"""The name that Ray Tune's scripts catch."""

__all__ = ["TuneError"]
