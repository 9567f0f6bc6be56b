"""Refuses keywords that do not exist, so that a misspelt one is not silently ignored."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, NoReturn


def only(where: str, unknown: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuses all keywords left over.

    :raises TypeError: naming the first of them, and the known one it is near to.
    """
    for name in unknown:
        no_such(f"{where} has no argument {name!r}", name, list(known))


def no_such(message: str, name: str, known: list[str]) -> NoReturn:
    """:raises TypeError: with the message and the known name that is near, else all of them."""
    import difflib

    plain = name.lower().replace("_", "")
    near = [other for other in known if other.replace("_", "").startswith(plain)]
    near = near or difflib.get_close_matches(name, known, 1)
    if near:
        raise TypeError(f"{message}. Did you mean {near[0]!r}?")
    raise TypeError(f"{message}; there are: {', '.join(known) or 'none'}")


def not_yet(where: str, given: Mapping[str, Any], instead: Mapping[str, str]) -> None:
    """Refuses arguments that mean something elsewhere and nothing here.

    :param given: arguments that are to be what they are by default: None or False.
    :param instead: what to do about each.
    :raises NotImplementedError: naming the first that is given.
    """
    for name, value in given.items():
        if value is not None and value is not False:
            raise NotImplementedError(f"{where}: {name}={value!r} is not supported. {instead[name]}")


class Unsupported:
    """Is there for the scripts that import it.

    :raises NotImplementedError: always, with what to do instead.
    """

    _instead: str

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__}() is not supported. {self._instead}")
