"""HEBOSearch."""

from __future__ import annotations

from .._libraries import HEBOSearch

__all__ = ["HEBOSearch"]
