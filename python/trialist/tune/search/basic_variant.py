"""Random samples crossed with grids, in Ray Tune's order."""

from __future__ import annotations

import copy
import itertools
import random
import sys
import warnings
from typing import Any, Iterator, Mapping

from .._names import no_such
from .._space import Domain
from .searcher import Searcher
from .variant_generator import _leaves, assign, generate_variants, grid_values

_NONE = object()


class BasicVariantGenerator(Searcher):
    """Grids, each combination with ``num_samples`` random samples of the rest.

    :param points_to_evaluate: configurations, perhaps of a part of the space, that the first samples take.
    :param max_concurrent: trials at the same time; 0: as many as there is room for.
    :param constant_grid_search: draws the rest once a sample, the same for all combinations of grids.
    :param random_state: a seed, or a generator of ``random`` or NumPy. Default: NumPy's global one, or Python's.
    """

    def __init__(
        self,
        points_to_evaluate: list[dict[str, Any]] | None = None,
        max_concurrent: int = 0,
        constant_grid_search: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__()
        if max_concurrent < 0:
            raise ValueError(f"BasicVariantGenerator(): max_concurrent must be 0 or more, and is {max_concurrent!r}")
        self.max_concurrent = max_concurrent
        self._points = list(points_to_evaluate or [])
        self._constant = constant_grid_search
        self._random_state = random_state
        self._space: Mapping[str, Any] = {}
        self._num_samples = 1
        self._live: set[str] = set()
        self._given = 0
        self._variants: Iterator[tuple[dict[Any, Any], dict[str, Any]]] | None = None

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        self._space = config
        self._num_samples = spec.get("num_samples", 1)
        for point in self._points:
            _check_point(point, config)
        self._variants, self._given = self._all(), 0
        return True

    @property
    def total_samples(self) -> float:
        """How many trials there will be."""
        if self._num_samples is None:
            return float("inf")
        points = [_with_point(self._space, point) for point in self._points[: self._num_samples]]
        rest = self._num_samples - len(points)
        return sum(_cells(space) for space in points) + rest * _cells(self._space)

    def suggest(self, trial_id: str) -> Any:
        """The values that are chosen for a trial, by path."""
        if self.max_concurrent and len(self._live) >= self.max_concurrent:
            return None
        assert self._variants is not None, "the searcher knows no space yet"
        chosen, _ = next(self._variants, (_NONE, None))
        if chosen is _NONE:
            return self.FINISHED
        self._live.add(trial_id)
        self._given += 1
        return chosen

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        self._live.discard(trial_id)

    def get_state(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_variants"}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Goes on behind what was suggested before; the draws are those of then where there is a seed."""
        super().set_state(state)
        self._variants = itertools.islice(self._all(), self._given, None)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.get_state(), "_variants": None}

    def _all(self) -> Iterator[tuple[dict[Any, Any], dict[str, Any]]]:
        state = copy.deepcopy(self._random_state)
        if isinstance(state, int):
            state = random.Random(state)
        sample = 0
        while self._num_samples is None or sample < self._num_samples:
            point = self._points[sample] if sample < len(self._points) else {}
            space = _with_point(self._space, point)
            given = {path: value for path, value in _leaves(point, ()) if path}
            for chosen, config in generate_variants(space, self._constant, state):
                yield {**given, **chosen}, config
            sample += 1


def numpy_seed(seed: int) -> Any:
    """A generator for a seed, NumPy's where it is loaded."""
    return sys.modules["numpy"].random.RandomState(seed) if "numpy" in sys.modules else random.Random(seed)


def _cells(space: Mapping[str, Any]) -> int:
    total = 1
    for values in grid_values(space).values():
        total *= len(values)
    return total


def _with_point(space: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = _plain_copy(space)
    for path, value in _leaves(point, ()):
        if path:
            assign(made, path, value)
    return made


def _plain_copy(value: Any) -> Any:
    if type(value) is dict:
        return {name: _plain_copy(item) for name, item in value.items()}
    return [_plain_copy(item) for item in value] if type(value) is list else value


def _check_point(point: Mapping[str, Any], space: Any) -> None:
    for path, value in _leaves(point, ()):
        inner = space
        for part in path:
            if not isinstance(inner, (dict, list, tuple)) or (isinstance(inner, dict) and part not in inner):
                known = sorted(map(str, inner)) if isinstance(inner, dict) else []
                name = "/".join(map(str, path))
                raise ValueError(_message(f"points_to_evaluate: the space has no parameter {name!r}", str(part), known))
            inner = inner[part]
        if isinstance(inner, Domain) and not inner.is_valid(value):
            name = "/".join(map(str, path))
            warnings.warn(f"points_to_evaluate: {value!r} of {name!r} lies outside of {inner!r}", stacklevel=3)


def _message(message: str, name: str, known: list[str]) -> str:
    try:
        no_such(message, name, known)
    except TypeError as fault:
        return str(fault)
