"""What of this machine trials may use, where ``ray.init()`` said so."""

from __future__ import annotations

import os
from typing import Any, Mapping

_said: dict[str, float | None] = {"cpus": None}


def set_cpus(cpus: float | None) -> None:
    """All trials together have so many CPUs; None: all that there are."""
    if cpus is not None and not cpus > 0:
        raise ValueError(f"ray.init(): num_cpus must be above 0, and is {cpus!r}")
    _said["cpus"] = cpus


def cpus() -> float:
    """The CPUs that trials have together."""
    if _said["cpus"] is not None:
        return float(_said["cpus"])
    return float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def concurrency(resources: Mapping[str, Any]) -> dict[str, int]:
    """How many trials run at once by what was said, as a field of an experiment; none where nothing was."""
    if _said["cpus"] is None:
        return {}
    return {"concurrency": max(1, int(_said["cpus"] // (resources.get("cpus") or 1)))}
