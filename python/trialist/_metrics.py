"""Metrics as they go over the wire."""

from __future__ import annotations

import json
import math
from typing import Any, Mapping

_SAFE = 2**53 - 1

# Names as JSON, so that a loop of reports does not quote them again and again.
_names: dict[str, str] = {}
_NAMES_KEPT = 1_000


def encode(metrics: Mapping[str, Any]) -> str:
    """Metrics as a JSON object.

    :param metrics: names to numbers: ``int``, ``float``, ``bool`` (0 or 1), or a scalar of NumPy, torch and the like.
    :raises TypeError: naming what is no number.
    :raises ValueError: naming a whole number beyond ±(2**53 - 1), which not every reader would keep exactly.
    """
    parts = []
    for name, value in metrics.items():
        key = _names.get(name) if type(name) is str else None
        if key is None:
            key = _key(name)
        if type(value) is float and value - value == 0.0:
            parts.append(key + repr(value))
        else:
            parts.append(key + number(f"metric {name!r}", value))
    return "{" + ",".join(parts) + "}"


def number(what: str, value: Any) -> str:
    """A number as JSON; NaN and infinities as the words that stand for them.

    :param what: names the value in the message of an error.
    :raises TypeError: where it is no number.
    :raises ValueError: where it is a whole number beyond ±(2**53 - 1).
    """
    scalar = _scalar(value)
    if isinstance(scalar, bool):
        return "1" if scalar else "0"
    if isinstance(scalar, int):
        if -_SAFE <= scalar <= _SAFE:
            return int.__repr__(scalar)
        raise ValueError(f"report(): {what} is a whole number beyond 2**53 - 1: report float(…) of it")
    if isinstance(scalar, float):
        if math.isfinite(scalar):
            return float.__repr__(scalar)
        return '"NaN"' if scalar != scalar else '"Infinity"' if scalar > 0 else '"-Infinity"'
    raise TypeError(f"report(): {what} must be a number, and is {_described(value)}")


def _key(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"report(): the name of a metric must be a text, and {name!r} is {_described(name)}")
    key = json.dumps(str(name)) + ":"
    if len(_names) >= _NAMES_KEPT:
        _names.clear()
    _names[name] = key
    return key


def _scalar(value: Any) -> Any:
    """A Python number of what holds just one, such as a NumPy scalar or a tensor with one element; else the value."""
    if isinstance(value, (bool, int, float, str, bytes)):
        return value
    try:
        if callable(getattr(value, "item", None)):
            return value.item()
        if hasattr(type(value), "__float__"):
            return float(value)
    except (TypeError, ValueError, RuntimeError):
        # An array of several elements, which is no number.
        pass
    return value


def _described(value: Any) -> str:
    kind = type(value).__name__
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{kind} of shape {tuple(shape)}: report one number of it, such as its mean"
    try:
        text = repr(value)
    except Exception:
        return kind
    return f"{kind}: {text if len(text) <= 80 else text[:77] + '…'}"
