"""XGBoost. Needs xgboost."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Mapping, Sequence

from xgboost.callback import TrainingCallback

from .. import Checkpoint, report
from ._chosen import Chosen


class TuneReportCheckpointCallback(TrainingCallback):  # type: ignore[misc]
    """Reports XGBoost's evaluations, and now and then the model as a checkpoint.

    :param metrics: names of evaluations such as ``eval-logloss``, or a dict of names to these. Default: all.
    :param filename: of the model in a checkpoint.
    :param frequency: a checkpoint every so many rounds; 0: none but the last.
    :param checkpoint_at_end: whether there is one at the end.
    """

    CHECKPOINT_NAME = "model.ubj"

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
        self._last: dict[str, Any] = {}
        self._waits = False

    @classmethod
    def get_model(cls, checkpoint: Checkpoint, filename: str = CHECKPOINT_NAME) -> Any:
        """The model of a checkpoint."""
        import xgboost

        booster = xgboost.Booster()
        with checkpoint.as_directory() as folder:
            booster.load_model(os.path.join(folder, filename))
        return booster

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Sequence[float]]]) -> bool:
        self._flush(model, ended=False)
        self._last, self._waits = self._metrics(evals_log), True
        if self._frequency > 0 and (epoch + 1) % self._frequency == 0:
            self._flush(model, ended=True)
        return False

    def after_training(self, model: Any) -> Any:
        self._flush(model, ended=self._at_end)
        return model

    def _metrics(self, evals_log: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Any]:
        found = {f"{data}-{name}": values[-1] for data, known in evals_log.items() for name, values in known.items()}
        return self._chosen.of(found)

    def _flush(self, model: Any, ended: bool) -> None:
        """Reports the newest evaluations; only at the end is it known that they are the last."""
        if not self._waits:
            return
        self._waits = False
        if not ended:
            report(self._last)
            return
        with tempfile.TemporaryDirectory() as folder:
            model.save_model(os.path.join(folder, self._filename))
            report(self._last, checkpoint=folder)


class TuneReportCallback(TuneReportCheckpointCallback):
    """As :class:`TuneReportCheckpointCallback`, without checkpoints."""

    def __init__(self, metrics: Any = None, **named: Any) -> None:
        super().__init__(metrics, checkpoint_at_end=False, **named)


__all__ = ["TuneReportCallback", "TuneReportCheckpointCallback"]
