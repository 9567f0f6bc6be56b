"""Nevergrad's optimizers, on [0, 1] for numbers and choices for options."""

from __future__ import annotations

import importlib
import warnings
from typing import Any, Optional, Sequence, Tuple, Union

from ._engine import library
from ._errors import EngineError
from ._problem import Dimension, Problem, Result, Wire
from ._rows import check_arguments, chosen

VERSION = "1.0.12"
"""The version that is tested."""

_BUDGET = 100
"""Trials for which an optimizer plans, as by default: a total that is raised later must not change what was drawn before."""
_WORKERS = 8
"""Pending trials for which an optimizer plans that allows more than one: from two on NGOpt chooses alike."""
_REPEATS = 20
"""How often in a row an optimizer is answered from what is known where it asks for what was tried before."""


_Event = Tuple[int, Union[Wire, Result], Optional[int]]
"""A trial that began, with the random numbers that the library drew it by, or one that ended."""


class NevergradEngine:
    """An optimizer of the library's that asks and is told as it would be there.

    Configurations that it did not ask for are told as such. Trials that failed count as the worst so far.
    """

    replays = True

    def __init__(self, problem: Problem) -> None:
        self._library = library("nevergrad", "nevergrad", VERSION, beside="numpy==2.3.5")
        warnings.simplefilter("ignore")
        name = problem.sampler or "NGOpt"
        self._optimizer = chosen("optimizer", name, dict(self._library.optimizers.registry))
        check_arguments(name, problem.arguments, ("budget", "num_workers"))
        workers = 1 if self._optimizer.no_parallelization else _WORKERS
        self._arguments = {"budget": _BUDGET, "num_workers": workers, **problem.arguments}
        self._problem = problem
        self._course = self._begun()
        self._events: list[_Event] = []

    def suggested(self, trial: int, wire: Wire, seed: int | None) -> None:
        self._happened((trial, wire, seed))

    def ended(self, trial: int, result: Result) -> None:
        self._happened((trial, result, None))

    def _happened(self, event: _Event) -> None:
        # What is at work in a thread of its own is not there in a fork, which goes through all of it again.
        if self._course.is_sequential:
            self._events.append(event)
        else:
            self._course.apply(event)

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        del trial, pinned
        course = self._begun() if self._course.is_sequential else self._course
        for event in self._events:
            course.apply(event)
        candidate = course.asked(seed)
        return [None] * len(self._problem.dimensions) if candidate is None else course.wire(candidate)

    def _begun(self) -> _Course:
        """An optimizer that knows the trials of earlier experiments."""
        course = self._made()
        number = 0
        for earlier in self._problem.earlier:
            for wire, loss in zip(earlier.wires, earlier.losses):
                number -= 1
                course.apply((number, wire, None))
                course.apply((number, Result("completed", [loss], [], []), None))
        return course

    def _made(self) -> _Course:
        parameters = self._library.p.Dict(**{each.name: self._parameter(each) for each in self._problem.dimensions})
        parameters.random_state.seed(self._problem.seed)
        try:
            return _Course(self._library, self._problem, self._optimizer(parametrization=parameters, **self._arguments))
        except ValueError as error:
            # One at a time is all that some can.
            raise EngineError("option", str(error)) from None

    def _parameter(self, dimension: Dimension) -> Any:
        if dimension.kind == "unordered":
            return self._library.p.Choice(list(range(dimension.levels)))
        return self._library.p.Scalar(lower=0.0, upper=1.0)


class _Course:
    """What one optimizer was asked and told."""

    def __init__(self, library: Any, problem: Problem, optimizer: Any) -> None:
        self._problem = problem
        self._optimizer = optimizer
        self.is_sequential = _is_sequential(optimizer)
        self._unsupported = library.errors.TellNotAskedNotSupportedError
        self._numpy = importlib.import_module("numpy")
        self._wires: dict[int, Tuple[Optional[float], ...]] = {}
        self._open: dict[int, Any] = {}
        """Candidates of its own that it was not told of, by trial."""
        self._known: dict[Tuple[Optional[float], ...], float] = {}
        self._worst: float | None = None
        self._failed: list[int] = []
        """Trials that failed before there was a loss."""

    def apply(self, event: _Event) -> None:
        """What happened, in its order."""
        trial, fact, seed = event
        if isinstance(fact, Result):
            self._ended(trial, None if fact.losses is None else fact.losses[0])
        else:
            self._began(trial, tuple(fact), seed)

    def _began(self, trial: int, wire: Tuple[Optional[float], ...], seed: int | None) -> None:
        self._wires[trial] = wire
        candidate = None if seed is None else self.asked(seed)
        if candidate is not None:
            # Where the engine moved it, to a cell of a grid or the nearest candidate, what is found there is its answer.
            self._open[trial] = candidate

    def _ended(self, trial: int, loss: float | None) -> None:
        if loss is None and self._worst is None:
            self._failed.append(trial)
            return
        if loss is not None:
            self._worst = loss if self._worst is None else max(loss, self._worst)
            self._known[self._wires[trial]] = loss
        failed, self._failed = self._failed, []
        for each in failed:
            self._tell(each, self._worst)
        self._tell(trial, self._worst if loss is None else loss)

    def _tell(self, trial: int, loss: float | None) -> None:
        candidate = self._open.pop(trial, None)
        if candidate is None:
            wire = self._wires[trial]
            values = {each.name: _value(each, entry) for each, entry in zip(self._problem.dimensions, wire)}
            candidate = self._optimizer.parametrization.spawn_child(new_value=values)
        try:
            self._optimizer.tell(candidate, loss)
        except self._unsupported:
            # It goes its own way.
            return

    def asked(self, seed: int) -> Any:
        """The next candidate; ``None`` of an optimizer that waits to be told of the one before, or asks for what is known."""
        if self.is_sequential and self._open:
            return None
        if not self.is_sequential:
            # The other kind draws in a thread, perhaps just now.
            self._optimizer.parametrization.random_state.seed(seed)
            self._numpy.random.seed(seed)
        for _ in range(_REPEATS):
            candidate = self._optimizer.ask()
            loss = self._known.get(self.wire(candidate))
            if loss is None:
                return candidate
            self._optimizer.tell(candidate, loss)
        return None

    def wire(self, candidate: Any) -> Tuple[Optional[float], ...]:
        made = candidate.value
        return tuple(self._problem.walk(lambda _, each: _entry(each, made[each.name])))


def _is_sequential(optimizer: Any) -> bool:
    """Whether it, or the one that it chose, waits for an answer to each question."""
    chosen_one = getattr(optimizer, "optim", None)
    return optimizer.no_parallelization or (chosen_one is not None and _is_sequential(chosen_one))


def _value(dimension: Dimension, entry: float | None) -> Any:
    """What is inactive stands in the middle, or at the first option, whatever it was."""
    if dimension.kind == "unordered":
        return int(entry or 0)
    return 0.5 if entry is None else dimension.unit(entry)


def _entry(dimension: Dimension, value: Any) -> float:
    return int(value) if dimension.kind == "unordered" else dimension.from_unit(value)
