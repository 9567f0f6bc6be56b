"""LightGBM. Needs lightgbm."""

from __future__ import annotations

import os
from typing import Any, Sequence

from lightgbm import Booster

from .. import Checkpoint
from ._boosting import Boosting


class TuneReportCheckpointCallback(Boosting):
    """Reports LightGBM's evaluations, such as ``eval-binary_logloss``, and those of ``lightgbm.cv``, such as ``valid-l2-mean``; now and
    then the model as a checkpoint. See :class:`Boosting` for the arguments.
    """

    CHECKPOINT_NAME = "model.txt"

    @classmethod
    def get_model(cls, checkpoint: Checkpoint, filename: str = CHECKPOINT_NAME) -> Booster:
        """The model of a checkpoint."""
        with checkpoint.as_directory() as folder:
            return Booster(model_file=os.path.join(folder, filename))

    def __call__(self, env: Any) -> None:
        """What LightGBM calls after each round, with its ``CallbackEnv``."""
        found = self._chosen.of(_evaluations(env.evaluation_result_list))
        is_last = env.iteration == env.end_iteration - 1
        saves = self._is_due(env.iteration) or (is_last and self._at_end)
        self._report(found, env.model if saves else None)


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
