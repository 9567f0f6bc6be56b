"""Spaces written in HyperOpt's expressions (``hp.choice``, ``hp.uniform``, …) as parameters of ``tune``."""

from __future__ import annotations

import math
from typing import Any, Callable, Mapping

from .._sample import Categorical
from .._space import Domain, Number


def is_expression(value: Any) -> bool:
    """Whether a value is one of HyperOpt's, which need not be installed to ask."""
    return any(each.__module__ == "hyperopt.pyll.base" and each.__name__ == "Apply" for each in type(value).__mro__)


def has_expressions(space: Mapping[str, Any]) -> bool:
    """Whether there is one in a dict, at any depth."""
    return any(has_expressions(value) if isinstance(value, Mapping) else is_expression(value) for value in space.values())


def converted(space: Mapping[str, Any]) -> dict[str, Any]:
    """The same space in parameters of ``tune``. Labels are of no use here: a parameter is named by its place.

    :raises NotImplementedError: for expressions that are no parameters, by name.
    """
    return {name: _value(value, f"space[{name!r}]") for name, value in space.items()}


def _value(node: Any, path: str) -> Any:
    if isinstance(node, Mapping):
        return {name: _value(value, f"{path}[{name!r}]") for name, value in node.items()}
    if not is_expression(node):
        return node
    if node.name == "literal":
        return node.obj
    if node.name == "dict":
        return {name: _value(value, f"{path}[{name!r}]") for name, value in node.named_args}
    if node.name == "pos_args":
        return tuple(_value(value, f"{path}[{i}]") for i, value in enumerate(node.pos_args))
    if node.name == "switch":
        return _choice(node, path)
    if node.name in ("float", "int"):
        return _number(node.pos_args[0], node.name == "int", path)
    if node.name == "hyperopt_param":
        return _number(node, False, path)
    raise _unknown(node.name, path)


def _choice(node: Any, path: str) -> Domain:
    chosen, *options = node.pos_args
    drawn = chosen.pos_args[1]
    values = [_value(option, f"{path}[{i}]") for i, option in enumerate(options)]
    if drawn.name != "randint":
        weights = [weight.obj for weight in drawn.pos_args[0].pos_args]
        if len(set(weights)) > 1:
            raise _unknown("hp.pchoice", path, "hp.choice, whose options are all equally likely at first")
    return Categorical(values)


def _number(node: Any, whole: bool, path: str) -> Domain:
    if node.name == "float":
        # A whole number is written as an integer of a float.
        return _number(node.pos_args[0], whole, path)
    drawn = node.pos_args[1] if node.name == "hyperopt_param" else node
    if drawn.name not in _NUMBERS:
        raise _unknown(drawn.name, path)
    arguments = [argument.obj for argument in drawn.pos_args]
    arguments += [argument.obj for _, argument in drawn.named_args]
    return _NUMBERS[drawn.name](whole, *arguments)


def _uniform(whole: bool, low: float, high: float, q: float | None = None) -> Number:
    if q is None:
        return Number("uniform", {"low": low, "high": high})
    first, last = round(low / q) * q, round(high / q) * q
    if whole and float(q).is_integer():
        return Number("int", {"low": int(first), "high": int(last)}, step=int(q) if q > 1 else None)
    return Number("uniform", {"low": first, "high": last}, step=q)


def _loguniform(whole: bool, low: float, high: float, q: float | None = None) -> Number:
    return Number("loguniform", {"low": math.exp(low), "high": math.exp(high)}, rounding=q)


def _normal(whole: bool, mu: float, sigma: float, q: float | None = None) -> Number:
    return Number("normal", {"mean": mu, "sd": sigma}, rounding=q)


def _lognormal(whole: bool, mu: float, sigma: float, q: float | None = None) -> Number:
    return Number("lognormal", {"mu": mu, "sigma": sigma}, rounding=q)


def _randint(whole: bool, low: int, high: int | None = None) -> Number:
    first, end = (0, low) if high is None else (low, high)
    return Number("int", {"low": int(first), "high": int(end) - 1})


_NUMBERS: dict[str, Callable[..., Number]] = {
    "uniform": _uniform,
    "quniform": _uniform,
    "loguniform": _loguniform,
    "qloguniform": _loguniform,
    "normal": _normal,
    "qnormal": _normal,
    "lognormal": _lognormal,
    "qlognormal": _lognormal,
    "randint": _randint,
}


def _unknown(name: str, path: str, instead: str = "parameters of tune, such as tune.uniform(0, 1) and tune.choice([…])") -> Exception:
    return NotImplementedError(f"HyperOptSearch(): {name} in {path} is not supported. Write {instead}.")
