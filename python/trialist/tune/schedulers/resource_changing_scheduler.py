"""Resources that change while trials run."""

from __future__ import annotations

import math
from typing import Any, Mapping

from ..execution.placement_groups import resources_of
from .trial_scheduler import EngineScheduler, FIFOScheduler, TrialScheduler


class DistributeResources:
    """Gives the resources that no trial needs to those that run, in equal shares.

    :param add_bundles: is taken and has no effect: on one machine bundles are added up.
    :param increase_by: what a trial gets at a time, such as ``{"CPU": 2}``: a multiple of what trials ask for. Default: as much as that.
    :param increase_by_times: how often at most; -1: as often as there is room.
    :param reserve_resources: what is left free, such as ``{"CPU": 1}``.
    """

    to = "all"

    def __init__(
        self,
        add_bundles: bool = False,
        increase_by: Mapping[str, float] | None = None,
        increase_by_times: int = -1,
        reserve_resources: Mapping[str, float] | None = None,
    ) -> None:
        if increase_by_times != -1 and increase_by_times < 1:
            raise ValueError(f"{type(self).__name__}(): increase_by_times must be -1 or at least 1, and is {increase_by_times!r}")
        self.add_bundles = add_bundles
        self.increase_by = dict(increase_by or {})
        self.increase_by_times = increase_by_times
        self.reserve_resources = dict(reserve_resources or {})

    def options(self, request: Mapping[str, float]) -> dict[str, Any]:
        """The engine's options, in slots, each of which brings what a trial asks for.

        :raises ValueError: where ``increase_by`` is no multiple of that.
        """
        own = {"cpus": 1.0, **request}
        by = {amount / own[name] if own.get(name) else math.nan for name, amount in resources_of(self.increase_by, {}).items()}
        if any(not times.is_integer() or times < 1 for times in by) or len(by) > 1:
            raise ValueError(
                f"{type(self).__name__}(): increase_by must be a multiple of what a trial asks for, {own!r}, and is {self.increase_by!r}"
            )
        reserved = [amount / own[name] for name, amount in resources_of(self.reserve_resources, {}).items() if own.get(name)]
        return {
            "to": self.to,
            **({"by": int(by.pop())} if by else {}),
            **({"times": self.increase_by_times} if self.increase_by_times > 0 else {}),
            **({"reserve": math.ceil(max(reserved))} if reserved else {}),
        }


class DistributeResourcesToTopJob(DistributeResources):
    """Gives the resources that no trial needs to the one with the best newest score.

    :param metric: that of the ``TuneConfig``, by which the engine judges.
    :param mode: likewise.
    """

    to = "best"

    def __init__(
        self,
        metric: str | None = None,
        mode: str | None = None,
        add_bundles: bool = False,
        increase_by: Mapping[str, float] | None = None,
        increase_by_times: int = -1,
        reserve_resources: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(add_bundles, increase_by, increase_by_times, reserve_resources)
        self.metric = metric
        self.mode = mode


class ResourceChangingScheduler(EngineScheduler):
    """Gives trials the resources that no other needs, and takes them back when others come: a trial goes on from its newest checkpoint
    with what it has now, which ``tune.get_context().get_trial_resources()`` says. Trials without checkpoints keep what they have.

    :param base_scheduler: whose word counts first: one of the engine's. Default: ``FIFOScheduler()``.
    :param resources_allocation_function: :class:`DistributeResources` or :class:`DistributeResourcesToTopJob`.
    """

    def __init__(
        self,
        base_scheduler: TrialScheduler | None = None,
        resources_allocation_function: DistributeResources | None = None,
    ) -> None:
        base = FIFOScheduler() if base_scheduler is None else base_scheduler
        if base.is_own or getattr(base, "explore", None) is not None:
            raise NotImplementedError(
                "ResourceChangingScheduler(): a base_scheduler that runs in this process, or has custom_explore_fn, is not supported. "
                "Take one of tune.schedulers as it is."
            )
        allocation = DistributeResources() if resources_allocation_function is None else resources_allocation_function
        if not isinstance(allocation, DistributeResources):
            raise NotImplementedError(
                "ResourceChangingScheduler(): a function of one's own as resources_allocation_function is not supported. Take "
                "DistributeResources or DistributeResourcesToTopJob."
            )
        super().__init__(base.metric or getattr(allocation, "metric", None), base.mode or getattr(allocation, "mode", None))
        self.base = base
        self._allocation = allocation
        self._request: Mapping[str, float] = {}

    @property
    def logs(self) -> bool:
        return bool(getattr(self.base, "logs", False))

    def asked(self, request: Mapping[str, float]) -> None:
        """Told what each trial asks for, as the engine has it."""
        self._request = dict(request)

    def json(self) -> dict[str, Any]:
        return {
            "name": "resourceChanging",
            "options": {"of": {"options": {}, **self.base.json()}, **self._allocation.options(self._request)},
        }

