"""A module of Ray's that scripts import from."""

from __future__ import annotations

from .._checkpoint import Checkpoint

__all__ = ["Checkpoint"]
