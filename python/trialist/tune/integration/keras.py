"""Keras. Needs keras, or TensorFlow with it."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Mapping, Sequence

try:
    from keras.callbacks import Callback as KerasCallback
except ModuleNotFoundError:
    from tensorflow.keras.callbacks import Callback as KerasCallback

from .. import report
from ._chosen import Chosen

_OF = ("epoch", "train_batch", "test_batch", "predict_batch", "train", "test", "predict")
_HOOKS = [f"{what}_{when}" for what in _OF for when in ("begin", "end")]


class ReportCheckpointCallback(KerasCallback):  # type: ignore[misc]
    """Reports what Keras logs, and the model as the checkpoint ``model.keras``.

    :param checkpoint_on: hooks of Keras without their ``on_`` at which there is a report with a checkpoint: one, such as ``epoch_end``
        or ``train_end``, a list of them, or None.
    :param report_metrics_on: hooks at which there is a report.
    :param metrics: names of Keras's logs, or a dict of the names to report to these. Default: all.
    :raises ValueError: where Keras has no such hook.
    """

    def __init__(
        self,
        checkpoint_on: str | Sequence[str] | None = "epoch_end",
        report_metrics_on: str | Sequence[str] = "epoch_end",
        metrics: str | Sequence[str] | Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._checkpoint_on = [checkpoint_on] if isinstance(checkpoint_on, str) else list(checkpoint_on or [])
        report_on = [report_metrics_on] if isinstance(report_metrics_on, str) else list(report_metrics_on)
        self._chosen = Chosen(metrics)
        for hook in {*self._checkpoint_on, *report_on}:
            if hook not in _HOOKS:
                raise ValueError(f"Keras has no hook {hook!r}: expected {', '.join(_HOOKS)}")
            # Only those: Keras waits for each batch where one of a batch is defined.
            setattr(self, f"on_{hook}", self._reporting(hook))

    def _reporting(self, hook: str) -> Callable[..., None]:
        def call(*index_and_logs: Any, logs: Mapping[str, Any] | None = None) -> None:
            last = index_and_logs[-1] if index_and_logs else None
            self._report(hook, logs or (last if isinstance(last, Mapping) else {}))

        return call

    def _report(self, hook: str, logs: Mapping[str, Any]) -> None:
        found = self._chosen.of(logs)
        if hook not in self._checkpoint_on:
            report(found)
            return
        with tempfile.TemporaryDirectory() as folder:
            self.model.save(os.path.join(folder, "model.keras"))
            report(found, checkpoint=folder)


class TuneReportCheckpointCallback(ReportCheckpointCallback):
    """As ``tune.integration`` calls it."""


class TuneReportCallback(ReportCheckpointCallback):
    """As :class:`ReportCheckpointCallback`, without checkpoints."""

    def __init__(self, metrics: Any = None, on: str | Sequence[str] = "epoch_end") -> None:
        super().__init__(checkpoint_on=None, report_metrics_on=on, metrics=metrics)


__all__ = ["ReportCheckpointCallback", "TuneReportCallback", "TuneReportCheckpointCallback"]
