"""NevergradSearch."""

from __future__ import annotations

from .._libraries import NevergradSearch

__all__ = ["NevergradSearch"]
