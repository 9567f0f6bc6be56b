"""The server's loop: lines of JSON from the engine, an answer to each question. It ends where its input does."""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
from typing import Any, Mapping, Sequence

from ._engine import make
from ._errors import EngineError, described
from ._instance import Instance
from ._problem import problem_from

_CHUNK = 1 << 16


def serve() -> None:
    """Serves until the input ends. What libraries print goes to standard error."""
    # Whoever interrupts the engine from the keyboard means the engine, which then ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(1)
    os.dup2(2, 1)
    _Server(0, answers).run()


class _Server:
    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._buffer = b""
        self._instances: dict[int, Instance | Exception] = {}

    def run(self) -> None:
        while True:
            line, separator, rest = self._buffer.partition(b"\n")
            if not separator:
                self._read()
                continue
            self._buffer = rest
            self._handle(json.loads(line))

    def _read(self) -> None:
        chunk = os.read(self._source, _CHUNK)
        if not chunk:
            os._exit(0)
        self._buffer += chunk

    def _handle(self, message: Mapping[str, Any]) -> None:
        kind, number = message["type"], message["id"]
        if kind == "open":
            try:
                self._instances[number] = Instance(make(problem_from(message)))
            except Exception as error:
                self._instances[number] = error
        elif kind == "close":
            self._instances.pop(number, None)
        elif kind == "check":
            known = self._instances[number]
            self._answer({"error": described(known)} if isinstance(known, Exception) else {})
        elif kind == "draw":
            self._draw(message)
        else:
            self._observe(number, message)

    def _observe(self, number: int, message: Mapping[str, Any]) -> None:
        known = self._instances[number]
        if isinstance(known, Exception):
            return
        try:
            known.observe(message)
        except Exception as error:
            # After it no answer can be trusted.
            self._instances[number] = error

    def _draw(self, message: Mapping[str, Any]) -> None:
        """A fork answers, and ends: what it did to the library's state goes with it."""
        known = self._instances[message["id"]]
        if isinstance(known, Exception):
            return self._answer({"error": described(known)})
        source, sink = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(source)
            _write(sink, _drawn(known, message))
            os._exit(0)
        os.close(sink)
        answer = self._hear(child, source)
        os.close(source)
        _, status = os.waitpid(child, 0)
        if not answer.endswith(b"\n"):
            reason = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"code {os.WEXITSTATUS(status)}"
            error = EngineError("died", f"its process ended while it was asked ({reason})")
            return self._answer({"error": described(error)})
        said = json.loads(answer)
        _import(said.pop("modules", ()))
        self._answer(said)

    def _hear(self, child: int, source: int) -> bytes:
        """What a fork says; where the engine is gone nobody wants to know, and the fork ends with this process."""
        heard = b""
        while True:
            ready, _, _ = select.select([source, self._source], [], [])
            if self._source in ready:
                chunk = os.read(self._source, _CHUNK)
                if not chunk:
                    os.kill(child, signal.SIGKILL)
                    os._exit(0)
                self._buffer += chunk
            if source in ready:
                chunk = os.read(source, _CHUNK)
                if not chunk:
                    return heard
                heard += chunk

    def _answer(self, answer: Mapping[str, Any]) -> None:
        _write(self._sink, _encoded(answer))


def _drawn(instance: Instance, message: Mapping[str, Any]) -> bytes:
    before = set(sys.modules)
    try:
        wire = instance.draw(message)
        return _encoded({"wire": wire, "modules": [name for name in sys.modules if name not in before]})
    except Exception as error:
        return _encoded({"error": described(error)})


def _import(names: Sequence[str]) -> None:
    """Imports what a fork had to import, so that the next one need not."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            # Not all that is listed as a module can be imported by its name.
            continue


def _encoded(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _write(sink: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(sink, data) :]
    except BrokenPipeError:
        sys.exit(0)
