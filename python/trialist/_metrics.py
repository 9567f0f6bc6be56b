"""Metrics as they go over the wire."""

from __future__ import annotations

import json
import math
from typing import Any, Mapping

_SAFE = 2**53 - 1


def encode(metrics: Mapping[str, Any]) -> str:
    """Metrics as a JSON object. Raises ``TypeError`` or ``ValueError`` naming the metric that can't be reported."""
    parts = []
    for name, value in metrics.items():
        if type(name) is not str:
            raise TypeError(f"report(): the name of a metric must be a text, not {name!r}")
        kind = type(value)
        if kind is float and math.isfinite(value):
            text = repr(value)
        elif kind is int and -_SAFE <= value <= _SAFE:
            text = str(value)
        else:
            text = _other(name, value)
        parts.append(f"{_name(name)}:{text}")
    return "{" + ",".join(parts) + "}"


def _name(name: str) -> str:
    return f'"{name}"' if name.isidentifier() and name.isascii() else json.dumps(name)


def _other(name: str, value: Any) -> str:
    """What is no plain finite number: booleans, words for what JSON lacks, scalars of NumPy, torch and others."""
    number = _scalar(value)
    if isinstance(number, bool):
        return "1" if number else "0"
    if isinstance(number, int):
        if -_SAFE <= number <= _SAFE:
            return str(int(number))
        raise ValueError(f"report(): metric {name!r} is a whole number beyond 2**53 - 1: report it as a float")
    if isinstance(number, float):
        if math.isfinite(number):
            return repr(float(number))
        return '"NaN"' if math.isnan(number) else '"Infinity"' if number > 0 else '"-Infinity"'
    raise TypeError(
        f"report(): metric {name!r} must be a number, not {type(value).__name__} {_short(value)}: "
        "report numbers only, one name each"
    )


def _scalar(value: Any) -> Any:
    """A Python number from what holds just one, such as a NumPy scalar or a tensor with one element."""
    if isinstance(value, (bool, int, float)):
        return value
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "size", 1) != 0:
        try:
            return item()
        except (TypeError, ValueError, RuntimeError):
            return value
    to_float = getattr(type(value), "__float__", None)
    return float(value) if to_float is not None and not isinstance(value, (str, bytes)) else value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
