"""Which metrics of a library a callback reports, and under which names."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence


class Chosen:
    """Takes what is asked for out of a library's metrics.

    :param metrics: names of the library's metrics, or a dict of the names to report to these. Default: all.
    :param rewrite: makes of these what is reported. Default: they are.
    """

    def __init__(
        self,
        metrics: str | Sequence[str] | Mapping[str, str] | None,
        rewrite: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        names = [metrics] if isinstance(metrics, str) else metrics
        self._names = names if names is None or isinstance(names, Mapping) else {name: name for name in names}
        self._rewrite = rewrite

    def of(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """
        :raises KeyError: where the library has no metric of that name, with those that it has.
        """
        names = {name: name for name in found} if self._names is None else self._names
        missing = sorted(set(names.values()) - set(found))
        if missing:
            raise KeyError(f"there is no metric {', '.join(missing)}, but {', '.join(sorted(found))}")
        chosen = {name: found[source] for name, source in names.items()}
        return chosen if self._rewrite is None else self._rewrite(chosen)
