"""Class trainables: set up, loaded, a report a step, cleaned up whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any, Callable, Mapping

from . import _trial
from ._client import TrialStopped


class ClassTrainable:
    """Runs trials of a class. All its methods but ``step`` may be missing.

    - ``setup(config)`` begins a trial, ``load(directory)`` follows on an attempt that goes on from a checkpoint.
    - ``step()`` answers the metrics of a report, or a number, or None: the trial is complete.
    - ``save(directory)`` writes into an empty folder: each step, or each ``checkpoint_every`` steps, and whenever the
      engine asks for it.
    - ``reset(config)`` answers whether the instance is ready for another trial in the same process, in place of a new
      instance and its ``setup``.
    - ``cleanup()`` ends the last trial of an instance.

    :param keep: instances that have ``reset`` are kept for the next trial of this process.
    """

    def __init__(self, trainable: Callable[[], Any], keep: bool) -> None:
        self._trainable = trainable
        self._keep = keep
        self._kept: Any = None

    def __call__(self, config: Mapping[str, Any]) -> None:
        attempt = _trial.current()
        assert attempt is not None
        instance = self._instance(config)
        through = False
        try:
            checkpoint = attempt.checkpoint()
            if checkpoint is not None and hasattr(instance, "load"):
                instance.load(checkpoint.path)
            self._steps(instance, attempt)
            through = True
        except TrialStopped:
            through = True
            raise
        finally:
            if through and self._keep and hasattr(instance, "reset"):
                self._kept = instance
            else:
                _cleanup(instance)

    def close(self) -> None:
        """No further trial comes."""
        kept, self._kept = self._kept, None
        if kept is not None:
            _cleanup(kept)

    def _instance(self, config: Mapping[str, Any]) -> Any:
        kept, self._kept = self._kept, None
        if kept is not None:
            if kept.reset(config):
                return kept
            _cleanup(kept)
        instance = self._trainable()
        if hasattr(instance, "setup"):
            try:
                instance.setup(config)
            except BaseException:
                _cleanup(instance)
                raise
        return instance

    def _steps(self, instance: Any, attempt: _trial.Attempt) -> None:
        every = _every(instance)
        steps = 0
        while (metrics := instance.step()) is not None:
            if not isinstance(metrics, Mapping):
                metrics = {attempt.welcome["metric"]: metrics}
            steps += 1
            if hasattr(instance, "save") and (steps % every == 0 or attempt.save):
                _report_saved(instance, metrics, attempt)
            else:
                attempt.report(metrics, None, None)


def _every(instance: Any) -> int:
    every = getattr(instance, "checkpoint_every", 1)
    if isinstance(every, int) and every >= 1:
        return every
    raise ValueError(f"checkpoint_every must be a whole number from 1, not {every!r}")


def _report_saved(instance: Any, metrics: Mapping[str, Any], attempt: _trial.Attempt) -> None:
    folder = tempfile.mkdtemp(prefix="trialist-save-")
    try:
        instance.save(folder)
        attempt.report(metrics, None, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cleanup(instance: Any) -> None:
    if hasattr(instance, "cleanup"):
        instance.cleanup()
