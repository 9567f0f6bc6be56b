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


class ReportCheckpointCallback(KerasCallback):  # type: ignore[misc]
    """Reports what Keras logs at the end of epochs, with the model as a checkpoint.

    :param checkpoint_on: hooks at which a checkpoint is made: ``epoch_end``, ``train_end``, a list of these, or nothing.
    :param report_metrics_on: hooks at which there is a report.
    :param metrics: names of Keras's logs, or a dict of names to these. Default: all.
    """

    def __init__(
        self,
        checkpoint_on: str | Sequence[str] | None = "epoch_end",
        report_metrics_on: str | Sequence[str] = "epoch_end",
        metrics: str | Sequence[str] | Mapping[str, str] | None = None,
        results_postprocessing_fn: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        super().__init__()
        self._checkpoint_on = [checkpoint_on] if isinstance(checkpoint_on, str) else list(checkpoint_on or [])
        self._report_on = [report_metrics_on] if isinstance(report_metrics_on, str) else list(report_metrics_on)
        names = [metrics] if isinstance(metrics, str) else metrics
        self._names = names if names is None or isinstance(names, Mapping) else {name: name for name in names}
        self._rewrite = results_postprocessing_fn

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._report("epoch_end", logs or {})

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._report("train_end", logs or {})

    def _report(self, hook: str, logs: Mapping[str, Any]) -> None:
        if hook not in self._report_on:
            return
        found = dict(logs) if self._names is None else {name: logs[source] for name, source in self._names.items()}
        found = found if self._rewrite is None else self._rewrite(found)
        if hook not in self._checkpoint_on:
            report(found)
            return
        with tempfile.TemporaryDirectory() as folder:
            self.model.save(os.path.join(folder, "model.keras"))
            report(found, checkpoint=folder)


class TuneReportCheckpointCallback(ReportCheckpointCallback):
    """As older scripts call it."""


class TuneReportCallback(ReportCheckpointCallback):
    """As :class:`ReportCheckpointCallback`, without checkpoints."""

    def __init__(self, metrics: Any = None, on: str = "epoch_end", **named: Any) -> None:
        super().__init__(checkpoint_on=None, report_metrics_on=on, metrics=metrics, **named)
