"""So many trials at the same time at most."""

from __future__ import annotations

from typing import Any

from ._around import Around
from .searcher import Searcher


class ConcurrencyLimiter(Around):
    """A searcher that has ``max_concurrent`` trials under way at most.

    :param batch: waits until all of a batch are over, and tells of them only then.
    """

    def __init__(self, searcher: Searcher, max_concurrent: int, batch: bool = False) -> None:
        if not isinstance(max_concurrent, int) or max_concurrent <= 0:
            raise ValueError(f"ConcurrencyLimiter(): max_concurrent must be above 0, and is {max_concurrent!r}")
        super().__init__(searcher)
        self.max_concurrent = max_concurrent
        self.batch = batch
        self.live_trials: set[str] = set()
        self.num_unfinished_live_trials = 0
        self.cached_results: dict[str, tuple[Any, bool]] = {}
        self._limit_concurrency = not searcher.set_max_concurrency(max_concurrent)

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        # It limits already, and says so where that is another number.
        return self.max_concurrent == max_concurrent

    def suggest(self, trial_id: str) -> Any:
        if self._limit_concurrency and len(self.live_trials) >= self.max_concurrent:
            return None
        suggestion = self.searcher.suggest(trial_id)
        if suggestion is not None and suggestion != Searcher.FINISHED:
            self._begun(trial_id)
        return suggestion

    def replay(self, trial_id: str, config: dict[str, Any]) -> None:
        self.searcher.replay(trial_id, config)
        self._begun(trial_id)

    def _begun(self, trial_id: str) -> None:
        if self._limit_concurrency:
            self.live_trials.add(trial_id)
            self.num_unfinished_live_trials += 1

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        if not self._limit_concurrency:
            return self.searcher.on_trial_complete(trial_id, result=result, error=error)
        if trial_id not in self.live_trials:
            return None
        if not self.batch:
            self.searcher.on_trial_complete(trial_id, result=result, error=error)
            self.live_trials.remove(trial_id)
            self.num_unfinished_live_trials -= 1
            return None
        self.cached_results[trial_id] = (result, error)
        self.num_unfinished_live_trials -= 1
        if self.num_unfinished_live_trials <= 0:
            for known, (value, failed) in self.cached_results.items():
                self.searcher.on_trial_complete(known, result=value, error=failed)
                self.live_trials.discard(known)
            self.cached_results = {}
            self.num_unfinished_live_trials = 0
        return None

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        self.searcher.on_trial_result(trial_id, result)

    def on_pause(self, trial_id: str) -> None:
        self.searcher.on_pause(trial_id)

    def on_unpause(self, trial_id: str) -> None:
        self.searcher.on_unpause(trial_id)
