"""The worker's end of the trial protocol: JSON objects, a line each, over a socket."""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any, Mapping, NoReturn

from ._version import VERSION

PROTOCOL = 1
"""The version of the protocol that is spoken."""

CONTINUE = b'{"type":"continue"}'
"""The usual answer to a report, compared as it is."""

LINE_LENGTH = 16 * 1024 * 1024
"""Bytes that a line may have."""

_CHUNK = 65_536


class TrialStopped(SystemExit):
    """Raised by :func:`trialist.report` when the trial is to end early, and by each later call.

    It is how a trial ends, not a failure: let it pass. It is no ``Exception``, so that ``except Exception`` does not
    swallow it; a plain script ends quietly with it, with code 0.
    """

    def __init__(self) -> None:
        super().__init__(0)


class ProtocolError(RuntimeError):
    """The engine refused what was said, or said what can't be understood."""


class Connection:
    """One connection to the engine. Messages are sent and answered in turn.

    :param address: of ``TRIALIST_SOCKET``: the path of a Unix socket, or ``host:port``.
    :raises ProtocolError: where nobody listens there.
    """

    def __init__(self, address: str) -> None:
        self._socket = _connect(address)
        self._rest = b""
        self._unanswered: list[int] = []

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends a message. Ends the process where the engine is gone."""
        self.send_line(json.dumps(message, separators=(",", ":")))

    def send_line(self, line: str) -> None:
        """Sends a message that is JSON already. Ends the process where the engine is gone.

        :raises ValueError: where it is longer than a line may be.
        """
        try:
            self._socket.sendall(_data_of(line))
        except OSError:
            _engine_gone()

    def ask(self, line: str) -> bytes:
        """Sends a report and answers its answer, as a line."""
        while self._unanswered:
            # Somebody's signal handler raised while a report was waiting: its answer is nobody's.
            self.line()
            self._unanswered.pop()
        data = _data_of(line)
        try:
            # One call, so that no signal handler comes between sending and knowing of it; sendall would let one in at its end.
            self._unanswered.extend(map(self._socket.send, (data,)))
            sent = self._unanswered[-1]
            if sent < len(data):
                self._socket.sendall(data[sent:])
        except OSError:
            _engine_gone()
        answer = self.line()
        self._unanswered.pop()
        return answer

    def line(self) -> bytes:
        """The next line, without its end. Ends the process where the engine is gone."""
        line = self.next_line()
        if line is None:
            _engine_gone()
        return line

    def next_line(self) -> bytes | None:
        """The next line, without its end; None where the connection has ended."""
        while True:
            end = self._rest.find(b"\n")
            if end >= 0:
                line, self._rest = self._rest[:end], self._rest[end + 1 :]
                return line
            if not self._receive():
                return None

    def lines(self) -> list[bytes] | None:
        """The lines that have come by now, perhaps none; None where the connection has ended."""
        if not self._receive():
            return None
        *lines, self._rest = self._rest.split(b"\n")
        return lines

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bool:
        try:
            chunk = self._socket.recv(_CHUNK)
        except OSError:
            return False
        self._rest += chunk
        return chunk != b""


def _data_of(line: str) -> bytes:
    data = (line + "\n").encode()
    if len(data) > LINE_LENGTH:
        raise ValueError(f"a message of {len(data)} bytes is longer than {LINE_LENGTH}: report less at a time")
    return data


def hello(token: str, **fields: Any) -> dict[str, Any]:
    """A worker's first message."""
    return {"type": "hello", "token": token, "protocol": [PROTOCOL, PROTOCOL], "sdk": f"python {VERSION}", **fields}


def message_of(line: bytes) -> dict[str, Any]:
    """A line as a message.

    :raises ProtocolError: where it is none.
    """
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError(f"the engine said what is no message: {line[:200]!r}")
    return message


def welcome_of(line: bytes) -> dict[str, Any]:
    """The welcome that a line is.

    :raises ProtocolError: where the engine refuses the connection, with what it says.
    """
    message = message_of(line)
    if message["type"] != "welcome":
        raise ProtocolError(str(message.get("message", f"the engine said {message['type']!r} in place of welcome")))
    if message["protocol"] != PROTOCOL:
        raise ProtocolError(
            f"the engine speaks version {message['protocol']} of the trial protocol, python {VERSION} version "
            f"{PROTOCOL}. Upgrade the older one: `pip install --upgrade trialist` or `npm install trialist@latest`."
        )
    return message


def _connect(address: str) -> socket.socket:
    host, colon, port = address.rpartition(":")
    try:
        if colon and port.isdigit() and "/" not in address:
            connection = socket.create_connection((host.strip("[]"), int(port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        if not hasattr(socket, "AF_UNIX"):
            raise ProtocolError(f"Python has no Unix sockets on {sys.platform}: print metrics as name=number instead")
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address)
        return connection
    except OSError as fault:
        raise ProtocolError(f"nobody listens at TRIALIST_SOCKET, {address}: {fault}") from fault


def _engine_gone() -> NoReturn:
    """Nobody waits for this trial any more, and what it goes on to do might disturb the attempt after it."""
    try:
        os.write(2, b"trialist: the engine is gone, and this trial ends with it\n")
    except OSError:
        pass
    os._exit(1)
