"""What ends trials, or the experiment, by a rule of its own."""

from __future__ import annotations

from typing import Any, Callable


class Stopper:
    """Ends trials by :meth:`__call__`, and the whole experiment by :meth:`stop_all`. Subclass it.

    It runs in this process: the engine asks about each report, and what is answered stands in the log.
    """

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Whether a trial ends after this report."""
        raise NotImplementedError

    def stop_all(self) -> bool:
        """Whether the experiment ends."""
        raise NotImplementedError

    def json(self) -> dict[str, Any] | None:
        """Its name and options where the engine knows such a stopper; None: it is asked here."""
        return None


class CombinedStopper(Stopper):
    """Ends what any of some stoppers ends."""

    def __init__(self, *stoppers: Stopper) -> None:
        self._stoppers = stoppers

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        # Each of them sees each report.
        return any([stopper(trial_id, result) for stopper in self._stoppers])

    def stop_all(self) -> bool:
        return any([stopper.stop_all() for stopper in self._stoppers])


class NoopStopper(Stopper):
    """Ends nothing."""

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        return False


class FunctionStopper(Stopper):
    """Ends trials of which a function says so: ``function(trial_id, result)``."""

    def __init__(self, function: Callable[[str, dict[str, Any]], bool]) -> None:
        if not callable(function):
            raise ValueError(f"FunctionStopper() takes a function of trial_id and result, and {function!r} is none")
        self._function = function

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return bool(self._function(trial_id, result))

    def stop_all(self) -> bool:
        return False

    @classmethod
    def is_valid_function(cls, function: Any) -> bool:
        return callable(function) and not isinstance(function, Stopper)
