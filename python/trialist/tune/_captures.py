"""Names what a function takes with it that is too large, or can't leave this process."""

from __future__ import annotations

import inspect
from typing import Any, Iterator


def unpicklable(trainable: Any, fault: BaseException) -> str:
    """Why something can't be pickled, with the variable that holds it where it is found."""
    for name, value in captures(trainable):
        if _size(value) is None:
            return f"it uses {name}, a {type(value).__name__} ({fault})"
    return str(fault)


def largest(trainable: Any) -> str:
    """What to do about the largest thing that a function takes with it."""
    sizes = [(_size(value) or 0, name) for name, value in captures(trainable)]
    if not sizes:
        return "give its data by tune.with_parameters(train, data=data)"
    size, name = max(sizes)
    return f"most of it is {name} ({size >> 20} MiB). Load it inside, or give it by tune.with_parameters(train, {name}=…)"


def captures(trainable: Any) -> Iterator[tuple[str, Any]]:
    """The variables of other scopes that a function uses, and the attributes of a class or an object."""
    function = inspect.unwrap(trainable) if callable(trainable) and not isinstance(trainable, type) else trainable
    if inspect.isfunction(function):
        try:
            found = inspect.getclosurevars(function)
        except (TypeError, ValueError):
            return
        yield from found.nonlocals.items()
        yield from found.globals.items()
    elif isinstance(function, type):
        for value in vars(function).values():
            if inspect.isfunction(value):
                yield from captures(value)
    elif hasattr(function, "__dict__"):
        yield from vars(function).items()


def _size(value: Any) -> int | None:
    import cloudpickle

    try:
        return len(cloudpickle.dumps(value))
    except Exception:
        return None
