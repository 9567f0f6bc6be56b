"""LightGBM. Needs lightgbm."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Mapping, Sequence

from lightgbm import Booster

from .. import Checkpoint, report
from ._chosen import Chosen


class TuneReportCheckpointCallback:
    """Reports LightGBM's evaluations, and now and then the model as a checkpoint.

    :param metrics: names of evaluations such as ``eval-binary_logloss``, those of ``lightgbm.cv`` such as ``valid-l2-mean``, or a dict
        of the names to report to these. Default: all.
    :param filename: of the model in a checkpoint.
    :param frequency: a checkpoint every so many rounds; 0: none but the last.
    :param checkpoint_at_end: whether there is one after the last round.
    :param results_postprocessing_fn: makes of the metrics those that are reported.
    """

    CHECKPOINT_NAME = "model.txt"

    def __init__(
        self,
        metrics: str | Sequence[str] | Mapping[str, str] | None = None,
        filename: str = CHECKPOINT_NAME,
        frequency: int = 0,
        checkpoint_at_end: bool = True,
        results_postprocessing_fn: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._chosen = Chosen(metrics, results_postprocessing_fn)
        self._filename = filename
        self._frequency = frequency
        self._at_end = checkpoint_at_end

    @classmethod
    def get_model(cls, checkpoint: Checkpoint, filename: str = CHECKPOINT_NAME) -> Booster:
        """The model of a checkpoint."""
        with checkpoint.as_directory() as folder:
            return Booster(model_file=os.path.join(folder, filename))

    def __call__(self, env: Any) -> None:
        """What LightGBM calls after each round, with its ``CallbackEnv``."""
        found = self._chosen.of(_evaluations(env.evaluation_result_list))
        is_last = env.iteration == env.end_iteration - 1
        is_due = self._frequency > 0 and (env.iteration + 1) % self._frequency == 0
        if not (is_due or (is_last and self._at_end)):
            report(found)
            return
        with tempfile.TemporaryDirectory() as folder:
            env.model.save_model(os.path.join(folder, self._filename))
            report(found, checkpoint=folder)


def _evaluations(rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Of data, metric, value and whether more is better; of a cross-validation the value is a mean, and its deviation follows."""
    found: dict[str, Any] = {}
    for data, metric, value, _, *deviation in rows:
        name = f"{data}-{metric}"
        if deviation:
            found[f"{name}-stdv"] = deviation[0]
        found[f"{name}-mean" if deviation else name] = value
    return found


__all__ = ["TuneReportCheckpointCallback"]
