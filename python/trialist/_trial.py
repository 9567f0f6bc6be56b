"""The trial that this process runs: what ``report``, ``get_checkpoint`` and ``get_context`` speak of."""

from __future__ import annotations

import _thread
import errno
import json
import os
import sys
import time
from typing import Any, Mapping

from . import _checkpoint, _metrics
from ._checkpoint import Checkpoint
from ._client import CONTINUE, Connection, ProtocolError, TrialStopped, hello, message_of, welcome_of

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RETRY_SECONDS = 1.0


class Attempt:
    """One attempt of a trial, from its welcome to its end."""

    def __init__(self, connection: Connection, welcome: Mapping[str, Any]) -> None:
        self.connection = connection
        self.welcome = welcome
        self.pid = os.getpid()
        self.config: Mapping[str, Any] = welcome["config"]
        """The configuration as the user's code has it."""
        checkpoint = welcome.get("checkpoint")
        self.iterations = 0 if checkpoint is None else int(checkpoint["step"])
        """Reports of the trial by now, those before its checkpoint included."""
        self.stopped = False
        """The engine said that the trial is to end."""
        self.save = False
        """The engine asked for a checkpoint with the next report."""
        self._refused: str | None = None
        self._checkpoints = 0
        self._begin = f'{{"type":"report","attempt":{json.dumps(welcome["attempt"])},"metrics":'
        # One report at a time, whichever thread it comes from.
        self._lock = _thread.RLock()

    def report(self, metrics: Mapping[str, Any], step: Any, checkpoint: Any) -> None:
        with self._lock:
            if self.stopped:
                raise TrialStopped()
            if self._refused is not None:
                raise ProtocolError(self._refused)
            line = self._begin + _metrics.encode(metrics)
            if step is not None:
                line += ',"step":' + _metrics.number("step", step)
            if checkpoint is not None:
                source = _checkpoint.folder_of(checkpoint)
                line += f',"checkpoint":{json.dumps(self._write(source))},"source":{json.dumps(os.path.abspath(source))}'
            answer = self.connection.ask(line + "}")
            if answer == CONTINUE:
                self.save = False
            else:
                self._take(message_of(answer))

    def checkpoint(self) -> Checkpoint | None:
        """Where this attempt goes on from."""
        given, store = self.welcome.get("checkpoint"), self.welcome.get("checkpoints")
        if given is None or store is None:
            return None
        return Checkpoint(os.path.join(store["path"], given["id"]), id=given["id"], step=given["step"])

    def _take(self, message: Mapping[str, Any]) -> None:
        kind = message["type"]
        if kind == "continue":
            self.save = message.get("save") is True
        elif kind in ("stop", "pause"):
            self.stopped = True
            raise TrialStopped()
        else:
            self._refused = str(message.get("message", f"the engine answered a report with {kind!r}"))
            raise ProtocolError(self._refused)

    def _write(self, source: str) -> str:
        """Writes a checkpoint to the store, waiting for space where there is none, and answers its id."""
        store = self.welcome.get("checkpoints")
        if store is None:
            raise RuntimeError("report(): there is no place for checkpoints in this experiment")
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
                    # Its output may be on the same disk.
                    message = f"{fault}: the trial waits and goes on as soon as there is space."
                    self.connection.send({"type": "warning", "attempt": self.welcome["attempt"], "message": message})
                said = True
            time.sleep(_RETRY_SECONDS)


enters_directory = False
"""Attempts that begin in this process make the trial's folder the current one."""
_current: Attempt | None = None
_warned = False


def begin(attempt: Attempt) -> None:
    """From now on this process runs this attempt."""
    global _current
    _current = attempt
    directory = attempt.welcome["directory"]
    if enters_directory and directory is not None:
        os.environ.setdefault("TUNE_ORIG_WORKING_DIR", os.getcwd())
        os.chdir(directory)


def current() -> Attempt | None:
    """The attempt that this process runs, or that the process runs which it was forked from; None outside of a trial.

    Connects a script that the engine started, the first time.

    :raises ProtocolError: where the engine refuses the script.
    """
    global _current
    if _current is None and "TRIALIST_TOKEN" in os.environ and "TRIALIST_SOCKET" in os.environ and _is_first_rank():
        # The processes that a trial starts are not the trial: they are not to try with this token.
        token = os.environ.pop("TRIALIST_TOKEN")
        connection = Connection(os.environ["TRIALIST_SOCKET"])
        connection.send(hello(token))
        _current = Attempt(connection, welcome_of(connection.line()))
    return _current


def reporting() -> Attempt | None:
    """The attempt that this very process reports for. Says once where it is only a child of the one that does."""
    global _warned
    attempt = current()
    if attempt is not None and attempt.pid == os.getpid():
        return attempt
    if in_trial() and _is_first_rank() and not _warned:
        _warned = True
        why = "has no effect in processes that a trial started: report in the trial’s own"
        print(f"trialist: report() {why}", file=sys.stderr)
    return None


def in_trial() -> bool:
    """Whether this process belongs to a trial, be it as a child of the one that reports."""
    return "TRIALIST_SOCKET" in os.environ


def _is_first_rank() -> bool:
    """Of the ranks of a distributed training, which all run the same lines, the first speaks for the trial."""
    if "WORLD_SIZE" in os.environ:
        return os.environ.get("RANK", "0") == "0"
    return os.environ.get("OMPI_COMM_WORLD_RANK", "0") == "0"
