"""HyperOptSearch."""

from __future__ import annotations

from .._libraries import HyperOptSearch

__all__ = ["HyperOptSearch"]
