"""What a worker does with a pickled trainable: loads it, and gives it configurations of the user's own objects."""

from __future__ import annotations

import pickle
import sys
from typing import Any, Callable, Mapping

from ._space import decode

Trainable = Callable[..., Any]


class Pickled:
    """Is pickled as the call of :func:`restored`, so that modules of the code are found before it is loaded."""

    def __init__(self, path: list[str], content: bytes) -> None:
        self._path = path
        self._content = content

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self._path, self._content)


class OfSpace:
    """A function with its space."""

    def __init__(self, trainable: Trainable, space: Mapping[str, Any]) -> None:
        self._trainable = trainable
        self._trialist_space = space

    def __call__(self, config: Mapping[str, Any]) -> Any:
        return self._trainable(decode(self._trialist_space, config))


def restored(path: list[str], content: bytes) -> Trainable:
    """The trainable that was pickled together with its space.

    :param path: the ``sys.path`` where it was pickled, which the present one is extended by.
    """
    sys.path.extend(folder for folder in path if folder not in sys.path)
    trainable, space = pickle.loads(content)
    return _class_of(trainable, space) if isinstance(trainable, type) else OfSpace(trainable, space)


def space_in(file: str) -> Mapping[str, Any]:
    """The space in the file of a pickled trainable."""
    with open(file, "rb") as pickled:
        return pickle.load(pickled)._trialist_space


def _class_of(trainable: type, space: Mapping[str, Any]) -> type:
    """A class whose instances are handed configurations of the user's own objects."""
    methods: dict[str, Any] = {"_trialist_space": space}
    for name in ("setup", "reset"):
        method = getattr(trainable, name, None)
        if method is not None:
            methods[name] = _decoding(method, space)
    return type(trainable.__name__, (trainable,), {**methods, "__module__": trainable.__module__})


def _decoding(method: Callable[..., Any], space: Mapping[str, Any]) -> Callable[..., Any]:
    return lambda self, config: method(self, decode(space, config))
