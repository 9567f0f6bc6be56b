"""What is tuned: classes, and functions with what belongs to them."""

from __future__ import annotations

from .trainable import Trainable
from .util import with_parameters, with_resources

__all__ = ["Trainable", "with_parameters", "with_resources"]
