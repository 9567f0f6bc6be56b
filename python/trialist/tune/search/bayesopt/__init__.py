"""BayesOptSearch."""

from __future__ import annotations

from .._libraries import BayesOptSearch

__all__ = ["BayesOptSearch"]
