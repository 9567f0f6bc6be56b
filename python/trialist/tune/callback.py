"""What is told of an experiment as it goes on."""

from __future__ import annotations

from typing import Any


class Callback:
    """Told of trials as they go on; changes nothing. Subclass it and write what you need.

    One that raises is switched off with a warning, and the experiment goes on.
    """

    def setup(self, stop: Any = None, num_samples: int | None = None, total_num_samples: Any = None, **info: Any) -> None:
        """Once, before anything runs."""

    def on_step_begin(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Is not called: the engine has no steps."""

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Is not called: the engine has no steps."""

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial began."""

    def on_trial_restore(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial goes on after a failure, a pause or a resume."""

    def on_trial_save(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial reported a checkpoint."""

    def on_trial_result(self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any) -> None:
        """A trial reported."""

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial came to its end, or was stopped."""

    def on_trial_recover(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial failed and is tried again."""

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial failed."""

    def on_checkpoint(self, iteration: int, trials: list[Any], trial: Any, checkpoint: Any, **info: Any) -> None:
        """A trial reported a checkpoint."""

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        """No further trial runs."""

    def get_state(self) -> dict[str, Any] | None:
        return None

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes what :meth:`get_state` answered."""

    def json(self) -> dict[str, Any] | None:
        """Its name and options where the engine does it; None: it is told here."""
        return None
