"""One searcher's engine, and what it was told."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ._engine import Engine
from ._problem import Wire, result_from


class Instance:
    """Feeds an engine with what happened, in an order that is the same for one that lived through it and one that reads of it.

    Where an engine's draws change its state, they are drawn again when their trials are observed; results that the first
    drawing did not know of, as they came while it was under way, wait until then.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[Mapping[str, Any]] = []
        self._ends = 0

    def observe(self, message: Mapping[str, Any]) -> None:
        if not self._engine.replays:
            return self._apply(message)
        if message["type"] == "suggested":
            if message["seed"] is not None:
                self._apply_until(message["ends"])
            return self._apply(message)
        self._waiting.append(message)

    def draw(self, message: Mapping[str, Any]) -> Sequence[float | None]:
        self._apply_until(None)
        for trial, wire, seed in message["accepted"]:
            self._engine.suggested(trial, wire, seed)
        return self._engine.draw(message["trial"], message["seed"], message["pinned"])

    def _apply_until(self, ends: int | None) -> None:
        """Applies the results that wait, up to so many in all."""
        while self._waiting and (ends is None or self._ends < ends):
            self._apply(self._waiting.pop(0))

    def _apply(self, message: Mapping[str, Any]) -> None:
        trial: int = message["trial"]
        if message["type"] == "suggested":
            wire: Wire = message["wire"]
            return self._engine.suggested(trial, wire, message["seed"])
        self._ends += 1
        self._engine.ended(trial, result_from(message))
