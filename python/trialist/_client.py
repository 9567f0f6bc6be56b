"""The worker's end of the trial protocol: JSON objects, a line each, over a socket."""

from __future__ import annotations

import json
import os
import socket
from typing import Any, Mapping, NoReturn

from ._version import VERSION

PROTOCOL = 1
_CONTINUE = b'{"type":"continue"}'


class TrialStopped(SystemExit):
    """Raised by :func:`trialist.report` when the trial is to end early, and by each later call.

    It is how a trial ends, not a failure: let it pass. It is no ``Exception``, so that ``except Exception`` does not
    swallow it; a plain script ends quietly with it.
    """

    def __init__(self) -> None:
        super().__init__(0)


class ProtocolError(RuntimeError):
    """The engine refused what was said, or said what can't be understood."""


class Connection:
    """One connection to the engine. Messages are sent and awaited in turn."""

    def __init__(self, address: str) -> None:
        self._socket = _connect(address)
        self._rest = b""

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Mapping[str, Any]) -> None:
        self._socket.sendall(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def ask(self, line: bytes) -> bytes:
        """Sends a line and answers the next one; both without their ends."""
        self._socket.sendall(line + b"\n")
        return self.line()

    def line(self) -> bytes:
        """The next line. Ends the process where the engine is gone, as nobody hears it any more."""
        rest = self._rest
        while True:
            end = rest.find(b"\n")
            if end >= 0:
                self._rest = rest[end + 1 :]
                return rest[:end]
            chunk = self._socket.recv(65536)
            if not chunk:
                _engine_gone()
            rest += chunk

    def lines(self) -> list[bytes] | None:
        """The lines that have come, after a wait; None where the engine is gone."""
        chunk = self._socket.recv(65536)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return lines

    def close(self) -> None:
        self._socket.close()


def hello(token: str, **fields: Any) -> dict[str, Any]:
    return {"type": "hello", "token": token, "protocol": [PROTOCOL, PROTOCOL], "sdk": f"python {VERSION}", **fields}


def welcomed(connection: Connection) -> dict[str, Any]:
    """Waits for an attempt. Raises :class:`ProtocolError` where the engine refuses the connection."""
    message = json.loads(connection.line())
    if message["type"] == "welcome":
        return message
    raise ProtocolError(message.get("message", f"the engine said {message['type']} where welcome was expected"))


def _connect(address: str) -> socket.socket:
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in address:
        return socket.create_connection((host, int(port)))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    return connection


def _engine_gone() -> NoReturn:
    os._exit(1)


def is_continue(line: bytes) -> bool:
    return line == _CONTINUE
