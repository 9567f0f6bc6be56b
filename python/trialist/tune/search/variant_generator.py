"""Samples and grids: all the configurations of a space in Ray Tune's order, for spaces of any shape.

Dicts, lists and tuples are walked at any depth. Grids are crossed, the first by the sorted path varying fastest. Other
parameters are drawn, ``sample_from`` once what it reads is known. A value that has parameters in it is resolved again.
"""

from __future__ import annotations

import copy
import random
from typing import Any, Iterator, Mapping

from .._sample import Function
from .._space import Domain, Draws, Options

_PASSES = 20

Path = tuple[Any, ...]


class RecursiveDependencyError(Exception):
    """Parameters depend on each other in a circle."""


def generate_variants(
    space: Mapping[str, Any], constant_grid_search: bool = False, random_state: Any = None
) -> Iterator[tuple[dict[Path, Any], dict[str, Any]]]:
    """The configurations of one sample: as many as there are combinations of grids.

    :returns: pairs of the values that were chosen, by path, and the whole configuration.
    """
    draws = Draws(random_state)
    for chosen, config in _variants(_copied(space), constant_grid_search, draws):
        yield chosen, config


def grid_values(space: Any) -> dict[Path, list[Any]]:
    """The grids of a space, by path."""
    return dict(sorted(_found(space)[1].items(), key=lambda item: [str(part) for part in item[0]]))


def count_variants(space: Mapping[str, Any]) -> int:
    """The combinations of grids that can be seen without drawing anything."""
    total = 1
    for values in grid_values(space).values():
        total *= len(values)
    return total


def format_vars(chosen: Mapping[Path, Any]) -> str:
    """The chosen values on one line, such as ``bar=True,foo=1``."""
    return ",".join(f"{_short(path)}={_shown(value)}" for path, value in sorted(chosen.items(), key=lambda item: str(item[0])))


def flattened(chosen: Mapping[Path, Any]) -> dict[str, Any]:
    """Values by their paths as texts, such as ``x/y/0``."""
    return {"/".join(map(str, path)): value for path, value in chosen.items()}


def is_resolved(space: Any) -> bool:
    """Whether nothing in a space is left to choose."""
    domains, grids = _found(space)
    return not domains and not grids


def _variants(spec: dict[str, Any], constant: bool, draws: Draws) -> Iterator[tuple[dict[Path, Any], dict[str, Any]]]:
    domains, grids = _found(spec)
    if not domains and not grids:
        yield {}, spec
        return
    drawn = _drawn(spec, domains, draws, lenient=bool(grids)) if constant and domains else {}
    for cell in _cells(grids):
        config = _assigned(spec, {**cell, **drawn})
        rest = {path: domain for path, domain in domains.items() if path not in drawn}
        values = {**cell, **drawn, **_drawn(config, rest, draws)}
        for deeper, whole in _variants(_assigned(config, values), constant, draws):
            for path, value in deeper.items():
                if path in values and not _has_choice(values[path]) and values[path] != value:
                    raise ValueError(f"{'/'.join(map(str, path))} could not be unambiguously resolved")
            # What had parameters in it is no value of its own.
            own = {path: value for path, value in values.items() if path not in deeper and not _has_choice(value)}
            yield {**own, **deeper}, whole


def _found(spec: Any) -> tuple[dict[Path, Any], dict[Path, list[Any]]]:
    domains: dict[Path, Any] = {}
    grids: dict[Path, list[Any]] = {}
    for path, value in _leaves(spec, ()):
        if isinstance(value, Options) and value.type == "grid":
            grids[path] = value.options
        elif isinstance(value, Domain):
            domains[path] = value
        elif isinstance(value, dict) and value.keys() == {"grid_search"}:
            if not isinstance(value["grid_search"], list):
                raise ValueError(f"grid_search takes a list of values, not {value['grid_search']!r}")
            grids[path] = value["grid_search"]
        elif isinstance(value, dict) and value.keys() == {"eval"} and isinstance(value["eval"], str):
            domains[path] = Function(_evaluation(value["eval"]))
    return domains, grids


def _leaves(spec: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(spec, dict) and spec.keys() not in ({"grid_search"}, {"eval"}):
        for name, value in spec.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(spec, (list, tuple)):
        for index, value in enumerate(spec):
            yield from _leaves(value, (*path, index))
    else:
        yield path, spec


def _has_choice(value: Any) -> bool:
    return not is_resolved(value)


def _evaluation(text: str) -> Any:
    def evaluate() -> Any:
        names: dict[str, Any] = {"random": random}
        if "np" in text:
            import numpy

            names["np"] = numpy
        return eval(text, names)

    return evaluate


def _cells(grids: Mapping[Path, list[Any]]) -> Iterator[dict[Path, Any]]:
    """All combinations; the first path varies fastest."""
    paths = sorted(grids, key=lambda path: [str(part) for part in path])
    indices = [0] * len(paths)
    while True:
        yield {path: grids[path][index] for path, index in zip(paths, indices)}
        for place, path in enumerate(paths):
            indices[place] += 1
            if indices[place] < len(grids[path]):
                break
            indices[place] = 0
        else:
            return


def _drawn(spec: Any, domains: Mapping[Path, Any], draws: Draws, lenient: bool = False) -> dict[Path, Any]:
    """Values of all parameters, those that read others after these.

    :param lenient: leaves out what can't be known yet.
    """
    values: dict[Path, Any] = {}
    left = dict(domains)
    fault: RecursiveDependencyError | None = None
    for _ in range(_PASSES):
        if not left:
            return values
        before = len(left)
        for path, domain in list(left.items()):
            try:
                if isinstance(domain, Function):
                    value = domain.draw(draws, Guard(_assigned(spec, values), left))
                else:
                    value = domain.draw(draws)
            except RecursiveDependencyError as dependency:
                fault = dependency
                continue
            values[path] = value
            del left[path]
        if len(left) == before:
            break
    if left and not lenient:
        assert fault is not None
        raise fault
    return values


class Guard(dict):  # type: ignore[type-arg]
    """A configuration as far as it is known: what is not known yet can't be read."""

    def __init__(self, values: Mapping[str, Any], unknown: Mapping[Path, Any], path: Path = ()) -> None:
        super().__init__(values)
        self._unknown = unknown
        self._path = path

    def __getitem__(self, name: Any) -> Any:
        return self._checked(name, super().__getitem__(name))

    def get(self, name: Any, default: Any = None) -> Any:
        return self._checked(name, super().get(name, default))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self:
            raise AttributeError(f"the configuration has no {name!r}", name=name, obj=self)
        return self[name]

    def _checked(self, name: Any, value: Any) -> Any:
        path = (*self._path, name)
        if path in self._unknown or (isinstance(value, dict) and value.keys() == {"grid_search"}):
            raise RecursiveDependencyError(f"{'/'.join(map(str, path))} is not known when it is read: a circle?")
        return Guard(value, self._unknown, path) if isinstance(value, dict) else value


def _assigned(spec: Any, values: Mapping[Path, Any]) -> Any:
    """A copy with values in their places."""
    made = _copied(spec)
    for path, value in values.items():
        assign(made, path, value)
    return made


def assign(spec: Any, path: Path, value: Any) -> None:
    """Puts a value in its place; on the way tuples become lists and back."""
    for depth, part in enumerate(path[:-1]):
        inner = spec[part]
        if isinstance(inner, tuple):
            inner = list(inner)
            assign(inner, path[depth + 1 :], value)
            spec[part] = tuple(inner)
            return
        spec = inner
    spec[path[-1]] = _copied(value)


def _copied(value: Any) -> Any:
    """A copy of containers; all else is as it is."""
    if type(value) is dict:
        return {name: _copied(item) for name, item in value.items()}
    if type(value) is list:
        return [_copied(item) for item in value]
    if type(value) is tuple:
        return tuple(_copied(item) for item in value)
    return copy.copy(value) if isinstance(value, dict) else value


def _short(path: Path) -> str:
    """The last name of a path with the indices after it."""
    parts: list[str] = []
    for part in reversed(path):
        parts.append(str(part))
        if not isinstance(part, int):
            break
    return "_".join(reversed(parts))


def _shown(value: Any) -> str:
    text = f"{value:.4f}" if isinstance(value, float) else getattr(value, "__name__", None) or str(value)
    return "".join(letter if letter.isalnum() or letter in "_-." else "_" for letter in text)
