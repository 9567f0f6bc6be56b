"""What a worker does with a pickled trainable: loads it, gives it the user's configurations, and takes what it returns."""

from __future__ import annotations

import pickle
import sys
from types import GeneratorType
from typing import Any, Callable, Mapping

from .. import _trial
from ._reports import final, report

Trainable = Callable[..., Any]


class Pickled:
    """Is pickled as the call of :func:`restored`, so that modules of the code are found before it is loaded."""

    def __init__(self, path: list[str], content: bytes, enters: bool) -> None:
        self._path = path
        self._content = content
        self._enters = enters

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self._path, self._content, self._enters)


class OfSpace:
    """A function with its space.

    :param payload: makes the user's configurations of the engine's.
    """

    def __init__(self, trainable: Trainable, payload: Any) -> None:
        self._trainable = trainable
        self._payload = payload

    def __call__(self, config: Mapping[str, Any]) -> Any:
        returned = self._trainable(_known(self._payload.decode(config)))
        if isinstance(returned, GeneratorType):
            for item in returned:
                report(item if isinstance(item, Mapping) else {_metric(): item})
            returned = None
        return final(returned, _metric())


def restored(path: list[str], content: bytes, enters: bool) -> Trainable:
    """The trainable that was pickled together with its space.

    :param path: the ``sys.path`` where it was pickled, which the present one is extended by.
    :param enters: the current folder of each of its trials is the trial's own.
    """
    _trial.enters_directory = enters
    sys.path.extend(folder for folder in path if folder not in sys.path)
    trainable, payload, options = pickle.loads(content)
    if not isinstance(trainable, type):
        return OfSpace(trainable, payload)
    from .trainable import Trainable as Base

    if issubclass(trainable, Base):
        from ._steps import Steps

        return Steps(trainable, payload, **options)
    return _class_of(trainable, payload)


def payload_in(file: str) -> Any:
    """What knows the configurations of a pickled trainable."""
    with open(file, "rb") as pickled:
        return pickle.load(pickled)._payload


def _known(config: dict[str, Any]) -> dict[str, Any]:
    """Leaves the configuration where ``get_context().config`` finds it."""
    attempt = _trial.current()
    if attempt is not None:
        attempt.config = config
    return config


def _metric() -> str:
    attempt = _trial.current()
    return "loss" if attempt is None else str(attempt.welcome["metric"])


def _class_of(trainable: type, payload: Any) -> type:
    """A class whose instances are handed the user's configurations."""
    methods: dict[str, Any] = {"_payload": payload}
    for name in ("setup", "reset"):
        method = getattr(trainable, name, None)
        if method is not None:
            methods[name] = _decoding(method, payload)
    return type(trainable.__name__, (trainable,), {**methods, "__module__": trainable.__module__})


def _decoding(method: Callable[..., Any], payload: Any) -> Callable[..., Any]:
    return lambda self, config: method(self, _known(payload.decode(config)))


