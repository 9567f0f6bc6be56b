"""The functions that write a search space."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ._sample import Categorical, Float, Function, Integer, listed


def uniform(lower: float, upper: float) -> Float:
    """Floats from ``lower`` to ``upper``, all equally likely."""
    return Float(lower, upper).uniform()


def quniform(lower: float, upper: float, q: float) -> Float:
    """The multiples of ``q`` from ``lower`` to ``upper``, both included; the bounds are multiples too."""
    return Float(lower, upper).uniform().quantized(q)


def loguniform(lower: float, upper: float, base: float = 10) -> Float:
    """Floats from ``lower``, above 0, to ``upper``, each order of magnitude equally likely.

    :param base: of the logarithm, which is the same distribution with any.
    """
    return Float(lower, upper).loguniform(base)


def qloguniform(lower: float, upper: float, q: float, base: float = 10) -> Float:
    """As :func:`loguniform`, rounded to multiples of ``q``, which the bounds are too."""
    return Float(lower, upper).loguniform(base).quantized(q)


def randn(mean: float = 0.0, sd: float = 1.0) -> Float:
    """Floats of the normal distribution; at most 6 standard deviations from the mean."""
    return Float(None, None).normal(mean, sd)


def qrandn(mean: float, sd: float, q: float) -> Float:
    """As :func:`randn`, rounded to multiples of ``q``."""
    return Float(None, None).normal(mean, sd).quantized(q)


def randint(lower: int, upper: int) -> Integer:
    """Integers from ``lower`` to ``upper - 1``, all equally likely."""
    return Integer(lower, upper).uniform()


def qrandint(lower: int, upper: int, q: int = 1) -> Integer:
    """The multiples of ``q`` from ``lower`` to ``upper``, all equally likely; ``upper`` is excluded where ``q`` is 1."""
    return Integer(lower, upper).uniform().quantized(q)


def lograndint(lower: int, upper: int, base: float = 10) -> Integer:
    """Integers from ``lower``, above 0, to ``upper - 1``, each order of magnitude equally likely."""
    return Integer(lower, upper).loguniform(base)


def qlograndint(lower: int, upper: int, q: int, base: float = 10) -> Integer:
    """As :func:`qrandint`, each order of magnitude equally likely."""
    return Integer(lower, upper).loguniform(base).quantized(q)


def choice(categories: Sequence[Any]) -> Categorical:
    """One of some objects of any kind, which differ. A dict with parameters in it is a space of its own."""
    return Categorical(categories).uniform()


def sample_from(func: Callable[..., Any]) -> Function:
    """What a function answers, which may look at the values that are known already: ``lambda config: 2 * config["x"]``.

    :param func: takes the configuration as far as it is known, or nothing. It may answer parameters, too.
    """
    return Function(func)


def grid_search(values: Sequence[Any]) -> dict[str, Any]:
    """Every value in turn, crossed with the other grids and with ``num_samples`` samples of the rest."""
    return {"grid_search": listed("grid_search", values)}
