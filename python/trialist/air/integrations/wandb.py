"""Weights & Biases, which is not supported."""

from __future__ import annotations

from typing import Any, NoReturn

from ...tune._names import Unsupported

_INSTEAD = (
    "Call wandb.init(group=tune.get_context().get_experiment_name(), name=tune.get_context().get_trial_name(), config=config) at the "
    "beginning of the trial and wandb.log(…) beside tune.report(…), or log to MLflow or TensorBoard."
)


class WandbLoggerCallback(Unsupported):
    """Is there for the scripts that import it."""

    _instead = _INSTEAD


def setup_wandb(*_: Any, **__: Any) -> NoReturn:
    """
    :raises NotImplementedError: always, with what to do instead.
    """
    raise NotImplementedError(f"setup_wandb() is not supported. {_INSTEAD}")
