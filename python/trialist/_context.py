"""What a trial knows of itself."""

from __future__ import annotations

import json
import os
from typing import Any, Mapping

from ._trial import Attempt

_NO_RESOURCES: Mapping[str, Any] = {"cpus": None, "memory": None, "gpus": []}


class Context:
    """What a trial knows of itself, and where it stands. Outside of a trial nearly all is None."""

    def __init__(self, attempt: Attempt | None) -> None:
        self._attempt = attempt
        self._welcome: Mapping[str, Any] = _outside() if attempt is None else attempt.welcome

    @property
    def config(self) -> dict[str, Any]:
        """The configuration; empty outside of a trial."""
        config: Any = self._welcome["config"] if self._attempt is None else self._attempt.config
        return config

    @property
    def trial(self) -> int | None:
        """The trial's number, from 0; None outside of a trial."""
        return self._welcome["trial"]

    @property
    def attempt(self) -> int | None:
        """1 for the first start of the trial, more after failures and resumes; None outside of a trial."""
        return self._welcome["number"]

    @property
    def seed(self) -> int | None:
        """A whole number below 2**32 that differs by trial and attempt; None outside of a trial.

        Functions and classes find ``random`` seeded with it, and NumPy and torch where their module imports them. A
        script seeds what it likes.
        """
        return self._welcome["seed"]

    @property
    def resources(self) -> Mapping[str, Any]:
        """``cpus``; ``memory``, bytes or None; ``gpus``, a list of the ids of devices."""
        return self._welcome["resources"]

    @property
    def directory(self) -> str | None:
        """The trial's own folder, which exists. The current folder stays the user's. None outside of a trial."""
        return self._welcome["directory"]

    @property
    def should_checkpoint(self) -> bool:
        """The engine asks for a checkpoint with the next report, after which the trial ends, to go on later."""
        return self._attempt is not None and self._attempt.save

    def __repr__(self) -> str:
        return f"Context(trial={self.trial}, attempt={self.attempt}, config={self.config})"


def _outside() -> dict[str, Any]:
    """Of a process without a connection; what a trial's command found in its environment, its other ranks find too."""
    number, file = os.environ.get("TRIALIST_TRIAL"), os.environ.get("TRIALIST_CONFIG")
    config: dict[str, Any] = {}
    if file is not None:
        with open(file, encoding="utf-8") as text:
            config = json.load(text)
    return {
        "config": config,
        "trial": None if number is None else int(number),
        "number": None,
        "seed": None,
        "resources": _NO_RESOURCES,
        "directory": os.environ.get("TRIALIST_DIRECTORY"),
    }
