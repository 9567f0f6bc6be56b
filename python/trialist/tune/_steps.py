"""Runs trials of a ``tune.Trainable``."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any, Mapping

from .. import _trial
from .._client import TrialStopped
from .._trial import Attempt
from ._reports import taken
from .trainable import Trainable

# Said by the engine itself, or of no use as a metric.
_OWN = ("config", "trial_id", "date", "pid", "hostname", "training_iteration", "timestamp", "done", "should_checkpoint")


class Steps:
    """Steps, reports and checkpoints of a class.

    :param payload: makes the user's configurations of the engine's.
    :param frequency: a checkpoint every so many steps; 0: none but the last.
    :param at_end: whether there is one at the end.
    :param stop: metrics that end the trial once they are at or above a value, so that its last checkpoint is made in time.
    """

    def __init__(
        self, trainable: type[Trainable], payload: Any, frequency: int, at_end: bool, stop: Mapping[str, float]
    ) -> None:
        self._class = trainable
        self._payload = payload
        self._frequency = frequency
        self._at_end = at_end
        self._stop = stop
        self._kept: Trainable | None = None
        self.keep = False
        """Instances are kept for the next trial of this process."""

    def __call__(self, config: Mapping[str, Any]) -> None:
        attempt = _trial.current()
        assert attempt is not None
        attempt.config = self._payload.decode(config)
        instance = self._instance(attempt.config)
        through = False
        try:
            checkpoint = attempt.checkpoint()
            if checkpoint is not None:
                instance.restore(checkpoint)
            self._train(instance, attempt)
            through = True
        except TrialStopped:
            through = True
            raise
        finally:
            if through and self.keep:
                self._kept = instance
            else:
                instance.stop()

    def close(self) -> None:
        """No further trial comes."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.stop()

    def _instance(self, config: Mapping[str, Any]) -> Trainable:
        kept, self._kept = self._kept, None
        if kept is None:
            return self._class(config)
        if kept.reset(config):
            return kept
        kept.stop()
        raise RuntimeError(
            f"reuse_actors needs {self._class.__name__}.reset_config(new_config), which gets ready for another trial and "
            "answers True"
        )

    def _train(self, instance: Trainable, attempt: Attempt) -> None:
        saves = instance._implements_method("save_checkpoint")
        done = False
        while not done:
            result = instance.train()
            done = bool(result.get("done"))
            is_last = done or any(_reaches(result, name, value) for name, value in self._stop.items())
            due = self._frequency > 0 and instance.iteration % self._frequency == 0
            wanted = due or result.get("should_checkpoint") or attempt.save or (is_last and self._at_end)
            metrics, _ = taken({name: value for name, value in result.items() if name not in _OWN and value is not None})
            if saves and wanted:
                self._report_saved(instance, metrics, attempt)
            else:
                attempt.report(metrics, None, None)

    def _report_saved(self, instance: Trainable, metrics: Mapping[str, Any], attempt: Attempt) -> None:
        folder = tempfile.mkdtemp(prefix="trialist-save-")
        try:
            instance.save(folder)
            attempt.report(metrics, None, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _reaches(result: Mapping[str, Any], name: str, value: float) -> bool:
    found: Any = result
    for part in [name] if name in result else name.split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found is not None and found >= value
