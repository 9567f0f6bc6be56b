"""PyTorch Lightning. Needs lightning, or pytorch-lightning."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Mapping, Sequence

try:
    from lightning.pytorch import Callback
except ModuleNotFoundError:
    from pytorch_lightning import Callback

from .. import report
from ._chosen import Chosen

# A report at one of these would be called by the checkpoint that it makes.
_OF_CHECKPOINTS = {"save_checkpoint", "load_checkpoint"}
_HOOKS = sorted({name[3:] for name in dir(Callback) if name.startswith("on_")} - _OF_CHECKPOINTS)


class TuneCallback(Callback):  # type: ignore[misc]
    """Does something at hooks of Lightning, but not in the check before a training.

    :param on: hooks of Lightning without their ``on_``: one, such as ``validation_end`` or ``train_end``, or a list of them.
    :raises ValueError: where Lightning has no such hook.
    """

    def __init__(self, on: str | Sequence[str] = "validation_end") -> None:
        super().__init__()
        for hook in [on] if isinstance(on, str) else on:
            if hook not in _HOOKS:
                raise ValueError(f"there is no hook {hook!r} of Lightning: expected {', '.join(_HOOKS)}")
            # Only those: there is one of almost everything that Lightning does.
            setattr(self, f"on_{hook}", self._handling())

    def _handling(self) -> Callable[..., None]:
        def call(trainer: Any, pl_module: Any = None, *_: Any, **__: Any) -> None:
            if not trainer.sanity_checking:
                self._handle(trainer, pl_module)

        return call

    def _handle(self, trainer: Any, pl_module: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} needs _handle(trainer, pl_module)")


class TuneReportCheckpointCallback(TuneCallback):
    """Reports what the modules log, and what Lightning saves of the training as the checkpoint.

    A hook at which nothing of it has been logged yet reports nothing.

    :param metrics: names of logged metrics, or a dict of the names to report to these; what is not logged yet is left out, with a
        warning. Default: all.
    :param filename: of Lightning's checkpoint in that of the report.
    :param save_checkpoints: whether a report has a checkpoint.
    :param on: hooks at which there is a report, see :class:`TuneCallback`.
    :raises ValueError: where Lightning has no such hook.
    """

    def __init__(
        self,
        metrics: str | Sequence[str] | Mapping[str, str] | None = None,
        filename: str = "checkpoint",
        save_checkpoints: bool = True,
        on: str | Sequence[str] = "validation_end",
    ) -> None:
        super().__init__(on)
        self._chosen = Chosen(metrics or None)
        self._filename = filename
        self._saves = save_checkpoints

    def _handle(self, trainer: Any, pl_module: Any) -> None:
        found = self._chosen.so_far({name: value.item() for name, value in trainer.callback_metrics.items()})
        if not found:
            return
        if not self._saves:
            report(found)
            return
        with tempfile.TemporaryDirectory() as folder:
            trainer.save_checkpoint(os.path.join(folder, self._filename))
            report(found, checkpoint=folder)


class TuneReportCallback(TuneReportCheckpointCallback):
    """As :class:`TuneReportCheckpointCallback`, without checkpoints."""

    def __init__(self, metrics: Any = None, on: str | Sequence[str] = "validation_end") -> None:
        super().__init__(metrics, save_checkpoints=False, on=on)


__all__ = ["Callback", "TuneCallback", "TuneReportCallback", "TuneReportCheckpointCallback"]
