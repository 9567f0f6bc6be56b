"""The kinds of parameters."""

from __future__ import annotations

from .._sample import Categorical, Float, Function, Integer
from .._space import Domain
from .._domains import choice, lograndint, loguniform, qlograndint, qloguniform, qrandint, qrandn, quniform, randint, randn, sample_from, uniform

__all__ = ["Categorical", "Domain", "Float", "Function", "Integer", "choice", "lograndint", "loguniform", "qlograndint", "qloguniform", "qrandint", "qrandn", "quniform", "randint", "randn", "sample_from", "uniform"]
