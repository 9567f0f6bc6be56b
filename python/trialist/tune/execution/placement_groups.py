"""What a trial needs, in bundles."""

from __future__ import annotations

from typing import Any, Mapping, Sequence


class PlacementGroupFactory:
    """What a trial needs. On one machine the bundles are added up.

    :param bundles: the first is the trainable's own, such as ``{"CPU": 1}``.
    :param strategy: where bundles are to lie; on one machine they all lie there.
    """

    def __init__(self, bundles: Sequence[Mapping[str, float]], strategy: str = "PACK", *args: Any, **named: Any) -> None:
        if not bundles:
            raise ValueError("PlacementGroupFactory() needs a bundle, such as {'CPU': 1}")
        if strategy not in ("PACK", "SPREAD", "STRICT_PACK", "STRICT_SPREAD"):
            raise ValueError(f"PlacementGroupFactory(): there is no strategy {strategy!r}")
        if strategy == "STRICT_SPREAD" and len(bundles) > 1:
            raise NotImplementedError("PlacementGroupFactory(): strategy='STRICT_SPREAD' needs several machines. Write PACK.")
        self.bundles = [dict(bundle) for bundle in bundles]
        self.strategy = strategy

    @property
    def head_bundle_is_empty(self) -> bool:
        return not self.bundles[0]

    @property
    def required_resources(self) -> dict[str, float]:
        """All bundles together."""
        total: dict[str, float] = {}
        for bundle in self.bundles:
            for name, amount in bundle.items():
                total[name] = total.get(name, 0) + amount
        return total

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlacementGroupFactory) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((str(self.bundles), self.strategy))

    def __repr__(self) -> str:
        return f"PlacementGroupFactory({self.bundles!r}, strategy={self.strategy!r})"


def resources_of(resources: Any, config: Mapping[str, Any]) -> dict[str, float]:
    """What a trial is given, as the engine has it.

    :raises ValueError: for resources that a machine does not have by itself.
    """
    if callable(resources) and not isinstance(resources, PlacementGroupFactory):
        resources = resources(dict(config))
    if resources is None:
        return {}
    needed = resources.required_resources if isinstance(resources, PlacementGroupFactory) else dict(resources)
    given: dict[str, float] = {}
    for name, amount in needed.items():
        known = {"cpu": "cpus", "gpu": "gpus", "memory": "memory"}.get(str(name).lower())
        if known is None:
            raise ValueError(f"resources: there is no {name!r} here: a machine has cpu, gpu and memory")
        if amount:
            given[known] = amount
    return given
