"""What ``run_experiments`` runs."""

from __future__ import annotations

from typing import Any, Mapping


class Experiment:
    """A trainable with its space and its options, as :func:`tune.run` takes them."""

    def __init__(self, name: str, run: Any, *, config: Mapping[str, Any] | None = None, **options: Any) -> None:
        self.name = name
        self.run = run
        self.spec = {"config": dict(config or {}), **options}

    @classmethod
    def from_json(cls, name: str, spec: Mapping[str, Any]) -> Experiment:
        """Of a dict with ``run`` and further options."""
        if "run" not in spec:
            raise TypeError(f"experiment {name!r} needs 'run', what is to be tuned")
        return cls(name, **spec)
