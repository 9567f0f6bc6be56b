"""For libraries that are handed all trials at each draw: what is known of them."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ._errors import EngineError
from ._problem import Problem, Result, Wire


class Rows:
    """The trials of an experiment, after what earlier ones found. A trial that was paused has its newest result."""

    replays = False

    def __init__(self, problem: Problem) -> None:
        self.wires: list[Wire] = []
        self.results: list[Result | None] = []
        """``None`` while a trial is not over."""
        for earlier in problem.earlier:
            for wire, loss in zip(earlier.wires, earlier.losses):
                self.wires.append(wire)
                self.results.append(Result("completed", [loss], [], []))
        self._first = len(self.wires)

    def suggested(self, trial: int, wire: Wire, seed: int | None) -> None:
        """A trial began."""
        del seed
        assert self._first + trial == len(self.wires), "trials come in their order"
        self.wires.append(wire)
        self.results.append(None)

    def ended(self, trial: int, result: Result) -> None:
        """A trial came to an end; once more where it had been paused."""
        self.results[self._first + trial] = result

    def losses(self, largest: float = 1e15) -> list[float | None]:
        """The loss of each trial: ``None`` where it is not over, the worst so far where it failed; all ``None`` while none is known.

        :param largest: where some are larger all are scaled down, as libraries square them, some with single precision.
        """
        known = [result.losses[0] for result in self.results if result is not None and result.losses is not None]
        if not known:
            return [None] * len(self.results)
        worst, scale = max(known), max(1.0, max(abs(loss) for loss in known) / largest)
        return [
            None if result is None else (worst if result.losses is None else result.losses[0]) / scale
            for result in self.results
        ]


def chosen(what: str, name: str, known: Mapping[str, Any]) -> Any:
    """The one of a name, or an error that lists all."""
    if name in known:
        return known[name]
    raise EngineError("option", f"there is no {what} {name}: expected one of {', '.join(known)}")


def check_arguments(name: str, arguments: Iterable[str], known: tuple[str, ...]) -> None:
    """Refuses arguments that do not exist."""
    for argument in arguments:
        if argument not in known:
            raise EngineError("option", f"{name} has no argument {argument}: expected one of {', '.join(known) or 'none'}")
