"""SMACSearch."""

from __future__ import annotations

from .._libraries import SMACSearch

__all__ = ["SMACSearch"]
