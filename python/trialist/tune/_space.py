"""Search spaces in Python's words: what they are as JSON for the engine, and what its configurations are in Python.

The engine knows numbers, texts and JSON. All else in a space, such as a class or a tuple, it knows by an id and a name,
and numbers come back as JSON has them. :func:`decode` puts the user's own objects and types in their places again.
"""

from __future__ import annotations

import math
import random
import sys
from statistics import NormalDist
from typing import Any, Iterator, Mapping, Sequence

_EXACT = 2**53 - 1
_LABEL_LENGTH = 60
_DEPTH = 50
_BOUNDED = ("uniform", "loguniform", "int", "logint")


class Domain:
    """A parameter: what values it may have."""

    def json(self, path: str) -> dict[str, Any]:
        """Its definition for the engine; ``path`` says where it stands."""
        raise NotImplementedError

    def decode(self, value: Any) -> Any:
        """A value that the engine chose, as the user wrote it."""
        raise NotImplementedError

    def accepts(self, value: Any) -> bool:
        """Whether the engine may have chosen this value."""
        raise NotImplementedError

    @property
    def size(self) -> float:
        """How many values there are; infinite for floats."""
        raise NotImplementedError

    def draw(self, draws: Draws) -> Any:
        """One value, at random."""
        raise NotImplementedError

    def sample(self, config: Any = None, size: int = 1, random_state: Any = None) -> Any:
        """Values at random: one, or a list of ``size`` where that is above 1.

        :param random_state: a seed, or a generator of ``random`` or NumPy. Default: NumPy's global one, or Python's.
        """
        draws = Draws(random_state)
        return self.draw(draws) if size == 1 else [self.draw(draws) for _ in range(size)]

    def is_valid(self, value: Any) -> bool:
        """Whether a value is one of the parameter's."""
        return self.accepts(value)

    @property
    def domain_str(self) -> str:
        """The parameter in words."""
        return repr(self)


class Draws:
    """Random numbers of whatever source.

    :param state: a seed, or a generator of ``random`` or NumPy. None: NumPy's global one where it is loaded, else Python's.
    """

    source: Any

    def __init__(self, state: Any = None) -> None:
        if state is None and "numpy" in sys.modules:
            state = sys.modules["numpy"].random
        elif state is None:
            state = random
        elif isinstance(state, Draws):
            state = state.source
        elif isinstance(state, int) or type(state).__name__.startswith("int"):
            state = random.Random(int(state))
        self.source = state

    def unit(self) -> float:
        """A float in [0, 1)."""
        return float(self.source.random())

    def index(self, n: int) -> int:
        """A whole number from 0 to ``n - 1``."""
        return min(n - 1, int(self.unit() * n))

    def normal(self) -> float:
        """A float of the standard normal distribution."""
        return NormalDist().inv_cdf(max(self.unit(), 2.0**-53))


class Number(Domain):
    """Floats or integers in a range, or with a normal distribution.

    :param type: of ``uniform, loguniform, normal, lognormal, int, logint``.
    :param bounds: the two that the type has, by name.
    :param step: None, or what all values are multiples of, from the lower bound on.
    :param rounding: None, or what values are rounded to multiples of once they are chosen.
    """

    def __init__(
        self, type: str, bounds: Mapping[str, float], step: float | None = None, rounding: float | None = None
    ) -> None:
        self.type = type
        self.bounds = dict(bounds)
        self.step = step
        self.rounding = rounding

    @property
    def whole(self) -> bool:
        return self.type in ("int", "logint")

    def json(self, path: str) -> dict[str, Any]:
        return {"type": self.type, **self.bounds, **({} if self.step is None else {"step": self.step})}

    def decode(self, value: Any) -> int | float:
        if self.rounding is not None:
            return round(value / self.rounding) * self.rounding
        return int(value) if self.whole else float(value)

    def accepts(self, value: Any) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    def is_valid(self, value: Any) -> bool:
        if not self.accepts(value):
            return False
        if self.type not in _BOUNDED:
            return self.type == "normal" or value > 0
        whole = not self.whole or float(value).is_integer()
        return whole and self.bounds["low"] <= value <= self.bounds["high"]

    def draw(self, draws: Draws) -> int | float:
        if self.type == "normal":
            return self.decode(self.bounds["mean"] + self.bounds["sd"] * draws.normal())
        if self.type == "lognormal":
            return self.decode(math.exp(self.bounds["mu"] + self.bounds["sigma"] * draws.normal()))
        low, high = self.bounds["low"], self.bounds["high"]
        step = self.step or (1 if self.whole else None)
        # Each multiple has an interval of its own; the outermost are as wide as the others.
        first, last = (low, high) if step is None else (low - (step / 2), high + (step / 2))
        if self.type in ("loguniform", "logint"):
            first = max(first, low / 2)
            value = math.exp(math.log(first) + draws.unit() * (math.log(last) - math.log(first)))
        else:
            value = first + draws.unit() * (last - first)
        if step is not None:
            value = low + round((value - low) / step) * step
        return self.decode(min(max(value, low), high))

    @property
    def size(self) -> float:
        if self.type not in _BOUNDED or not (self.whole or self.step):
            return math.inf
        low, high = self.bounds["low"], self.bounds["high"]
        return math.floor((high - low) / (self.step or 1) + 1e-9) + 1

    def __repr__(self) -> str:
        step = "" if self.step is None else f", step={self.step:g}"
        return f"{self.type}({', '.join(f'{bound:g}' for bound in self.bounds.values())}{step})"


class Options(Domain):
    """One of some objects of any kind. Those that are dicts with parameters in them are spaces of their own.

    :param type: ``choice``, or ``grid`` for every one in turn.
    """

    def __init__(self, type: str, options: Sequence[Any]) -> None:
        self.type = type
        self.options = list(options)

    def json(self, path: str) -> dict[str, Any]:
        return {"type": self.type, "options": [self._option(f"{path}[{i}]", i) for i in range(len(self.options))]}

    def decode(self, value: Any) -> Any:
        option = self.options[self._index(value)]
        return decode(option, value) if has_domains(option) else _own(option)

    def accepts(self, value: Any) -> bool:
        return self._find(value) is not None

    def is_valid(self, value: Any) -> bool:
        return any(option is value or option == value for option in self.options)

    def draw(self, draws: Draws) -> Any:
        return self.options[draws.index(len(self.options))]

    @property
    def size(self) -> float:
        return sum(size(option) if has_domains(option) else 1 for option in self.options)

    def _option(self, path: str, index: int) -> Any:
        option = self.options[index]
        if isinstance(option, Domain):
            raise ValueError(f"{path}: a parameter can't be an option by itself: wrap it in a dict, {{'value': …}}")
        if has_domains(option):
            return {"space": entries(option, path)}
        if is_json(option):
            return {"value": option} if isinstance(option, dict) else option
        return {"opaque": str(index), "label": label(option)}

    def _index(self, value: Any) -> int:
        index = self._find(value)
        if index is None:
            raise LookupError(f"{value!r} is none of {self.options!r}")
        return index

    def _find(self, value: Any) -> int | None:
        if isinstance(value, dict) and value.keys() == {"opaque", "label"}:
            return int(value["opaque"])
        for i, option in enumerate(self.options):
            if accepts(option, value) if has_domains(option) else is_json(option) and _same(option, value):
                return i
        return None

    def __repr__(self) -> str:
        return f"{self.type}({self.options!r})"


def space_json(space: Mapping[str, Any]) -> dict[str, Any]:
    """A search space as the engine's JSON.

    :raises TypeError: for names that are no texts.
    :raises ValueError: for parameters where there can't be any.
    """
    return {"version": 1, "parameters": entries(space, "param_space")}


def entries(space: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The parameters of a dict."""
    for name in space:
        if not isinstance(name, str):
            raise TypeError(f"{path}: names of parameters are texts, and {name!r} is none")
    return {name: _entry(value, f"{path}[{name!r}]") for name, value in space.items()}


def decode(space: Any, config: Any) -> Any:
    """A configuration of the engine's in the types and with the objects of the space that it is of."""
    space = _parameter(space)
    if isinstance(space, Domain):
        return space.decode(config)
    if _is_nested(space):
        return {name: decode(value, config[name]) for name, value in space.items()}
    return _own(space)


def encode(space: Any, config: Any, path: str = "param_space") -> Any:
    """A configuration of the user's in the engine's form; the inverse of :func:`decode`.

    :raises ValueError: naming what is none of a parameter's options, and what is missing.
    """
    space = _parameter(space)
    if isinstance(space, Options):
        place = next((i for i, option in enumerate(space.options) if option is config or option == config), None)
        if place is None:
            raise ValueError(f"{path}: {config!r} is none of {space.options!r}")
        option = space.options[place]
        return option if is_json(option) else {"opaque": str(place), "label": label(option)}
    if isinstance(space, Domain):
        return config.item() if hasattr(config, "item") else config
    if _is_nested(space):
        return {name: encode(value, _of(config, name, value, path), f"{path}[{name!r}]") for name, value in space.items()}
    return space if is_json(space) else {"opaque": path, "label": label(space)}


def _of(config: Any, name: str, value: Any, path: str) -> Any:
    """What a configuration has of a name; constants need not be said again."""
    if isinstance(config, Mapping) and name in config:
        return config[name]
    if isinstance(_parameter(value), Domain) or has_domains(value):
        raise ValueError(f"{path}: the configuration {config!r} has no {name!r}")
    return value


def accepts(space: Any, config: Any) -> bool:
    """Whether a configuration of the engine's is one of this space."""
    space = _parameter(space)
    if isinstance(space, Domain):
        return space.accepts(config)
    if _is_nested(space):
        same_names = isinstance(config, dict) and config.keys() == space.keys()
        return same_names and all(accepts(value, config[name]) for name, value in space.items())
    return _same(space, config) if is_json(space) else isinstance(config, dict) and config.get("label") == label(space)


def size(space: Any) -> float:
    """How many configurations there are."""
    space = _parameter(space)
    if isinstance(space, Domain):
        return space.size
    return math.prod(size(value) for value in space.values()) if _is_nested(space) else 1


def grid_size(space: Any) -> int:
    """How many combinations of the grids there are."""
    space = _parameter(space)
    if isinstance(space, Options):
        return len(space.options) if space.type == "grid" else 1
    return math.prod(grid_size(value) for value in space.values()) if _is_nested(space) else 1


def has_domains(value: Any, depth: int = 0) -> bool:
    """Whether a dict has a parameter in it, at any depth."""
    if not isinstance(value, dict) or depth > _DEPTH:
        return False
    inner = (_parameter(item) for item in value.values())
    return any(isinstance(item, Domain) or has_domains(item, depth + 1) for item in inner)


def is_json(value: Any) -> bool:
    """Whether a value is just the same after a journey as JSON, its types included."""
    if value is None or type(value) in (bool, str):
        return True
    if type(value) is int:
        return abs(value) <= _EXACT
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(map(is_json, value))
    return type(value) is dict and all(type(name) is str and is_json(item) for name, item in value.items())


def label(value: Any) -> str:
    """A short name of an object, for people."""
    name = getattr(value, "__name__", None)
    text = name if isinstance(name, str) else repr(value)
    return text if len(text) <= _LABEL_LENGTH else f"{text[: _LABEL_LENGTH - 1]}…"


def _entry(value: Any, path: str) -> dict[str, Any]:
    value = _parameter(value)
    if isinstance(value, Domain):
        return value.json(path)
    if _is_nested(value):
        return {"type": "space", "parameters": entries(value, path)}
    for item in _inside(value):
        if isinstance(_parameter(item), Domain):
            raise ValueError(f"{path}: a parameter can't stand in a list: give each element a name in a dict")
    if is_json(value):
        return {"type": "constant", "value": value}
    return {"type": "constant", "opaque": path, "label": label(value)}


def _parameter(value: Any) -> Any:
    """A grid may be written as ``{"grid_search": [...]}``."""
    if isinstance(value, dict) and value.keys() == {"grid_search"}:
        return Options("grid", value["grid_search"])
    return value


def _is_nested(value: Any) -> bool:
    """Whether a dict is part of the space; an empty one, or one whose keys are no texts, is a value."""
    if not isinstance(value, dict) or not value:
        return False
    return has_domains(value) or all(type(name) is str for name in value)


def _inside(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, (list, tuple)) and depth <= _DEPTH:
        for item in value:
            yield item
            yield from _inside(item, depth + 1)


def _own(value: Any) -> Any:
    """A copy of plain containers, so that a trial which changes its configuration does not change the space."""
    if type(value) is dict:
        return {name: _own(item) for name, item in value.items()}
    return [_own(item) for item in value] if type(value) is list else value


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1 and 1.0 are, True and 1 are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return bool(one == other)
