"""XGBoost. Needs xgboost."""

from __future__ import annotations

import os
from typing import Any, Mapping, Sequence

from xgboost.callback import TrainingCallback

from .. import Checkpoint
from ._boosting import Boosting


class TuneReportCheckpointCallback(Boosting, TrainingCallback):  # type: ignore[misc]
    """Reports XGBoost's evaluations, such as ``eval-logloss``, and now and then the model as a checkpoint. See :class:`Boosting` for the
    arguments.
    """

    CHECKPOINT_NAME = "model.ubj"
    _waiting: dict[str, Any] | None = None
    """The newest evaluations, until it is known whether they are the last."""

    @classmethod
    def get_model(cls, checkpoint: Checkpoint, filename: str = CHECKPOINT_NAME) -> Any:
        """The model of a checkpoint."""
        import xgboost

        booster = xgboost.Booster()
        with checkpoint.as_directory() as folder:
            booster.load_model(os.path.join(folder, filename))
        return booster

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Sequence[float]]]) -> bool:
        self._flush(None)
        self._waiting = self._metrics(evals_log)
        if self._is_due(epoch):
            self._flush(model)
        return False

    def after_training(self, model: Any) -> Any:
        self._flush(model if self._at_end else None)
        return model

    def _metrics(self, evals_log: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Any]:
        found = {f"{data}-{name}": values[-1] for data, known in evals_log.items() for name, values in known.items()}
        return self._chosen.of(found)

    def _flush(self, model: Any) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._report(waiting, model)


class TuneReportCallback(TuneReportCheckpointCallback):
    """As :class:`TuneReportCheckpointCallback`, without checkpoints."""

    def __init__(self, metrics: Any = None, **named: Any) -> None:
        super().__init__(metrics, checkpoint_at_end=False, **named)


__all__ = ["TuneReportCallback", "TuneReportCheckpointCallback"]
