"""What is searched: the dimensions of a space, and configurations as they pass between the engine and a library."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Callable, Mapping, Optional, Sequence, Union

Wire = Sequence[Optional[float]]
"""A configuration: a discrete dimension's level, a continuous one's coordinate in [0, 1], ``None`` where inactive."""

_STANDARD = NormalDist()
_REACH = 6.0
"""Standard deviations beyond which a normal parameter has no values."""


@dataclass(frozen=True)
class Condition:
    """Holds where the dimension ``parent`` is active and at one of ``levels``."""

    parent: int
    levels: frozenset[int]


@dataclass(frozen=True)
class Dimension:
    """One parameter that takes more than one value."""

    name: str
    kind: str
    """``continuous``, ``ordered`` or ``unordered``."""
    levels: Any
    """How many values there are: an integer; ``None`` where continuous, which whoever counts them has asked."""
    grid: bool
    parents: Sequence[Condition]
    parameter: Mapping[str, Any]
    """The parameter's JSON form without its options: its type and numbers."""
    weights: Sequence[float] | None
    """What the user believes of the levels: they sum to 1."""

    @property
    def type(self) -> str:
        return self.parameter["type"]

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers on a scale, and not a list."""
        return self.type in ("uniform", "loguniform", "normal", "lognormal", "int", "logint")

    @property
    def is_normal(self) -> bool:
        return self.type in ("normal", "lognormal")

    @property
    def is_log(self) -> bool:
        return self.type in ("loguniform", "logint", "lognormal")

    @property
    def is_integer(self) -> bool:
        return self.type in ("int", "logint")

    @property
    def step(self) -> Any:
        """Distance of neighbouring values: a float; ``None`` where continuous."""
        return self.parameter.get("step", 1 if self.is_integer else None)

    @property
    def low(self) -> float:
        """The least value of a bounded number."""
        return self.parameter["low"]

    @property
    def high(self) -> float:
        """The largest value of a bounded number, which lies on a step."""
        if self.levels is None:
            return self.parameter["high"]
        return self.low + (self.levels - 1) * self.step

    def value(self, wire: float) -> float:
        """The number that a bounded parameter has there."""
        if self.levels is not None:
            return self.low + int(wire) * self.step
        if not self.is_log:
            return self.low + wire * (self.high - self.low)
        return min(self.high, max(self.low, self.low * math.exp(wire * math.log(self.high / self.low))))

    def wire(self, value: float) -> float:
        """The inverse of ``value``, for any number: the nearest there is."""
        if self.levels is not None:
            return self.clamped(round((value - self.low) / self.step))
        if self.is_log:
            unit = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            unit = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, unit))

    def number(self, wire: float) -> float:
        """The number that a parameter has there, of whatever distribution."""
        if not self.is_normal:
            return self.value(wire)
        return self._quantile(wire) if self.levels is None else self._number(int(wire))

    def from_number(self, number: float) -> float:
        """The inverse of ``number``, for any number: the nearest there is."""
        if not self.is_normal:
            return self.wire(number)
        if self.levels is not None:
            return self.clamped(round(number / self.step) - self._first())
        return min(1.0, max(0.0, _STANDARD.cdf((self._logged(number) - self.center) / self.spread)))

    @property
    def is_even(self) -> bool:
        """Whether it has levels that are as far apart, so that a library may be given their numbers."""
        return self.levels is not None and not self.is_log and not self.is_normal

    def told(self, wire: float | None) -> float:
        """What a library without scales is given: the level where even, else the place on [0, 1]; where inactive the middle."""
        if self.is_even:
            return int(wire) if wire is not None else 0 if self.kind == "unordered" else self.levels // 2
        return 0.5 if wire is None else self.unit(wire)

    def heard(self, told: float) -> float:
        """The inverse of ``told``."""
        return self.clamped(int(told)) if self.is_even else self.from_unit(told)

    def clamped(self, level: float) -> int:
        return int(min(self.levels - 1, max(0, level)))

    def unit(self, wire: float) -> float:
        """The place on [0, 1] that a library without scales is given; cells of equal probability but for stepped logs."""
        if self.levels is None:
            return float(wire)
        if self.is_numeric and (self.is_log or self.is_normal):
            lower, upper = self._edges()
            return min(1.0, max(0.0, self._scaled(self._number(int(wire)), lower, upper)))
        return (int(wire) + 0.5) / self.levels

    def from_unit(self, unit: float) -> float:
        """The inverse of ``unit``, for any place: the cell that holds it."""
        unit = min(1.0, max(0.0, float(unit)))
        if self.levels is None:
            return unit
        if self.is_numeric and (self.is_log or self.is_normal):
            lower, upper = self._edges()
            first = self._number(0)
            return self.clamped(round((self._unscaled(unit, lower, upper) - first) / self.step))
        return self.clamped(math.floor(unit * self.levels))

    def _number(self, level: int) -> float:
        """The value of a stepped number."""
        if not self.is_normal:
            return self.low + level * self.step
        return (self._first() + level) * self.step

    def _first(self) -> int:
        first = round(self._quantile(0.0) / self.step)
        return max(1, first) if self.is_log else first

    def _edges(self) -> tuple[float, float]:
        half = self.step / 2
        return (self.low - half, self.high + half) if not self.is_normal else (0.0, 0.0)

    def _scaled(self, value: float, lower: float, upper: float) -> float:
        if not self.is_normal:
            return math.log(value / lower) / math.log(upper / lower)
        return _STANDARD.cdf((self._logged(value) - self.center) / self.spread)

    def _unscaled(self, unit: float, lower: float, upper: float) -> float:
        if not self.is_normal:
            return lower * math.exp(unit * math.log(upper / lower))
        return self._quantile(unit)

    def _quantile(self, unit: float) -> float:
        z = -_REACH if unit <= 0 else _REACH if unit >= 1 else min(_REACH, max(-_REACH, _STANDARD.inv_cdf(unit)))
        number = self.center + self.spread * z
        return math.exp(number) if self.is_log else number

    def _logged(self, value: float) -> float:
        return math.log(value) if self.is_log else value

    @property
    def center(self) -> float:
        """Mean of a normal parameter, or of its logarithm."""
        return self.parameter["mu" if self.is_log else "mean"]

    @property
    def spread(self) -> float:
        """Standard deviation of a normal parameter, or of its logarithm."""
        return self.parameter["sigma" if self.is_log else "sd"]


@dataclass(frozen=True)
class Earlier:
    """What an earlier experiment found: configurations and their losses, of another scale than this one's."""

    wires: Sequence[Wire]
    losses: Sequence[float]


@dataclass(frozen=True)
class Problem:
    """An experiment as a library sees it: all losses are to be small."""

    engine: str
    options: Mapping[str, Any]
    dimensions: Sequence[Dimension]
    objectives: int
    constraints: int
    seed: int
    """For what is to stay the same in the whole experiment, such as a scrambled sequence."""
    trials: int | None
    """How many the experiment may have; ``None`` where unlimited."""
    earlier: Sequence[Earlier] = field(default=())

    @property
    def sampler(self) -> str | None:
        return self.options.get("sampler")

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.options.get("options") or {}

    def is_active(self, dimension: Dimension, wire: Sequence[float | None]) -> bool:
        """Whether a dimension is there, given what its parents are."""
        return all(wire[each.parent] is not None and wire[each.parent] in each.levels for each in dimension.parents)

    def walk(self, choose: Callable[[int, Dimension], Union[float, None]]) -> list[float | None]:
        """A configuration, dimension by dimension: ``choose`` is asked for those that are active."""
        wire: list[float | None] = []
        for index, dimension in enumerate(self.dimensions):
            wire.append(None)
            if self.is_active(dimension, wire):
                wire[index] = choose(index, dimension)
        return wire


def problem_from(message: Mapping[str, Any]) -> Problem:
    """What the engine said."""
    dimensions = [
        Dimension(
            name=each["name"],
            kind=each["kind"],
            levels=each["levels"],
            grid=each["grid"],
            parents=[Condition(parent["parent"], frozenset(parent["levels"])) for parent in each["parents"]],
            parameter=each["parameter"],
            weights=each["weights"],
        )
        for each in message["dimensions"]
    ]
    return Problem(
        engine=message["engine"],
        options=message["options"],
        dimensions=dimensions,
        objectives=message["objectives"],
        constraints=message["constraints"],
        seed=message["seed"],
        trials=message["trials"],
        earlier=[Earlier(each["wires"], each["losses"]) for each in message["earlier"]],
    )


@dataclass(frozen=True)
class Result:
    """What came of a trial."""

    state: str
    """``completed``, ``stopped`` (early; its losses count), ``paused`` (perhaps for good) or ``failed``."""
    losses: Sequence[float] | None
    """One an objective; ``None`` where one of them is no finite number."""
    violations: Sequence[float]
    """How far the trial is off each constraint: at most 0 where it is met."""
    course: Sequence[tuple[float, float]]
    """Steps and losses of the first objective, as they were reported."""


LARGEST = 1e100
"""Losses are cut off there, so that their squares are numbers too."""


def result_from(message: Mapping[str, Any]) -> Result:
    """What the engine said of a trial that has ended."""
    losses = message["losses"]
    known = None if any(loss is None for loss in losses) else [_cut(loss) for loss in losses]
    return Result(
        state="failed" if known is None else message["state"],
        losses=None if message["state"] == "failed" else known,
        violations=[LARGEST if off is None else _cut(off) for off in message["violations"]],
        course=[(step, _cut(loss)) for step, loss in message["course"] if loss is not None],
    )


def _cut(value: float) -> float:
    return min(LARGEST, max(-LARGEST, value))
