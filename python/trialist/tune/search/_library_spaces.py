"""Spaces written as other libraries have them, as parameters of ``tune``."""

from __future__ import annotations

from typing import Any, Mapping

from .._sample import Categorical
from .._space import Domain, Number, has_domains


def searchable(name: str, space: Any) -> dict[str, Any]:
    """A searcher's own space: a dict of ``tune`` parameters, of Optuna's distributions, of bounds, or Ax's list.

    :raises TypeError: for what is none, or has nothing to search.
    """
    if isinstance(space, (list, tuple)) and space and all(isinstance(each, Mapping) and "name" in each for each in space):
        space = {each["name"]: _of_ax(each) for each in space}
    wanted = f'{name}(): space must be a dict of tune parameters, such as {{"lr": tune.loguniform(1e-5, 1e-1)}}'
    if not isinstance(space, dict):
        raise TypeError(f"{wanted}, and is {type(space).__name__}")
    made = {key: _of_optuna(value) for key, value in space.items()}
    if made and not has_domains(made):
        made = {key: Number("uniform", {"low": value[0], "high": value[1]}) if _are_bounds(value) else value for key, value in made.items()}
    if made and not has_domains(made):
        raise TypeError(f"{wanted}, and has none: {space!r}")
    return made


def _of_optuna(value: Any) -> Any:
    """A parameter of one of Optuna's distributions, which need not be installed to ask; other values as they are."""
    kinds = {each.__name__ for each in type(value).__mro__ if each.__module__ == "optuna.distributions"}
    if "CategoricalDistribution" in kinds:
        return Categorical(value.choices).uniform()
    if not kinds & {"FloatDistribution", "IntDistribution"}:
        return value
    whole = "IntDistribution" in kinds
    step = None if value.step is None or (whole and value.step == 1) else value.step
    return _number(whole, value.log, value.low, value.high, step)


def _of_ax(given: Mapping[str, Any]) -> Any:
    """A parameter of Ax's, by its type: ``range``, ``choice`` or ``fixed``."""
    kind = given.get("type")
    if kind == "range":
        low, high = given["bounds"]
        whole = given.get("value_type") == "int" or ("value_type" not in given and isinstance(low, int) and isinstance(high, int))
        return _number(whole, bool(given.get("log_scale")), low, high, None)
    if kind == "choice":
        return Categorical(given["values"]).uniform()
    if kind == "fixed":
        return given["value"]
    raise TypeError(f"AxSearch(): the type of {given['name']} must be 'range', 'choice' or 'fixed', and is {kind!r}")


def _number(whole: bool, log: bool, low: float, high: float, step: float | None) -> Domain:
    kind = ("logint" if log else "int") if whole else "loguniform" if log else "uniform"
    return Number(kind, {"low": low, "high": high}, step)


def _are_bounds(value: Any) -> bool:
    numbers = isinstance(value, (list, tuple)) and len(value) == 2 and all(type(each) in (int, float) for each in value)
    return numbers and value[0] < value[1]
