"""The recorded exchanges of ``protocol/trial``, played to the real package; and that they are what the schema says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import unittest
from typing import Any

from .engine import PACKAGE, EngineTest, Peer

PROTOCOL = os.path.join(os.path.dirname(PACKAGE), "protocol")
RECORDED = os.path.join(PROTOCOL, "trial")

# What is tuned in each exchange.
CODE = {
    "whole-trial": """
        from trialist import report
        def train(config):
            report(loss=0.5, accuracy=0.25, step=1)
            report({"loss": 0.25}, accuracy=0.5, step=2)
            report({"loss": 0.125}, step=2.5)
            return {"loss": 0.0625}
    """,
    "early-stop": """
        from trialist import report
        def train(config):
            loss = 0
            while True:
                loss += 1
                report(loss=loss)
    """,
    "error": """
        from trialist import report
        def train(config):
            report(loss=1)
            raise ValueError("no such optimizer: " + config["optimizer"])
    """,
    "not-loaded": "1 / 0",
    "refused-version": "def train(config): pass",
    "refused-token": "def train(config): pass",
    "refused-report": """
        from trialist import report
        def train(config):
            report(loss=1, step=-1)
    """,
    "reuse": """
        from trialist import report, get_context
        def train(config):
            report(loss=get_context().trial)
    """,
    "non-finite": """
        from trialist import report
        def train(config):
            inf, nan = float("inf"), float("nan")
            report({'name with "quotes"': True}, loss=nan, largest=inf, least=-inf, tiny=5e-324, converged=False)
            return float("nan")
    """,
    "checkpoint": """
        import os
        from trialist import report, get_context
        def train(config):
            for step in range(1, 9):
                assert get_context().should_checkpoint == (step == 2)
                os.makedirs("state", exist_ok=True)
                report(loss=1 / 2**step, step=step, checkpoint="state")
    """,
    "resume": """
        from trialist import report, get_checkpoint
        def train(config):
            checkpoint = get_checkpoint()
            with checkpoint.as_directory() as folder:
                assert open(folder + "/state").read() == "2"
            for step in range(checkpoint.step + 1, 5):
                report(loss=1 / 2**step, step=step, checkpoint=checkpoint)
    """,
    "command": """
        from trialist import report
        report(loss=0.5)
        report(loss=0.25)
    """,
    "warm-parent": """
        import os, signal
        from trialist import report, get_context
        def train(config):
            if get_context().trial == 4:
                os.kill(os.getpid(), signal.SIGKILL)
            report(loss=get_context().trial)
    """,
    "unsafe-parent": """
        import threading, time
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        def train(config): pass
    """,
}

PARENTS = ("warm-parent", "unsafe-parent")
# What differs from run to run. Stacks are for people.
DIFFERS = ("token", "pid", "stack", "source")


class RecordedExchanges(EngineTest):
    def test_every_exchange_is_played(self) -> None:
        self.assertEqual({name.removesuffix(".jsonl") for name in os.listdir(RECORDED)}, set(CODE))

    def play(self, name: str) -> None:
        lines = recorded(name)
        self.engine.write("train.py", CODE[name])
        token = lines[0]["message"]["token"]
        process = self.start(name, token)
        peers: dict[str | None, Peer] = {}
        for line in lines:
            connection, message = line.get("connection"), line["message"]
            if connection not in peers:
                peers[connection] = self.engine.accept()
            if line["from"] == "engine":
                peers[connection].send(**self.here(message))
            else:
                self.compare(name, message, peers[connection].expect())
        if name == "reuse":
            peers[None].close()
        else:
            for connection, peer in peers.items():
                if connection == "parent":
                    peer.close()
                else:
                    self.assertIsNone(peer.read())
        _, notes = process.communicate(timeout=20)
        if name.startswith("refused-") and name != "refused-report":
            self.assertIn(lines[-1]["message"]["message"], notes)
            self.assertEqual(process.returncode, 1)

    def start(self, name: str, token: str) -> subprocess.Popen[str]:
        if name == "command":
            return self.engine.python("train.py", token=token)
        mode = "parent" if name in PARENTS else "fresh"
        options = ["--reuse"] if name == "reuse" else []
        return self.engine.worker(mode, "train.py:train", *options, TRIALIST_TOKEN=token)

    def here(self, message: dict[str, Any]) -> dict[str, Any]:
        """An engine's message with the folder of this test."""
        if message["type"] != "welcome":
            return message
        store = os.path.join(self.engine.folder, "checkpoints")
        if message["checkpoint"] is not None:
            folder = os.path.join(store, message["checkpoint"]["id"])
            os.makedirs(folder)
            with open(os.path.join(folder, "state"), "w", encoding="utf-8") as file:
                file.write(str(message["checkpoint"]["step"]))
        return {**message, "checkpoints": {"kind": "folder", "path": store}}

    def compare(self, name: str, expected: dict[str, Any], received: dict[str, Any]) -> None:
        checkpoint = received.get("checkpoint")
        if checkpoint is not None:
            self.assertTrue(os.path.isdir(os.path.join(self.engine.folder, "checkpoints", checkpoint)))
            self.assertTrue(os.path.isabs(received["source"]) and os.path.isdir(received["source"]))
        other = ("protocol", "sdk") if name == "refused-version" else ()
        self.assertEqual(without(expected, *other), without(received, *other))


def recorded(name: str) -> list[dict[str, Any]]:
    with open(os.path.join(RECORDED, f"{name}.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def without(message: Any, *names: str) -> Any:
    if not isinstance(message, dict):
        return message
    return {name: without(value) for name, value in message.items() if name not in (*DIFFERS, *names)}


def _add_tests() -> None:
    for name in CODE:
        setattr(RecordedExchanges, f"test_{name.replace('-', '_')}", lambda self, name=name: self.play(name))


_add_tests()


class TheSchema(unittest.TestCase):
    def setUp(self) -> None:
        with open(os.path.join(PROTOCOL, "trial.schema.json"), encoding="utf-8") as file:
            self.schema = json.load(file)

    def wrong(self, definition: str, message: Any) -> str | None:
        return mismatch(self.schema, self.schema["$defs"][definition], message, "message")

    def test_fits_every_recorded_message(self) -> None:
        for name in CODE:
            for line in recorded(name):
                self.assertIsNone(self.wrong(line["from"], line["message"]), f"{name}: {line}")

    def test_refuses_what_is_no_message(self) -> None:
        for definition, message in [
            ("worker", {"type": "report", "attempt": "a"}),
            ("worker", {"type": "report", "attempt": "a", "metrics": {"loss": "high"}}),
            ("worker", {"type": "report", "attempt": "a", "metrics": {"loss": None}}),
            ("worker", {"type": "report", "attempt": "a", "metrics": {}, "checkpoint": "../elsewhere"}),
            ("worker", {"type": "hello", "token": "t", "protocol": 1, "sdk": "python"}),
            ("worker", {"type": "farewell"}),
            ("worker", {"type": "error", "code": "token", "message": "no"}),
            ("engine", {"type": "error", "attempt": "a", "message": "no", "stack": ""}),
            ("engine", {"type": "welcome", "protocol": 1}),
            ("engine", {"type": "continue", "save": "yes"}),
        ]:
            self.assertIsNotNone(self.wrong(definition, message), message)


_TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
}


def mismatch(root: Any, schema: Any, value: Any, path: str) -> str | None:
    """Where a value differs from a schema, of which the keywords in use here are known; None where it fits."""
    if isinstance(schema, bool):
        return None if schema else f"{path} must not be"
    for keyword, operand in schema.items():
        if not _KEYWORDS[keyword](root, schema, operand, value, path):
            return f"{path}: {keyword} {operand}: {value!r}"
    return None


def _fits(root: Any, schema: Any, value: Any, path: str) -> bool:
    return mismatch(root, schema, value, path) is None


def _all_fit(root: Any, pairs: Any, path: str) -> bool:
    return all(_fits(root, schema, value, f"{path}.{name}") for name, schema, value in pairs)


def _properties(root: Any, schema: Any, operand: Any, value: Any, path: str) -> bool:
    return _all_fit(root, [(name, operand[name], value[name]) for name in operand if name in value], path)


def _additional(root: Any, schema: Any, operand: Any, value: Any, path: str) -> bool:
    known = schema.get("properties", {})
    return _all_fit(root, [(name, operand, value[name]) for name in value if name not in known], path)


def _items(root: Any, schema: Any, operand: Any, value: Any, path: str) -> bool:
    first = len(schema.get("prefixItems", []))
    return _all_fit(root, [(str(index), operand, each) for index, each in enumerate(value) if index >= first], path)


_KEYWORDS: dict[str, Any] = {
    "description": lambda *_: True,
    "type": lambda root, schema, operand, value, path: _TYPES[operand](value),
    "const": lambda root, schema, operand, value, path: value == operand and type(value) is type(operand),
    "enum": lambda root, schema, operand, value, path: value in operand,
    "required": lambda root, schema, operand, value, path: isinstance(value, dict) and all(n in value for n in operand),
    "minimum": lambda root, schema, operand, value, path: value >= operand,
    "maximum": lambda root, schema, operand, value, path: value <= operand,
    "minItems": lambda root, schema, operand, value, path: len(value) >= operand,
    "pattern": lambda root, schema, operand, value, path: re.search(operand, value) is not None,
    "not": lambda root, schema, operand, value, path: not _fits(root, operand, value, path),
    "anyOf": lambda root, schema, operand, value, path: any(_fits(root, each, value, path) for each in operand),
    "oneOf": lambda root, schema, operand, value, path: sum(_fits(root, each, value, path) for each in operand) == 1,
    "$ref": lambda root, schema, operand, value, path: _fits(root, root["$defs"][operand.split("/")[-1]], value, path),
    "properties": _properties,
    "additionalProperties": _additional,
    "prefixItems": lambda root, schema, operand, value, path: all(
        _fits(root, each, part, path) for each, part in zip(operand, value)
    ),
    "items": _items,
}
