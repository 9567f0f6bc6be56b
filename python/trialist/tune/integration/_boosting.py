"""What the callbacks of boosting libraries have in common."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Mapping, Sequence

from .. import report
from ._chosen import Chosen


class Boosting:
    """Reports evaluations, and now and then the model as a checkpoint.

    :param metrics: names of evaluations, or a dict of the names to report to these. Default: all.
    :param filename: of the model in a checkpoint. Default: ``CHECKPOINT_NAME``.
    :param frequency: a checkpoint every so many rounds; 0: none but the last.
    :param checkpoint_at_end: whether there is one after the last round.
    :param results_postprocessing_fn: makes of the metrics those that are reported.
    """

    CHECKPOINT_NAME: str

    def __init__(
        self,
        metrics: str | Sequence[str] | Mapping[str, str] | None = None,
        filename: str | None = None,
        frequency: int = 0,
        checkpoint_at_end: bool = True,
        results_postprocessing_fn: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._chosen = Chosen(metrics, results_postprocessing_fn)
        self._filename = filename or self.CHECKPOINT_NAME
        self._frequency = frequency
        self._at_end = checkpoint_at_end

    def _is_due(self, round_: int) -> bool:
        """Whether there is a checkpoint after a round, counted from 0, that is not the last."""
        return self._frequency > 0 and (round_ + 1) % self._frequency == 0

    def _report(self, metrics: dict[str, Any], model: Any = None) -> None:
        """
        :param model: is the checkpoint, where there is to be one.
        """
        if model is None:
            report(metrics)
            return
        with tempfile.TemporaryDirectory() as folder:
            model.save_model(os.path.join(folder, self._filename))
            report(metrics, checkpoint=folder)
