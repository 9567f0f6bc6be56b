"""Runs attempts of a function or class in this process."""

from __future__ import annotations

import inspect
import os
import random
import shutil
import sys
import tempfile
import traceback
from typing import Any, Callable, Mapping

from . import _metrics, _trial, report
from ._client import Connection, TrialStopped, hello, welcomed
from ._trial import Attempt

Train = Callable[[Mapping[str, Any]], Any]


def serve(address: str, token: str, trainable: Any, reusable: bool, failure: Mapping[str, str] | None = None) -> None:
    """Says hello and runs what the engine hands over: one attempt, or one after another."""
    connection = Connection(address)
    message = hello(token, reusable=reusable)
    if failure is not None:
        connection.send({**message, "failure": failure})
        return
    connection.send(message)
    train = _function(trainable)
    while True:
        attempt = Attempt(connection, welcomed(connection))
        _prepare(attempt.welcome)
        _trial.begin(attempt)
        _run(attempt, train)
        _flush()
        if not reusable:
            return


def failure_of(fault: BaseException) -> dict[str, str]:
    """What was raised, as the log keeps it."""
    stack = "".join(traceback.format_exception(type(fault), fault, _own_frames(fault)))
    return {"kind": "error", "message": f"{type(fault).__name__}: {fault}", "stack": stack}


def _run(attempt: Attempt, train: Train) -> None:
    connection, token = attempt.connection, attempt.welcome["attempt"]
    try:
        returned = train(attempt.welcome["config"])
        last = "" if returned is None or attempt.stopped else f',"metrics":{_last(attempt, returned)}'
        connection._socket.sendall(f'{{"type":"done","attempt":"{token}"{last}}}\n'.encode())
    except TrialStopped:
        connection.send({"type": "done", "attempt": token})
    except BaseException as fault:
        if isinstance(fault, SystemExit) and fault.code in (None, 0):
            connection.send({"type": "done", "attempt": token})
            return
        failure = failure_of(fault)
        print(failure["stack"], file=sys.stderr)
        _flush()
        connection.send({"type": "error", "attempt": token, **failure})


def _last(attempt: Attempt, returned: Any) -> str:
    metrics = returned if isinstance(returned, Mapping) else {attempt.welcome["metric"]: returned}
    return _metrics.encode(metrics)


def _own_frames(fault: BaseException) -> Any:
    """The traceback without our own frames at its top."""
    trace = fault.__traceback__
    here = os.path.dirname(__file__)
    while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code.co_filename.startswith(here):
        trace = trace.tb_next
    return trace


def _function(trainable: Any) -> Train:
    if not inspect.isclass(trainable):
        return trainable
    return lambda config: _drive(trainable, config)


def _drive(trainable: type, config: Mapping[str, Any]) -> None:
    """A class: set up, loaded, a report a step, cleaned up whatever happens."""
    instance = trainable()
    try:
        if hasattr(instance, "setup"):
            instance.setup(config)
        attempt = _trial.current()
        assert attempt is not None
        checkpoint = attempt.checkpoint()
        if checkpoint is not None and hasattr(instance, "load"):
            instance.load(checkpoint.path)
        every = int(getattr(instance, "checkpoint_every", 1))
        steps = 0
        while (metrics := instance.step()) is not None:
            steps += 1
            if hasattr(instance, "save") and (steps % every == 0 or attempt.save):
                _report_saved(instance, metrics)
            else:
                report(metrics)
    finally:
        if hasattr(instance, "cleanup"):
            instance.cleanup()


def _report_saved(instance: Any, metrics: Mapping[str, Any]) -> None:
    folder = tempfile.mkdtemp(prefix="trialist-save-")
    try:
        instance.save(folder)
        report(metrics, checkpoint=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(welcome: Mapping[str, Any]) -> None:
    """The attempt's environment, output, threads and seeds."""
    os.environ.update(welcome["env"])
    if welcome["output"] is not None:
        _flush()
        output = os.open(welcome["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
    # What is not loaded now was not loaded by the user's code, and starts with one thread by its own environment variable.
    threads = max(1, round(welcome["resources"]["cpus"]))
    modules = sys.modules
    if "torch" in modules:
        modules["torch"].set_num_threads(threads)
        modules["torch"].manual_seed(welcome["seed"])
    if "threadpoolctl" in modules:
        modules["threadpoolctl"].threadpool_limits(threads)
    if "numpy" in modules:
        modules["numpy"].random.seed(welcome["seed"])
    random.seed(welcome["seed"])


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
