"""The trial that this process runs: what ``report``, ``get_checkpoint`` and ``get_context`` speak of."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from typing import Any, Mapping

from . import _checkpoint, _metrics
from ._checkpoint import Checkpoint
from ._client import Connection, ProtocolError, TrialStopped, hello, is_continue, welcomed

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Attempt:
    """One attempt of a trial, from its welcome to its end."""

    def __init__(self, connection: Connection, welcome: Mapping[str, Any]) -> None:
        self.connection = connection
        self.welcome = welcome
        self.pid = os.getpid()
        self.stopped = False
        self.save = False
        self._checkpoints = 0
        self._begin = f'{{"type":"report","attempt":"{welcome["attempt"]}","metrics":'

    def report(self, metrics: Mapping[str, Any], step: Any, checkpoint: Any) -> None:
        if self.stopped:
            raise TrialStopped()
        line = self._begin + _metrics.encode(metrics)
        if step is not None:
            line += ',"step":' + _metrics.encode({"step": step})[8:-1]
        if checkpoint is not None:
            line += f',"checkpoint":"{self._write(checkpoint)}"'
        answer = self.connection.ask((line + "}").encode())
        if not is_continue(answer):
            self._take(json.loads(answer))
        elif self.save:
            self.save = False

    def _take(self, message: Mapping[str, Any]) -> None:
        kind = message["type"]
        if kind == "continue":
            self.save = message.get("save") is True
        elif kind in ("stop", "pause"):
            self.stopped = True
            raise TrialStopped()
        else:
            raise ProtocolError(message.get("message", f"the engine answered {kind}"))

    def _write(self, checkpoint: Any) -> str:
        store = self.welcome.get("checkpoints")
        if store is None:
            raise RuntimeError("report(): this experiment has no place for checkpoints")
        source = checkpoint.path if isinstance(checkpoint, Checkpoint) else os.fspath(checkpoint)
        self._checkpoints += 1
        id = f"{self.welcome['trial']}-{self.welcome['number']}-{self._checkpoints}"
        said = False
        while True:
            try:
                _checkpoint.write(store["path"], id, source)
                return id
            except OSError as fault:
                if fault.errno not in _NO_SPACE:
                    raise
            if not said:
                print("trialist: no space for a checkpoint: the trial waits until there is", file=sys.stderr)
                said = True
            time.sleep(1)

    def checkpoint(self) -> Checkpoint | None:
        given = self.welcome.get("checkpoint")
        if given is None:
            return None
        path = os.path.join(self.welcome["checkpoints"]["path"], given["id"])
        return Checkpoint(path, id=given["id"], step=given["step"])


_current: Attempt | None = None


def begin(attempt: Attempt | None) -> None:
    global _current
    _current = attempt


def current() -> Attempt | None:
    """The attempt that this process runs; connects a script that the engine started. None outside of a trial."""
    global _current
    if _current is None and "TRIALIST_TOKEN" in os.environ and "TRIALIST_SOCKET" in os.environ:
        # The processes that a trial starts are not the trial.
        token = os.environ.pop("TRIALIST_TOKEN")
        connection = Connection(os.environ["TRIALIST_SOCKET"])
        connection.send(hello(token))
        _current = Attempt(connection, welcomed(connection))
    if _current is not None and _current.pid != os.getpid():
        # A child of the trial, such as a loader of data, holds a copy of the connection and must not use it.
        return None
    return _current
