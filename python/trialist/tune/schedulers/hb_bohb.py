"""HyperBand as BOHB has it."""

from __future__ import annotations

from .hyperband import HyperBandForBOHB

__all__ = ["HyperBandForBOHB"]
