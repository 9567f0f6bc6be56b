"""What came of an experiment."""

from __future__ import annotations

from ._results import ResultGrid

__all__ = ["ResultGrid"]
