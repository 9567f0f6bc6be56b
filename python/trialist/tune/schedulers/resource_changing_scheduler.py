"""Resources that change while trials run."""

from __future__ import annotations

from typing import Any

from .trial_scheduler import EngineScheduler


class ResourceChangingScheduler(EngineScheduler):
    """Is not supported: a trial has the resources that it began with."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError(
            "ResourceChangingScheduler() is not supported: a trial has the resources that it began with. Say them by "
            "tune.with_resources(train, {'cpu': 2})."
        )
