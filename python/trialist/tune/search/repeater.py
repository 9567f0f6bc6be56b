"""Each configuration several times."""

from __future__ import annotations

import math
from typing import Any

from ._around import Around
from .searcher import Searcher

TRIAL_INDEX = "__trial_index__"
"""The parameter that says which of the repetitions a trial is, from 0."""


class _Group:
    """The trials of one configuration."""

    def __init__(self, first: str, config: dict[str, Any], size: int) -> None:
        self.first = first
        self.config = config
        self.size = size
        self.scores: dict[str, Any] = {first: None}

    @property
    def is_full(self) -> bool:
        return len(self.scores) == self.size

    @property
    def is_over(self) -> bool:
        return self.is_full and all(value is not None for value in self.scores.values())


class Repeater(Around):
    """Runs each suggestion ``repeat`` times, and tells the searcher the mean once all of them are over.

    :param set_index: puts ``__trial_index__`` into the configuration.
    """

    def __init__(self, searcher: Searcher, repeat: int = 1, set_index: bool = True) -> None:
        if not isinstance(repeat, int) or repeat < 1:
            raise ValueError(f"Repeater(): repeat must be a whole number from 1, and is {repeat!r}")
        super().__init__(searcher)
        self.repeat = repeat
        self._set_index = set_index
        self._groups: dict[str, _Group] = {}
        self._open: _Group | None = None

    def suggest(self, trial_id: str) -> Any:
        if self._open is not None and not self._open.is_full:
            return self._member(trial_id, self._open)
        config = self.searcher.suggest(trial_id)
        if config is None or isinstance(config, str):
            return config
        return self._member(trial_id, _Group(trial_id, dict(config), self.repeat))

    def replay(self, trial_id: str, config: dict[str, Any]) -> None:
        group = self._open
        if group is None or group.is_full:
            config = {name: value for name, value in config.items() if name != TRIAL_INDEX}
            self.searcher.replay(trial_id, config)
            group = _Group(trial_id, config, self.repeat)
        self._member(trial_id, group)

    def _member(self, trial_id: str, group: _Group) -> dict[str, Any]:
        self._open = self._groups[trial_id] = group
        group.scores[trial_id] = None
        index = {TRIAL_INDEX: len(group.scores) - 1} if self._set_index else {}
        return {**group.config, **index}

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        group = self._groups.get(trial_id)
        if group is None:
            return
        value = (result or {}).get(self._metric or "", math.nan)
        group.scores[trial_id] = math.nan if error else value
        if group.is_over:
            known = [score for score in group.scores.values() if score == score]
            mean = sum(known) / len(known) if known else math.nan
            self.searcher.on_trial_complete(group.first, result={str(self._metric): mean}, error=not known)
