"""AxSearch."""

from __future__ import annotations

from .._libraries import AxSearch

__all__ = ["AxSearch"]
