"""What came of a trial."""

from __future__ import annotations

from ..tune import Result

__all__ = ["Result"]
