"""The kinds of parameters, and what may be said of each: ``Float(0, 1).uniform()``."""

from __future__ import annotations

import copy
import inspect
import math
from typing import Any, Callable, Mapping, Sequence

from ._space import Domain, Draws, Number, Options


class Float(Number):
    """Floats from ``lower`` to ``upper``; without a further word all equally likely."""

    def __init__(self, lower: float | None, upper: float | None) -> None:
        self.lower = -math.inf if lower is None else lower
        self.upper = math.inf if upper is None else upper
        bounded = lower is not None and upper is not None
        super().__init__("uniform", _range("uniform", lower, upper) if bounded else {})
        self._chosen = False

    def uniform(self) -> Float:
        return _distributed(self, "uniform", _range("uniform", self.lower, self.upper))

    def loguniform(self, base: float = 10) -> Float:
        return _distributed(self, "loguniform", _positive("loguniform", self.lower, self.upper))

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> Float:
        if not sd > 0:
            raise ValueError(f"randn(): sd must be above 0, and {sd!r} is not")
        return _distributed(self, "normal", {"mean": _float("randn", mean), "sd": _float("randn", sd)})

    def quantized(self, q: float) -> Float:
        made = copy.copy(self)
        if self.type == "normal":
            made.rounding = _above_zero("qrandn", q)
        else:
            made.step = _multiples(f"q{self.type}", self.lower, self.upper, q)
        return made


class Integer(Number):
    """Integers from ``lower`` to ``upper - 1``; without a further word all equally likely."""

    def __init__(self, lower: int, upper: int) -> None:
        self.lower, self.upper = lower, upper
        super().__init__("int", _integers("randint", lower, upper))
        self._chosen = False

    def uniform(self) -> Integer:
        return _distributed(self, "int", self.bounds)

    def loguniform(self, base: float = 10) -> Integer:
        _positive("lograndint", self.lower, self.upper)
        return _distributed(self, "logint", self.bounds)

    def quantized(self, q: int) -> Integer:
        call = "qrandint" if self.type == "int" else "qlograndint"
        step = _whole(call, q)
        if step < 1:
            raise ValueError(f"{call}(): q must be 1 or more, and {q!r} is not")
        made = copy.copy(self)
        if step == 1:
            return made
        low, high = -(-_whole(call, self.lower) // step) * step, _whole(call, self.upper) // step * step
        if low > high:
            raise ValueError(f"{call}(): there is no multiple of {q!r} from {self.lower!r} to {self.upper!r}")
        made.bounds, made.step = {"low": low, "high": high}, step
        return made


class Categorical(Options):
    """One of some objects, all equally likely."""

    def __init__(self, categories: Sequence[Any]) -> None:
        super().__init__("choice", listed("choice", categories))
        self._chosen = False

    @property
    def categories(self) -> list[Any]:
        return self.options

    def uniform(self) -> Categorical:
        return _distributed(self, "choice")

    def grid(self) -> dict[str, Any]:
        return {"grid_search": self.options}

    def __len__(self) -> int:
        return len(self.options)

    def __getitem__(self, index: int) -> Any:
        return self.options[index]


class Function(Domain):
    """What a function answers of the values that are known already."""

    def __init__(self, func: Callable[..., Any]) -> None:
        if not callable(func):
            raise TypeError(f"sample_from() takes a function, and {func!r} is none")
        self.func = func
        self.takes_config = _takes_argument(func)

    def draw(self, draws: Draws, config: Any = None) -> Any:
        if not self.takes_config:
            return self.func()
        try:
            return self.func(config)
        except AttributeError as fault:
            # As it was written long ago: sample_from(lambda spec: spec.config.x).
            if getattr(fault, "name", None) != "config":
                raise
            return self.func(_Spec(config))

    def is_valid(self, value: Any) -> bool:
        return True

    def __repr__(self) -> str:
        return f"sample_from({getattr(self.func, '__name__', self.func)!s})"


class _Spec:
    def __init__(self, config: Any) -> None:
        self.config = config

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


def _takes_argument(func: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):
        return True
    required = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    return len(required) > 0 or any(each.kind == each.VAR_POSITIONAL for each in parameters)


def _distributed(domain: Any, type: str, bounds: Mapping[str, float] | None = None) -> Any:
    """A copy with a distribution, of which a parameter has one."""
    if domain._chosen:
        raise ValueError(f"{domain!r} has a distribution already, and a parameter has one")
    made = copy.copy(domain)
    made.type, made._chosen = type, True
    if bounds is not None:
        made.bounds = dict(bounds)
    return made


def _above_zero(call: str, q: Any) -> float:
    step = _float(call, q)
    if step > 0:
        return step
    raise ValueError(f"{call}(): q must be above 0, and {q!r} is not")


def listed(call: str, values: Any) -> list[Any]:
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
    step = _above_zero(call, q)
    for name, bound in (("lower", lower), ("upper", upper)):
        if not math.isclose(bound / step, round(bound / step), abs_tol=1e-9):
            raise ValueError(f"{call}(): {name} must be a multiple of q, and {bound!r} is none of {q!r}")
    return step


def _integers(call: str, lower: Any, upper: Any) -> dict[str, float]:
    low, high = _whole(call, lower), _whole(call, upper) - 1
    if low <= high:
        return {"low": low, "high": high}
    raise ValueError(f"{call}(): upper is excluded and must be above lower, and {upper!r} is not above {lower!r}")
