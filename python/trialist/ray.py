"""What scripts say to Ray besides tuning: ``import trialist.ray as ray``.

There is no cluster: all trials run on this machine.
"""

from __future__ import annotations

import os
from typing import Any, NoReturn

from . import air, train, tune
from .tune._machine import cpus, set_cpus

__all__ = [
    "ObjectRef",
    "air",
    "available_resources",
    "cluster_resources",
    "get",
    "init",
    "is_initialized",
    "put",
    "shutdown",
    "train",
    "tune",
]

_state = {"initialized": False}


class ObjectRef:
    """Stands for an object that was put."""

    def __init__(self, value: Any) -> None:
        self._value = value


def init(address: str | None = None, num_cpus: float | None = None, **options: Any) -> None:
    """Says how many CPUs trials have together; nothing has to be started.

    :param num_cpus: default: all of this machine.
    :raises NotImplementedError: for the address of a cluster.
    """
    if address not in (None, "auto", "local"):
        raise NotImplementedError(f"ray.init(): address={address!r} is not supported: trials run on this machine. Leave it out.")
    set_cpus(num_cpus)
    _state["initialized"] = True


def shutdown(*_: Any, **__: Any) -> None:
    """Takes back what :func:`init` said."""
    set_cpus(None)
    _state["initialized"] = False


def is_initialized() -> bool:
    """Whether :func:`init` was called."""
    return _state["initialized"]


def put(value: Any, **_: Any) -> ObjectRef:
    """A reference to an object, which trials are given with the function that uses it."""
    return ObjectRef(value)


def get(reference: Any, **_: Any) -> Any:
    """The object of a reference, or those of a list of references."""
    if isinstance(reference, list):
        return [get(each) for each in reference]
    if not isinstance(reference, ObjectRef):
        raise TypeError(f"ray.get() takes what ray.put() answered, and {reference!r} is none")
    return reference._value


def cluster_resources() -> dict[str, float]:
    """What this machine has."""
    gpus = [id for id in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if id]
    return {"CPU": cpus(), **({"GPU": float(len(gpus))} if gpus else {})}


def available_resources() -> dict[str, float]:
    """What this machine has: trials of an experiment are counted by the experiment."""
    return cluster_resources()


def __getattr__(name: str) -> NoReturn:
    if name in ("remote", "wait", "kill", "get_actor", "method", "serve", "data", "util"):
        raise AttributeError(f"ray.{name} is not there: trialist runs trials, and no other tasks. Use Ray itself for them")
    raise AttributeError(f"module 'trialist.ray' has no attribute {name!r}")
