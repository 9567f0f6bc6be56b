"""PyTorch Lightning, where newer scripts import it from. Needs lightning, or pytorch-lightning."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from ...tune import report
from ...tune._names import Unsupported, not_yet
from ...tune.integration.pytorch_lightning import Callback


class RayTrainReportCallback(Callback):  # type: ignore[misc]
    """Reports at the end of each epoch of training what the modules log, ``epoch`` and ``step``, with the checkpoint ``checkpoint.ckpt``.

    :raises NotImplementedError: where an argument is given: a checkpoint is safe when the report is over.
    """

    CHECKPOINT_NAME = "checkpoint.ckpt"

    def __init__(self, checkpoint_upload_mode: Any = None, validation: Any = False) -> None:
        super().__init__()
        given = {"checkpoint_upload_mode": checkpoint_upload_mode, "validation": validation}
        not_yet("RayTrainReportCallback()", given, dict.fromkeys(given, "Leave it out."))

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        metrics = {name: value.item() for name, value in trainer.callback_metrics.items()}
        with tempfile.TemporaryDirectory() as folder:
            trainer.save_checkpoint(os.path.join(folder, self.CHECKPOINT_NAME), weights_only=False)
            report({**metrics, "epoch": trainer.current_epoch, "step": trainer.global_step}, checkpoint=folder)


class RayDDPStrategy(Unsupported):
    """Several workers for one training: not supported."""

    _instead = "A trial is one process: leave it out of the Trainer's strategy= and plugins=."


class RayFSDPStrategy(RayDDPStrategy):
    """Several workers for one training: not supported."""


class RayDeepSpeedStrategy(RayDDPStrategy):
    """Several workers for one training: not supported."""


class RayLightningEnvironment(RayDDPStrategy):
    """How workers find each other: not supported."""


def prepare_trainer(trainer: Any) -> Any:
    """The trainer, which needs no preparation where it trains in one process.

    :raises ValueError: where it trains in several.
    """
    if trainer.world_size > 1:
        raise ValueError(f"prepare_trainer(): the Trainer has {trainer.world_size} processes, and a trial is one: Trainer(devices=1)")
    return trainer


__all__ = [
    "RayDDPStrategy",
    "RayDeepSpeedStrategy",
    "RayFSDPStrategy",
    "RayLightningEnvironment",
    "RayTrainReportCallback",
    "prepare_trainer",
]
