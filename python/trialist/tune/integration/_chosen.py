"""Which metrics of a library a callback reports, and under which names."""

from __future__ import annotations

import warnings
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
        missing = self._missing(found)
        if missing:
            raise KeyError(missing)
        return self._taken(found)

    def so_far(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """What there is of it. Warns of what there is not, where a library has its metrics one after the other."""
        missing = self._missing(found)
        if missing:
            warnings.warn(missing, stacklevel=2)
        return self._taken(found)

    def _missing(self, found: Mapping[str, Any]) -> str | None:
        missing = sorted(set((self._names or {}).values()) - set(found))
        return f"there is no metric {', '.join(missing)}, but {', '.join(sorted(found)) or 'none'}" if missing else None

    def _taken(self, found: Mapping[str, Any]) -> dict[str, Any]:
        names = {name: name for name in found} if self._names is None else self._names
        chosen = {name: found[source] for name, source in names.items() if source in found}
        return chosen if self._rewrite is None else self._rewrite(chosen)
