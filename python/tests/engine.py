"""The engine's side of the protocol for tests: a real socket that real processes connect to."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from typing import Any, Callable, Iterator

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT = 20.0


class Peer:
    """One connection of a worker."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(TIMEOUT)
        self.socket = connection
        self._file = connection.makefile("rb")

    def read(self) -> dict[str, Any] | None:
        """The next message; None at the connection's end."""
        try:
            line = self._file.readline()
        except ConnectionResetError:
            return None
        return json.loads(line) if line else None

    def send(self, **message: Any) -> None:
        self.socket.sendall(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def answer(self, **message: Any) -> dict[str, Any]:
        """Sends a message and answers the next one, which must come."""
        self.send(**message)
        return self.expect()

    def expect(self) -> dict[str, Any]:
        message = self.read()
        assert message is not None, "the connection ended"
        return message

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Engine:
    """Listens in a folder of its own, and starts workers."""

    def __init__(self, tcp: bool = False) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="trialist-test-"))
        if tcp:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self.address = os.path.join(self.folder, "socket")
            self._listener.bind(self.address)
            self._listener.listen(16)
        self._listener.settimeout(TIMEOUT)
        self._processes: list[subprocess.Popen[str]] = []
        self._peers: list[Peer] = []

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def read(self, name: str) -> str:
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def python(self, *arguments: str, token: str | None = "token", **env: str) -> subprocess.Popen[str]:
        own = {"PYTHONPATH": PACKAGE, "TRIALIST_SOCKET": self.address}
        if token is not None:
            own["TRIALIST_TOKEN"] = token
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**plain_environment(), **own, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def worker(self, mode: str, target: str, *options: str, **env: str) -> subprocess.Popen[str]:
        return self.python("-m", "trialist.worker", mode, target, *options, **env)

    def accept(self) -> Peer:
        peer = Peer(self._listener.accept()[0])
        self._peers.append(peer)
        return peer

    def welcome(self, attempt: str = "a", **fields: Any) -> dict[str, Any]:
        """A welcome's fields."""
        return {
            "type": "welcome",
            "protocol": 1,
            "attempt": attempt,
            "trial": 0,
            "number": 1,
            "config": {"x": 1.5},
            "metric": "loss",
            "seed": 7,
            "checkpoint": None,
            "checkpoints": {"kind": "folder", "path": os.path.join(self.folder, "checkpoints")},
            "resources": {"cpus": 1, "memory": None, "gpus": []},
            "directory": self.folder,
            "output": None,
            "env": {},
            **fields,
        }

    def fork(self, parent: Peer, token: str = "w1") -> tuple[Peer, int]:
        """A worker that the parent forks, after its hello, and its process."""
        forked = parent.answer(type="fork", token=token)
        assert forked["type"] == "forked" and forked["token"] == token, forked
        peer = self.accept()
        hello = peer.expect()
        assert hello["token"] == token, hello
        return peer, forked["pid"]

    def close(self) -> None:
        for peer in self._peers:
            peer.close()
        self._listener.close()
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


class EngineTest(unittest.TestCase):
    """A test with an engine."""

    tcp = False

    def setUp(self) -> None:
        self.engine = Engine(self.tcp)
        self.addCleanup(self.engine.close)

    def fresh(self, code: str, *options: str, **env: str) -> Peer:
        """A worker of ``train`` in ``train.py`` that said hello."""
        self.engine.write("train.py", code)
        self.process = self.engine.worker("fresh", "train.py:train", *options, **env)
        peer = self.engine.accept()
        self.assertEqual(peer.expect()["type"], "hello")
        return peer

    def parent(self, code: str, *options: str, **env: str) -> Peer:
        """A warm parent of ``train`` in ``train.py`` that said hello and can fork."""
        self.engine.write("train.py", code)
        self.process = self.engine.worker("parent", "train.py:train", *options, **env)
        peer = self.engine.accept()
        self.assertEqual(peer.expect()["parent"], {"fork": True, "reason": None})
        return peer


def plain_environment() -> dict[str, str]:
    """This process's environment without what a trial or the user's threads would bring along."""
    dropped = ("TRIALIST_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "TF_NUM_", "RANK", "WORLD_SIZE", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def by_hand(folder: str, code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a script without an engine."""
    environment = {**plain_environment(), "PYTHONPATH": PACKAGE, **env}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT)


def until(condition: Callable[[], bool]) -> None:
    """Polls until something is so."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come about in time")
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process is there and no mere entry that its parent has yet to take."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def suspended(pid: int) -> Iterator[None]:
    """A process that does nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
