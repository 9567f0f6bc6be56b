"""Trainables together with objects and resources."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Mapping

from ..execution.placement_groups import PlacementGroupFactory


class WithParameters:
    """A function and objects that belong to it: they are written once, and every trial finds them in memory."""

    def __init__(self, function: Callable[..., Any], parameters: Mapping[str, Any]) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._parameters = dict(parameters)

    def __call__(self, config: dict[str, Any]) -> Any:
        return self._function(config, **self._parameters)

    def __reduce__(self) -> tuple[Any, ...]:
        return WithParameters, (self._function, self._parameters)


def with_parameters(trainable: Any, **kwargs: Any) -> Any:
    """A trainable that is given objects of any size, such as data sets, besides its configuration.

    They are written once and loaded once; the processes of the trials share that memory. They are not to be changed.

    :param trainable: ``train(config, data=None)``, or a class with ``setup(config, data=None)``.
    :param kwargs: the objects, by name.
    :raises TypeError: where the trainable takes no such argument.
    """
    if isinstance(trainable, type):
        return _class_with(trainable, kwargs)
    if not callable(trainable):
        raise TypeError(f"with_parameters() takes a function or a class, and {trainable!r} is none")
    _check_names(trainable, kwargs)
    made = WithParameters(trainable, kwargs)
    if hasattr(trainable, "_trialist_resources"):
        made._trialist_resources = trainable._trialist_resources  # type: ignore[attr-defined]
    return made


def with_resources(trainable: Any, resources: Any) -> Any:
    """A trainable of which each trial needs resources.

    :param resources: ``{"cpu": 2, "gpu": 0.5, "memory": bytes}``, a ``PlacementGroupFactory``, or a function that makes one of
        them of the configuration, which then must be the same for all.
    """
    if not (isinstance(resources, (dict, PlacementGroupFactory)) or callable(resources)):
        raise TypeError(f"with_resources() takes a dict or a PlacementGroupFactory, and {resources!r} is none")
    if isinstance(trainable, type):
        return type(trainable.__name__, (trainable,), {"_trialist_resources": staticmethod(resources) if callable(resources) and not isinstance(resources, PlacementGroupFactory) else resources, "__module__": trainable.__module__})
    if isinstance(trainable, WithParameters):
        made: Any = WithParameters(trainable._function, trainable._parameters)
    else:
        made = WithParameters(trainable, {})
    made._trialist_resources = resources
    return made


def _class_with(trainable: type, parameters: Mapping[str, Any]) -> type:
    setup = trainable.setup  # type: ignore[attr-defined]
    _check_names(setup, parameters)

    def setup_with(self: Any, config: dict[str, Any]) -> None:
        setup(self, config, **parameters)

    return type(trainable.__name__, (trainable,), {"setup": setup_with, "__module__": trainable.__module__})


def _check_names(function: Callable[..., Any], parameters: Mapping[str, Any]) -> None:
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return
    if any(each.kind == each.VAR_KEYWORD for each in known.values()):
        return
    for name in parameters:
        if name not in known:
            raise TypeError(f"with_parameters(): {getattr(function, '__name__', function)} has no argument {name!r}")
