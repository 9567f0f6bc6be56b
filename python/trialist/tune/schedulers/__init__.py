"""What stops trials early that will not win."""

from __future__ import annotations

from typing import Any

from .._names import no_such
from .async_hyperband import ASHAScheduler, AsyncHyperBandScheduler
from .auto import AutoScheduler
from .hyperband import HyperBandForBOHB, HyperBandScheduler
from .median_stopping_rule import MedianStoppingRule
from ._replay import PopulationBasedTrainingReplay
from .pbt import PB2, PopulationBasedTraining
from .resource_changing_scheduler import ResourceChangingScheduler
from .trial_scheduler import FIFOScheduler, TrialScheduler

__all__ = [
    "ASHAScheduler",
    "AsyncHyperBandScheduler",
    "AutoScheduler",
    "FIFOScheduler",
    "HyperBandForBOHB",
    "HyperBandScheduler",
    "MedianStoppingRule",
    "PB2",
    "PopulationBasedTraining",
    "PopulationBasedTrainingReplay",
    "ResourceChangingScheduler",
    "TrialScheduler",
    "create_scheduler",
]

_BY_NAME: dict[str, Any] = {
    "auto": AutoScheduler,
    "fifo": FIFOScheduler,
    "asha": AsyncHyperBandScheduler,
    "async_hyperband": AsyncHyperBandScheduler,
    "asynchyperband": AsyncHyperBandScheduler,
    "median_stopping_rule": MedianStoppingRule,
    "medianstopping": MedianStoppingRule,
    "hyperband": HyperBandScheduler,
    "hb_bohb": HyperBandForBOHB,
    "pbt": PopulationBasedTraining,
    "pb2": PB2,
    "pbt_replay": PopulationBasedTrainingReplay,
    "resource_changing": ResourceChangingScheduler,
}


def create_scheduler(scheduler: str, **options: Any) -> TrialScheduler:
    """A scheduler by its name, such as ``async_hyperband``.

    :raises TypeError: for an unknown name, with the near one.
    """
    if scheduler not in _BY_NAME:
        no_such(f"there is no scheduler {scheduler!r}", scheduler, list(_BY_NAME))
    made: TrialScheduler = _BY_NAME[scheduler](**options)
    return made
