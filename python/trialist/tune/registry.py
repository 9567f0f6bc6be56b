"""Trainables by name."""

from __future__ import annotations

from typing import Any, Callable

from ._names import no_such

_trainables: dict[str, Any] = {}
_environments: dict[str, Callable[..., Any]] = {}


def register_trainable(name: str, trainable: Any, warn: bool = True) -> None:
    """Gives a function or class a name, by which a ``Tuner`` can be told of it."""
    if not callable(trainable):
        raise TypeError(f"register_trainable() takes a function or a class, and {trainable!r} is none")
    _trainables[name] = trainable


def register_env(name: str, env_creator: Callable[..., Any]) -> None:
    """Gives a function that makes an environment a name; :func:`registered_env` finds it."""
    if not callable(env_creator):
        raise TypeError(f"register_env() takes a function, and {env_creator!r} is none")
    _environments[name] = env_creator


def registered_env(name: str) -> Callable[..., Any]:
    """The function of an environment."""
    return _environments[name]


def known_trainable(trainable: Any) -> Any:
    """What a name stands for; all else as it is.

    :raises TypeError: for an unknown name.
    """
    if not isinstance(trainable, str):
        return trainable
    if trainable not in _trainables:
        no_such(f"there is no trainable {trainable!r}: call register_trainable() first", trainable, list(_trainables))
    return _trainables[trainable]
