"""The warm parent: imports the code once and forks a worker for each trial."""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import selectors
import signal
import sys
from typing import Any, NoReturn

from . import _seeds
from ._client import Connection, ProtocolError, hello, message_of
from ._pages import Collapse
from ._run import Trainable, flush, serve

_PR_SET_PDEATHSIG = 1

# Workers after which large pages are worth their making: trials are many, and short.
_MANY = 8


def unsafe_to_fork() -> str | None:
    """Why a child forked from this process might hang or fail; None where it is safe."""
    if not sys.platform.startswith("linux"):
        return f"on {sys.platform} the system's own libraries do not bear it"
    threads = len(os.listdir("/proc/self/task")) - 1
    if threads > 0:
        return f"the code started {threads} thread{'s' if threads > 1 else ''} when it was imported"
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "the code initialised CUDA when it was imported"
    bridge = sys.modules.get("jax._src.xla_bridge")
    if bridge is not None and getattr(bridge, "_backends", None):
        return "the code initialised XLA when it was imported"
    return None


class Parent:
    """Forks a worker for each message of the engine, and tells of their ends.

    :param address: of ``TRIALIST_SOCKET``.
    :param token: admits this process, once.
    """

    def __init__(self, address: str, token: str, trainable: Trainable, reusable: bool) -> None:
        self._address = address
        self._token = token
        self._trainable = trainable
        self._reusable = reusable
        self._workers: dict[int, str] = {}
        self._forked = 0

    def run(self) -> int:
        """Serves until the engine is gone, or ends at once where forking is not safe. Answers an exit code."""
        reason = unsafe_to_fork()
        self._connection = Connection(self._address)
        self._connection.send(hello(self._token, parent={"fork": reason is None, "reason": reason}))
        if reason is not None:
            self._connection.close()
            return 0
        self._pid = os.getpid()
        self._libc = ctypes.CDLL(None)
        self._own_signals()
        # What libraries load and compute the first time they are seeded is done once, here.
        _seeds.seed(0)
        # What is there now is not looked at again by collections in the workers, so that its pages stay shared.
        gc.freeze()
        self._listen()

    def _own_signals(self) -> None:
        """What the user's module may have set is given back in the workers."""
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        ours: dict[signal.Signals, Any] = {
            signal.SIGINT: signal.SIG_IGN,
            signal.SIGTERM: lambda *_: self._end(),
            signal.SIGCHLD: lambda *_: None,
        }
        self._others_signals = {number: signal.signal(number, handler) for number, handler in ours.items()}
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def _listen(self) -> NoReturn:
        # Without a descriptor of its own, which workers would have to close.
        selector = selectors.PollSelector()
        selector.register(self._connection, selectors.EVENT_READ, self._hear)
        selector.register(self._woken, selectors.EVENT_READ, self._reap)
        pages = Collapse(self._libc)
        idle = False
        while True:
            events = selector.select(0 if idle else None)
            for key, _ in events:
                key.data()
            idle = self._forked >= _MANY and (bool(events) or pages.step())

    def _hear(self) -> None:
        lines = self._connection.lines()
        if lines is None:
            self._end()
        for line in lines:
            message = message_of(line)
            if message["type"] == "fork":
                self._fork(message["token"])
            elif message["type"] == "error":
                raise ProtocolError(str(message.get("message")))

    def _fork(self, token: str) -> None:
        try:
            pid = os.fork()
        except OSError as fault:
            print(f"trialist: no worker can be forked: {fault}", file=sys.stderr)
            self._connection.send({"type": "exited", "token": token, "pid": 0, "code": 1, "signal": None})
            return
        if pid == 0:
            self._become_worker(token)
        self._workers[pid] = token
        self._forked += 1
        self._connection.send({"type": "forked", "token": token, "pid": pid})

    def _become_worker(self, token: str) -> NoReturn:
        code = 1
        try:
            os.setsid()
            self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != self._pid:
                # The parent was gone before its death could be a signal.
                os._exit(1)
            signal.set_wakeup_fd(-1)
            for number, handler in self._others_signals.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)
            self._connection.close()
            os.close(self._woken)
            os.close(self._wake)
            # The parent's libraries clean up after the parent; what the trial registers runs at the worker's end.
            atexit._clear()
            code = serve(self._address, token, self._trainable, self._reusable)
            atexit._run_exitfuncs()
        except ProtocolError as fault:
            print(f"trialist: {fault}", file=sys.stderr)
        except BaseException as fault:
            sys.excepthook(type(fault), fault, fault.__traceback__)
        finally:
            flush()
            os._exit(code)

    def _reap(self) -> None:
        os.read(self._woken, 65_536)
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            token = self._workers.pop(pid, None)
            if token is None:
                # A process that the user's module started.
                continue
            code = os.waitstatus_to_exitcode(status)
            ending: dict[str, Any] = {"code": code, "signal": None} if code >= 0 else {"code": None, "signal": -code}
            self._connection.send({"type": "exited", "token": token, "pid": pid, **ending})

    def _end(self) -> NoReturn:
        """The engine is gone, or wants this process to be."""
        for pid in self._workers:
            for kill in (os.killpg, os.kill):
                try:
                    kill(pid, signal.SIGKILL)
                    break
                except OSError:
                    # It is gone, or was forked just now and does not lead a group yet.
                    pass
        os._exit(0)
