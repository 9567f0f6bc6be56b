"""Tells people how an experiment goes on."""

from __future__ import annotations

import sys
import time
from typing import Any, Mapping, Sequence

from ._config import ITERATIONS

_EVERY_SECONDS = 2.0


class Progress:
    """Prints the first failure, and now and then how far it is.

    :param verbose: 0 leaves out how far it is.
    :param total: of trials; None where only the time is limited.
    """

    def __init__(self, metric: str, mode: str, total: int | None, verbose: int) -> None:
        self._metric = metric
        self._sign = 1 if mode == "min" else -1
        self._total = total
        self._verbose = verbose
        self._ended = 0
        self._failed = 0
        self._best: float | None = None
        self._said = ""
        self._next = time.monotonic() + _EVERY_SECONDS

    def __call__(self, message: Mapping[str, Any]) -> None:
        """Takes a message of the engine's."""
        if message["type"] != "end" or message["state"] in ("pending", "paused"):
            return
        self._ended += 1
        if message["state"] == "failed":
            self._failed += 1
            if self._failed == 1:
                _say(f"Trial {message['trial']} failed: {message['error']}")
        elif isinstance(message["score"], (int, float)):
            score = message["score"]
            if self._best is None or self._sign * score < self._sign * self._best:
                self._best = score
        if self._verbose > 0 and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_SECONDS
            self._said = self._far()
            _say(self._said)

    def close(self, ended: int, errors: Sequence[Exception], best: float | None) -> None:
        """Says how it ended, and why trials failed, where any did: the first one's traceback.

        :param ended: trials that are over, those of earlier sessions included.
        :param best: the best score of them all.
        """
        self._ended, self._failed, self._best = ended, len(errors), best
        if self._verbose > 0 and self._far() != self._said:
            _say(self._far())
        if errors:
            _say(f"The first failure:\n{errors[0]}")

    def _far(self) -> str:
        of = "" if self._total is None else f" of {self._total}"
        failed = f", {self._failed} failed" if self._failed else ""
        best = "" if self._best is None or self._metric == ITERATIONS else f", best {self._metric} {self._best:g}"
        return f"{self._ended}{of} trials{failed}{best}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
