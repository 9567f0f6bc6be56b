"""What runs the code to tune: ``python -m trialist.worker parent|fresh TARGET [--reuse]``.

``parent`` imports the code once and forks a worker for each trial; ``fresh`` is one worker. ``TARGET`` is
``FILE.py:NAME``, ``MODULE:NAME`` or ``pickle:FILE``. ``--reuse`` makes workers that run one trial after another. The
engine starts it, with its address in the environment.
"""

from __future__ import annotations

import gc
import io
import os
import sys

if sys.version_info < (3, 10):
    sys.exit("trialist needs Python 3.10 or newer, and this is %s: name another interpreter" % sys.version.split()[0])

from . import _threads
from ._client import ProtocolError
from ._run import Trainable, flush, refuse, serve
from ._target import load


def main() -> int:
    """Runs what the command line says, and answers an exit code."""
    mode, target, reusable = _arguments(sys.argv[1:])
    address, token = os.environ.get("TRIALIST_SOCKET"), os.environ.pop("TRIALIST_TOKEN", None)
    if address is None or token is None:
        sys.exit("trialist.worker is started by the engine: `trialist run` or a Tuner")
    # As a script of that name would have it.
    sys.argv = [target]
    _write_lines()
    _threads.single()
    try:
        trainable = _load(target)
    except BaseException as fault:
        no_parent = {"parent": {"fork": False, "reason": "the code could not be loaded"}} if mode == "parent" else {}
        refuse(address, token, fault, **no_parent)
        return 1
    if mode == "fresh":
        return serve(address, token, trainable, reusable)
    # What only the parent needs.
    from ._parent import Parent

    return Parent(address, token, trainable, reusable).run()


def _arguments(words: list[str]) -> tuple[str, str, bool]:
    reusable = "--reuse" in words
    rest = [word for word in words if word != "--reuse"]
    if len(rest) == 2 and rest[0] in ("parent", "fresh"):
        return rest[0], rest[1], reusable
    sys.exit("usage: python -m trialist.worker parent|fresh TARGET [--reuse]")


def _load(target: str) -> Trainable:
    gc.disable()
    try:
        return load(target)
    finally:
        gc.enable()


def _write_lines() -> None:
    """Output is a file from the first line on, and should have each line at once, whatever it holds."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")


if __name__ == "__main__":
    try:
        code = main()
    except ProtocolError as refusal:
        flush()
        sys.exit(f"trialist: {refusal}")
    sys.exit(code)
