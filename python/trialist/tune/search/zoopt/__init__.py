"""ZOOptSearch."""

from __future__ import annotations

from .._libraries import ZOOptSearch

__all__ = ["ZOOptSearch"]
