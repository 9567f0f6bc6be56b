"""Helpers."""

from __future__ import annotations

from . import wait_for_gpu, validate_save_restore, diagnose_serialization

__all__ = ["diagnose_serialization", "validate_save_restore", "wait_for_gpu"]
