"""Between the user's configurations and the engine's: for each kind of search one that knows both."""

from __future__ import annotations

import base64
import math
import pickle
from typing import Any, Iterator, Mapping

from ._space import Domain, Options, accepts, decode, encode, is_json, label, space_json
from .search.variant_generator import Path, assign

GIVEN = "config"
"""The parameter of the engine's that holds a configuration of a searcher of the user's."""


class Searched:
    """Configurations of a space that the engine searches."""

    def __init__(self, space: Mapping[str, Any]) -> None:
        self.space = space

    def json(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        """The space as the engine knows it.

        :param extra: parameters besides the user's.
        """
        return space_json({**self.space, **extra})

    def decode(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The user's configuration."""
        return {name: decode(value, config.get(name)) for name, value in self.space.items()}

    def encode(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration of the user's in the engine's form.

        :raises ValueError: where it is not of the space.
        """
        for name in (*config, *self.space):
            if name not in self.space or name not in config:
                raise ValueError(f"a configuration must have the parameters {list(self.space)}, and has {list(config)}")
        made: dict[str, Any] = {}
        for name, value in self.space.items():
            try:
                made[name] = encode(value, config[name], f"param_space[{name!r}]")
                known = accepts(value, made[name]) and decode(value, made[name]) == config[name]
            except (ValueError, KeyError):
                known = False
            if not known:
                raise ValueError(f"{name} is {config[name]!r}, which is not of the search space: {value!r}")
        return made

    def chosen(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What varies of a configuration, by path."""
        whole = self.decode(config)
        return {path: value for path, value in _flat(whole, "") if _varies(self.space, path)}


class Given:
    """Configurations that a searcher in Python makes: what it chose, by path, beside the constants of the space.

    What JSON lacks is marked: objects of the space by their place in it, others by their pickle.
    """

    def __init__(self, space: Mapping[str, Any]) -> None:
        self.space = space

    def json(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        return {"version": 1, "parameters": {GIVEN: {"type": "given"}}}

    def encode(self, chosen: Mapping[Path, Any]) -> dict[str, Any]:
        """What was chosen, for the log."""
        objects = list(_objects(self.space))
        return {GIVEN: {_text(path): _encoded(value, objects) for path, value in chosen.items()}}

    def decode(self, config: Mapping[str, Any]) -> dict[str, Any]:
        objects = list(_objects(self.space))
        made = _containers(self.space)
        for path, value in config[GIVEN].items():
            _place(made, _parts(path), _decoded(value, objects))
        return made

    def chosen(self, config: Mapping[str, Any]) -> dict[str, Any]:
        objects = list(_objects(self.space))
        return {"/".join(_parts(path)): _decoded(value, objects) for path, value in config[GIVEN].items()}


def paths_of(config: Mapping[Any, Any]) -> dict[Path, Any]:
    """A configuration by paths: as it is where it is by paths already, else its leaves."""
    if all(isinstance(name, tuple) for name in config):
        return dict(config)
    return dict(_inner(config, ()))


def _inner(config: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(config, dict) and config and all(isinstance(name, str) for name in config):
        for name, value in config.items():
            yield from _inner(value, (*path, name))
    else:
        yield path, config


def _text(path: Path) -> str:
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]


def _place(made: Any, parts: list[str], value: Any) -> None:
    path: list[Any] = []
    inner = made
    for part in parts:
        is_list = isinstance(inner, (list, tuple))
        path.append(int(part) if is_list else part)
        if is_list:
            inner = inner[int(part)]
        elif isinstance(inner, dict):
            if part not in inner or (len(path) < len(parts) and not isinstance(inner[part], (dict, list, tuple))):
                inner[part] = {}
            inner = inner[part]
    assign(made, tuple(path), value)


def _containers(value: Any) -> Any:
    """A copy of containers, so that a trial which changes its configuration does not change the space."""
    if type(value) is dict:
        return {name: _containers(item) for name, item in value.items()}
    if type(value) is list:
        return [_containers(item) for item in value]
    return tuple(map(_containers, value)) if type(value) is tuple else value


def _objects(space: Any) -> Iterator[Any]:
    """What is no JSON in a space, in order."""
    if isinstance(space, Options):
        yield from _objects(space.options)
    elif type(space) is dict:
        for value in space.values():
            yield from _objects(value)
    elif type(space) in (list, tuple):
        for value in space:
            yield from _objects(value)
    elif not isinstance(space, Domain) and not is_json(space):
        yield space


def _encoded(value: Any, objects: list[Any]) -> Any:
    if value is None or type(value) in (bool, str) or (type(value) is int and is_json(value)):
        return value
    if type(value) is float:
        return value if math.isfinite(value) and not value.is_integer() else {"$float": repr(value)}
    if type(value) is list:
        return [_encoded(item, objects) for item in value]
    if type(value) is tuple:
        return {"$tuple": [_encoded(item, objects) for item in value]}
    if type(value) is dict and all(type(name) is str and not name.startswith("$") for name in value):
        return {name: _encoded(item, objects) for name, item in value.items()}
    for place, known in enumerate(objects):
        if known is value:
            return {"$object": place, "label": label(value)}
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return _encoded(value.item(), objects)
    import cloudpickle

    return {"$pickle": base64.b64encode(cloudpickle.dumps(value)).decode(), "label": label(value)}


def _decoded(value: Any, objects: list[Any]) -> Any:
    if isinstance(value, list):
        return [_decoded(item, objects) for item in value]
    if not isinstance(value, dict):
        return value
    if "$float" in value:
        return float(value["$float"])
    if "$tuple" in value:
        return tuple(_decoded(item, objects) for item in value["$tuple"])
    if "$object" in value:
        return objects[value["$object"]]
    if "$pickle" in value:
        return pickle.loads(base64.b64decode(value["$pickle"]))
    return {name: _decoded(item, objects) for name, item in value.items()}


def _flat(config: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(config, dict) and config:
        for name, value in config.items():
            yield from _flat(value, f"{path}/{name}" if path else str(name))
    else:
        yield path, config


def _varies(space: Any, path: str) -> bool:
    for part in path.split("/"):
        if isinstance(space, Domain) or (isinstance(space, dict) and space.keys() == {"grid_search"}):
            return True
        if not isinstance(space, dict) or part not in space:
            return False
        space = space[part]
    return isinstance(space, Domain) or (isinstance(space, dict) and space.keys() == {"grid_search"})
