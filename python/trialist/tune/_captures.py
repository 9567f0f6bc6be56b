"""Names what a function takes with it that is too large, or can't leave this process."""

from __future__ import annotations

import functools
import hashlib
import inspect
from typing import Any, Iterator, Mapping


def unpicklable(trainable: Any, space: Mapping[str, Any], fault: BaseException) -> str:
    """Why something can't be pickled, with the variable or the parameter that holds it where it is found."""
    for name, value in captures(trainable):
        if _size(value) is None:
            return f"it uses {name}, a {type(value).__name__} ({fault})"
    for name, value in space.items():
        if _size(value) is None:
            return f"param_space[{name!r}] is or holds what can't be ({fault})"
    return str(fault)


def largest(trainable: Any) -> str:
    """What to do about the largest thing that a function takes with it."""
    sizes = [(_size(value) or 0, name) for name, value in captures(trainable)]
    if not sizes:
        return "give its data by tune.with_parameters(train, data=data)"
    size, name = max(sizes)
    return f"most of it is {name} ({size >> 20} MiB). Load it inside, or give it by tune.with_parameters(train, {name}=…)"


def source_hash(trainable: Any) -> str:
    """Tells a trainable from a changed one: a hash of its source, and of that of the functions and classes of its module that it uses.

    Its pickle would not do, as the pickles of one function differ in what they share with the rest that is pickled.
    """
    sources: dict[int, str] = {}
    _sources(_code_of(trainable), sources)
    return hashlib.sha256("\n".join(sources.values()).encode()).hexdigest()[:16]


def _sources(code: Any, found: dict[int, str]) -> None:
    if id(code) in found:
        return
    try:
        found[id(code)] = inspect.getsource(code)
    except (OSError, TypeError):
        # What was typed into an interpreter has no file.
        found[id(code)] = ""
    used = [value for _, value in sorted(captures(code), key=lambda pair: pair[0])]
    for each in (*used, *getattr(code, "__bases__", ())):
        inner = _code_of(each)
        if getattr(inner, "__module__", None) == code.__module__:
            _sources(inner, found)


def _code_of(trainable: Any) -> Any:
    """The function or class of it."""
    plain = inspect.unwrap(trainable) if callable(trainable) else trainable
    while isinstance(plain, functools.partial):
        plain = plain.func
    return plain if isinstance(plain, type) or inspect.isfunction(plain) else type(plain)


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
