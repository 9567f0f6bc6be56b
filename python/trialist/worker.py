"""What runs beside the code to tune: ``python -m trialist.worker parent|fresh TARGET [--reuse]``.

``parent`` imports the code once and forks a worker for each trial; ``fresh`` is one worker.
"""

from __future__ import annotations

import ctypes
import gc
import os
import selectors
import signal
import sys
from typing import Any, Mapping, NoReturn

if sys.version_info < (3, 10):
    sys.exit(f"trialist needs Python 3.10 or newer, and this is {sys.version.split()[0]}: name another interpreter")

# Threads that a library starts at import would make a fork unsafe; a worker sets their number when it has its trial.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from ._client import Connection, hello  # noqa: E402
from ._run import failure_of, serve  # noqa: E402
from ._target import load  # noqa: E402

_PR_SET_PDEATHSIG = 1


def main() -> None:
    mode, target, *options = sys.argv[1:]
    address = os.environ["TRIALIST_SOCKET"]
    token = os.environ.pop("TRIALIST_TOKEN")
    reusable = "--reuse" in options
    # As a script of its own would have it.
    sys.argv = [target]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    failure = None
    trainable = None
    try:
        trainable = load(target)
    except BaseException as fault:
        failure = failure_of(fault)
    if mode == "parent":
        _Parent(address, token, trainable, reusable).run(failure)
    else:
        serve(address, token, trainable, reusable, failure)
        _end()


def unsafe_to_fork() -> str | None:
    """Why a child forked from this process might hang or fail; None where it is safe."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} does not fork safely"
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        return f"the code started {threads - 1} other thread{'s' if threads > 2 else ''} when it was imported"
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "the code initialised CUDA when it was imported"
    bridge = sys.modules.get("jax._src.xla_bridge")
    if bridge is not None and getattr(bridge, "_backends", None):
        return "the code initialised XLA when it was imported"
    return None


class _Parent:
    """Forks a worker for each message of the engine, and tells of their ends."""

    def __init__(self, address: str, token: str, trainable: Any, reusable: bool) -> None:
        self._address = address
        self._token = token
        self._trainable = trainable
        self._reusable = reusable
        self._workers: dict[int, str] = {}

    def run(self, failure: Mapping[str, str] | None) -> None:
        self._connection = Connection(self._address)
        reason = None if failure else unsafe_to_fork()
        message = hello(self._token, parent={"fork": reason is None, "reason": reason})
        self._connection.send(message if failure is None else {**message, "failure": failure})
        if failure is not None or reason is not None:
            return
        self._libc = ctypes.CDLL(None)
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # What is there now is not looked at again by collections in the workers, so that its pages stay shared.
        gc.collect()
        gc.freeze()
        self._listen()

    def _listen(self) -> None:
        selector = selectors.DefaultSelector()
        selector.register(self._connection, selectors.EVENT_READ, self._connection)
        selector.register(self._wake_reader, selectors.EVENT_READ, None)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    self._reap()
                    continue
                lines = self._connection.lines()
                if lines is None:
                    self._end_all()
                for line in lines or ():
                    self._fork(_token_of(line), selector)

    def _fork(self, token: str, selector: selectors.BaseSelector) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self._become_worker(parent, selector)
                serve(self._address, token, self._trainable, self._reusable)
            finally:
                _end()
        self._workers[pid] = token
        self._connection.send({"type": "forked", "token": token, "pid": pid})

    def _become_worker(self, parent: int, selector: selectors.BaseSelector) -> None:
        os.setsid()
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        selector.close()
        self._connection.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def _reap(self) -> None:
        try:
            os.read(self._wake_reader, 65536)
        except BlockingIOError:
            pass
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            token = self._workers.pop(pid, None)
            if token is None:
                continue
            code = os.waitstatus_to_exitcode(status)
            ending = {"code": code, "signal": None} if code >= 0 else {"code": None, "signal": -code}
            self._connection.send({"type": "exited", "token": token, "pid": pid, **ending})

    def _end_all(self) -> NoReturn:
        """The engine is gone."""
        for pid in self._workers:
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                pass
        os._exit(0)


def _token_of(line: bytes) -> str:
    # `{"type":"fork","token":"…"}`: tokens hold no character that JSON would write in another way.
    return line.decode().rsplit('"', 2)[1]


def _end() -> NoReturn:
    """Ends the process without what libraries would do at their exit, which a forked one has no part in."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(0)


if __name__ == "__main__":
    main()
