"""What searchers around another searcher have in common."""

from __future__ import annotations

from typing import Any, Mapping

from .searcher import Searcher


class Around(Searcher):
    """Hands on to another searcher whatever it does not change."""

    def __init__(self, searcher: Searcher) -> None:
        self.searcher = searcher
        super().__init__(searcher.metric, searcher.mode)

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        super().set_search_properties(metric, mode, config, **spec)
        return self.searcher.set_search_properties(metric, mode, config, **spec)

    def add_evaluated_point(self, *args: Any, **named: Any) -> None:
        self.searcher.add_evaluated_point(*args, **named)

    def get_state(self) -> dict[str, Any]:
        state = {name: value for name, value in vars(self).items() if name != "searcher"}
        return {**state, "searcher_state": self.searcher.get_state()}

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
