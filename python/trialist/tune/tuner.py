"""Runs experiments."""

from __future__ import annotations

from ._tuner import Tuner

__all__ = ["Tuner"]
