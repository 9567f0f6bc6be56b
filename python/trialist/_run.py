"""Runs attempts of a function or class in this process."""

from __future__ import annotations

import json
import os
import sys
import traceback
from types import TracebackType
from typing import Any, Callable, Mapping

from . import _metrics, _seeds, _threads, _trial
from ._class import ClassTrainable
from ._client import Connection, ProtocolError, TrialStopped, hello, welcome_of
from ._target import TargetError
from ._trial import Attempt

Trainable = Callable[..., Any]


def serve(address: str, token: str, trainable: Trainable, reusable: bool) -> int:
    """Says hello and runs what the engine hands over: one attempt, or one after another. Answers an exit code.

    :param address: of ``TRIALIST_SOCKET``.
    :param token: admits this process, once.
    """
    connection = Connection(address)
    connection.send(hello(token, reusable=reusable))
    train = ClassTrainable(trainable, reusable) if isinstance(trainable, type) else trainable
    if reusable and hasattr(train, "keep"):
        train.keep = True
    code = 0
    while code == 0 and (line := connection.next_line()) is not None:
        try:
            attempt = Attempt(connection, welcome_of(line))
        except ProtocolError as fault:
            print(f"trialist: {fault}", file=sys.stderr)
            return 1
        _prepare(attempt.welcome)
        _trial.begin(attempt)
        code = _run(attempt, train)
        if not reusable:
            break
    close = getattr(train, "close", None)
    if close is not None:
        close()
    connection.close()
    return code


def refuse(address: str, token: str, fault: BaseException, **fields: Any) -> None:
    """Says hello and why the code to tune could not be loaded."""
    failure = failure_of(fault)
    if isinstance(fault, TargetError):
        failure = {"kind": "error", "message": str(fault), "stack": ""}
    connection = Connection(address)
    connection.send(hello(token, failure=failure, **fields))
    connection.close()


def failure_of(fault: BaseException) -> dict[str, str]:
    """What was raised, as the log keeps it: ``kind``, ``message`` and ``stack``."""
    name = type(fault).__name__
    if isinstance(fault, SystemExit):
        message = f"the code called sys.exit({fault.code!r})"
    else:
        message = f"{name}: {fault}" if str(fault) else name
    stack = "".join(traceback.format_exception(type(fault), fault, _own_frames(fault.__traceback__)))
    return {"kind": "error", "message": message, "stack": stack}


def flush() -> None:
    """Writes what standard output and error still hold."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # It is closed, or there is none.
            pass


def _run(attempt: Attempt, train: Trainable) -> int:
    token = json.dumps(attempt.welcome["attempt"])
    try:
        returned = train(attempt.welcome["config"])
        metrics = "" if returned is None or attempt.stopped else ',"metrics":' + _last(attempt, returned)
    except TrialStopped:
        metrics = ""
    except BaseException as fault:
        if not (isinstance(fault, SystemExit) and fault.code in (None, 0)):
            failure = failure_of(fault)
            print(failure["stack"], end="", file=sys.stderr)
            flush()
            attempt.connection.send({"type": "error", "attempt": attempt.welcome["attempt"], **failure})
            return 1
        metrics = ""
    flush()
    attempt.connection.send_line(f'{{"type":"done","attempt":{token}{metrics}}}')
    return 0


def _last(attempt: Attempt, returned: Any) -> str:
    """What was returned, as a last report."""
    metrics = returned if isinstance(returned, Mapping) else {attempt.welcome["metric"]: returned}
    try:
        return _metrics.encode(metrics)
    except (TypeError, ValueError) as fault:
        raise type(fault)(f"the returned value is the last report: {fault}") from None


def _own_frames(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from the first frame of the code that is tuned on; None where there is none."""
    here = os.path.dirname(__file__) + os.sep
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith((here, "<frozen ")):
        trace = trace.tb_next
    return trace


def _prepare(welcome: Mapping[str, Any]) -> None:
    """The attempt's environment, output, threads and seeds."""
    os.environ.update(welcome["env"])
    if welcome["output"] is not None:
        flush()
        output = os.open(welcome["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
    _threads.allow(welcome["resources"]["cpus"])
    _seeds.seed(welcome["seed"])
