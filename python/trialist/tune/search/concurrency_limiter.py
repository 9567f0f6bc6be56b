"""So many trials at the same time at most."""

from __future__ import annotations

from typing import Any, Mapping

from .searcher import Searcher


class ConcurrencyLimiter(Searcher):
    """A searcher that has ``max_concurrent`` trials under way at most.

    :param batch: waits until all of a batch are over, and tells of them only then.
    """

    def __init__(self, searcher: Searcher, max_concurrent: int, batch: bool = False) -> None:
        if not isinstance(max_concurrent, int) or max_concurrent <= 0:
            raise ValueError(f"ConcurrencyLimiter(): max_concurrent must be above 0, and is {max_concurrent!r}")
        self.searcher = searcher
        self.max_concurrent = max_concurrent
        self.batch = batch
        self.live_trials: set[str] = set()
        self.num_unfinished_live_trials = 0
        self.cached_results: dict[str, tuple[Any, bool]] = {}
        self._limit_concurrency = not searcher.set_max_concurrency(max_concurrent)
        super().__init__(searcher.metric, searcher.mode)

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        self._metric, self._mode = metric, mode
        return self.searcher.set_search_properties(metric, mode, config, **spec)

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        # It limits already, and says so where that is another number.
        return self.max_concurrent == max_concurrent

    def suggest(self, trial_id: str) -> Any:
        if not self._limit_concurrency:
            return self.searcher.suggest(trial_id)
        if len(self.live_trials) >= self.max_concurrent:
            return None
        suggestion = self.searcher.suggest(trial_id)
        if suggestion is not None and suggestion != Searcher.FINISHED:
            self.live_trials.add(trial_id)
            self.num_unfinished_live_trials += 1
        return suggestion

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
        if hasattr(self.searcher, "on_pause"):
            self.searcher.on_pause(trial_id)

    def on_unpause(self, trial_id: str) -> None:
        if hasattr(self.searcher, "on_unpause"):
            self.searcher.on_unpause(trial_id)

    def add_evaluated_point(self, *args: Any, **named: Any) -> None:
        self.searcher.add_evaluated_point(*args, **named)

    def get_state(self) -> dict[str, Any]:
        state = {name: value for name, value in vars(self).items() if name != "searcher"}
        return {**state, "live_trials": set(self.live_trials), "searcher_state": self.searcher.get_state()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        own = dict(state)
        inner = own.pop("searcher_state", None)
        vars(self).update(own)
        if inner is not None:
            self.searcher.set_state(inner)

    def save(self, checkpoint_path: str) -> None:
        self.searcher.save(checkpoint_path)

    def restore(self, checkpoint_path: str) -> None:
        self.searcher.restore(checkpoint_path)
