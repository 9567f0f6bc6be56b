"""TuneBOHB."""

from __future__ import annotations

from .._libraries import TuneBOHB

__all__ = ["TuneBOHB"]
