"""The functions that write a search space."""

from __future__ import annotations

import math
from typing import Any, Sequence

from ._space import Number, Options


def uniform(lower: float, upper: float) -> Number:
    """Floats from ``lower`` to ``upper``, all equally likely."""
    return Number("uniform", _range("uniform", lower, upper))


def quniform(lower: float, upper: float, q: float) -> Number:
    """The multiples of ``q`` from ``lower`` to ``upper``, both included; the bounds are multiples too."""
    return Number("uniform", _range("quniform", lower, upper), _multiples("quniform", lower, upper, q))


def loguniform(lower: float, upper: float, base: float = 10) -> Number:
    """Floats from ``lower``, above 0, to ``upper``, each order of magnitude equally likely.

    :param base: of the logarithm, which is the same distribution with any.
    """
    return Number("loguniform", _positive("loguniform", lower, upper))


def qloguniform(lower: float, upper: float, q: float, base: float = 10) -> Number:
    """As :func:`loguniform`, rounded to multiples of ``q``, which the bounds are too."""
    return Number("loguniform", _positive("qloguniform", lower, upper), _multiples("qloguniform", lower, upper, q))


def randn(mean: float = 0.0, sd: float = 1.0) -> Number:
    """Floats of the normal distribution; at most 6 standard deviations from the mean."""
    if not sd > 0:
        raise ValueError(f"randn(): sd must be above 0, and {sd!r} is not")
    return Number("normal", {"mean": _float("randn", mean), "sd": _float("randn", sd)})


def randint(lower: int, upper: int) -> Number:
    """Integers from ``lower`` to ``upper - 1``, all equally likely."""
    return Number("int", _integers("randint", lower, upper))


def qrandint(lower: int, upper: int, q: int = 1) -> Number:
    """The multiples of ``q`` from ``lower`` to ``upper``, both included, all equally likely."""
    return _steps("qrandint", "int", lower, upper, q)


def lograndint(lower: int, upper: int, base: float = 10) -> Number:
    """Integers from ``lower``, above 0, to ``upper - 1``, each order of magnitude equally likely."""
    _positive("lograndint", lower, upper)
    return Number("logint", _integers("lograndint", lower, upper))


def choice(categories: Sequence[Any]) -> Options:
    """One of some objects of any kind, which differ. A dict with parameters in it is a space of its own."""
    return Options("choice", _listed("choice", categories))


def grid_search(values: Sequence[Any]) -> dict[str, Any]:
    """Every value in turn, crossed with the other grids and with ``num_samples`` samples of the rest."""
    return {"grid_search": _listed("grid_search", values)}


def _listed(call: str, values: Any) -> list[Any]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{call}() takes a list of options, not {values!r}")
    options = list(values)
    if not options:
        raise ValueError(f"{call}() needs at least one option")
    return options


def _float(call: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{call}() takes numbers, not {value!r}") from None
    if math.isfinite(number):
        return number
    raise ValueError(f"{call}() takes finite numbers, not {value!r}")


def _whole(call: str, value: Any) -> int:
    number = _float(call, value)
    if number.is_integer():
        return int(number)
    raise ValueError(f"{call}() takes whole numbers, not {value!r}")


def _range(call: str, lower: Any, upper: Any) -> dict[str, float]:
    low, high = _float(call, lower), _float(call, upper)
    if low < high:
        return {"low": low, "high": high}
    raise ValueError(f"{call}(): lower must be below upper, and {lower!r} is not below {upper!r}")


def _positive(call: str, lower: Any, upper: Any) -> dict[str, float]:
    bounds = _range(call, lower, upper)
    if bounds["low"] > 0:
        return bounds
    raise ValueError(f"{call}(): lower must be above 0, and {lower!r} is not; give the bound itself, not its logarithm")


def _multiples(call: str, lower: Any, upper: Any, q: Any) -> float:
    """The step, of which the bounds are multiples."""
    step = _float(call, q)
    if not step > 0:
        raise ValueError(f"{call}(): q must be above 0, and {q!r} is not")
    for name, bound in (("lower", lower), ("upper", upper)):
        if not math.isclose(bound / step, round(bound / step), abs_tol=1e-9):
            raise ValueError(f"{call}(): {name} must be a multiple of q, and {bound!r} is none of {q!r}")
    return step


def _integers(call: str, lower: Any, upper: Any) -> dict[str, float]:
    low, high = _whole(call, lower), _whole(call, upper) - 1
    if low <= high:
        return {"low": low, "high": high}
    raise ValueError(f"{call}(): upper is excluded and must be above lower, and {upper!r} is not above {lower!r}")


def _steps(call: str, type: str, lower: Any, upper: Any, q: Any) -> Number:
    low, high, step = _whole(call, lower), _whole(call, upper), _whole(call, q)
    if step < 1:
        raise ValueError(f"{call}(): q must be 1 or more, and {q!r} is not")
    low, high = -(-low // step) * step, high // step * step
    if low <= high:
        return Number(type, {"low": low, "high": high}, None if step == 1 else step)
    raise ValueError(f"{call}(): there is no multiple of {q!r} from {lower!r} to {upper!r}")
