"""What the engines' side does without a library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import unittest
from typing import Any, Sequence

from trialist._engines._instance import Instance
from trialist._engines._problem import Dimension


def dimension(levels: int | None, **parameter: Any) -> Dimension:
    kind = "continuous" if levels is None else "ordered"
    return Dimension("x", kind, levels, False, [], parameter, None)


DIMENSIONS = [
    dimension(None, type="uniform", low=-2, high=3),
    dimension(None, type="loguniform", low=1e-5, high=10),
    dimension(None, type="normal", mean=3, sd=2),
    dimension(None, type="lognormal", mu=-1, sigma=0.5),
    dimension(9, type="int", low=-4, high=4),
    dimension(6, type="uniform", low=0, high=0.5, step=0.1),
    dimension(100, type="logint", low=1, high=100),
    dimension(13, type="normal", mean=0, sd=1, step=1),
]


class Values(unittest.TestCase):
    def test_what_goes_to_a_library_comes_back(self) -> None:
        for each in DIMENSIONS:
            wires = [0.001, 0.3, 0.5, 0.999] if each.levels is None else range(each.levels)
            for wire in wires:
                with self.subTest(each.parameter, wire=wire):
                    self.assertAlmostEqual(each.from_unit(each.unit(wire)), wire, places=9)
                    self.assertAlmostEqual(each.from_number(each.number(wire)), wire, places=9)
                    self.assertAlmostEqual(each.heard(each.told(wire)), wire, places=9)

    def test_what_is_inactive_is_told_as_the_middle(self) -> None:
        self.assertEqual([each.told(None) for each in DIMENSIONS], [0.5, 0.5, 0.5, 0.5, 4, 3, 0.5, 0.5])
        self.assertEqual(Dimension("x", "unordered", 3, False, [], {"type": "choice"}, None).told(None), 0)

    def test_any_place_is_a_level(self) -> None:
        for each in DIMENSIONS:
            if each.levels is None:
                continue
            found = [each.from_unit(step / 10_000) for step in range(-5, 10_010)]
            self.assertEqual(found, sorted(found))
            self.assertEqual((found[0], found[-1]), (0, each.levels - 1))


class Recorder:
    """An engine that tells in which order it was told."""

    replays = True

    def __init__(self) -> None:
        self.told: list[str] = []

    def suggested(self, trial: int, wire: Any, seed: int | None) -> None:
        self.told.append(f"suggested {trial}")

    def ended(self, trial: int, result: Any) -> None:
        self.told.append(f"ended {trial}")

    def draw(self, trial: int, seed: int, pinned: Any) -> Sequence[float]:
        return []


class Order(unittest.TestCase):
    def test_a_result_that_a_draw_did_not_know_of_comes_after_its_trial(self) -> None:
        engine = Recorder()
        instance = Instance(engine)
        result = {"state": "completed", "losses": [1.0], "violations": [], "course": []}
        for trial, ends in ((0, 0), (1, 0)):
            instance.observe({"type": "suggested", "trial": trial, "wire": [], "seed": 1, "ends": ends})
        for trial in (0, 1):
            instance.observe({"type": "ended", "trial": trial, **result})
        instance.observe({"type": "suggested", "trial": 2, "wire": [], "seed": 1, "ends": 1})
        self.assertEqual(engine.told, ["suggested 0", "suggested 1", "ended 0", "suggested 2"])
        instance.draw({"trial": 3, "seed": 1, "pinned": [], "accepted": []})
        self.assertEqual(engine.told[-1], "ended 1")


class Server(unittest.TestCase):
    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "trialist._engines"]
        path = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, env={**os.environ, "PYTHONPATH": path})

    def test_ends_with_its_input_and_not_with_an_interrupt(self) -> None:
        server = self.start()
        opened = {
            **{"type": "open", "id": 1, "engine": "none", "options": {}, "dimensions": [], "objectives": 1},
            **{"constraints": 0, "seed": 1, "trials": None, "earlier": []},
        }
        assert server.stdin is not None and server.stdout is not None
        for message in (opened, {"type": "check", "id": 1}):
            server.stdin.write(json.dumps(message).encode() + b"\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        self.assertEqual(answer["error"]["code"], "unsupported")
        server.send_signal(signal.SIGINT)
        server.stdin.close()
        self.assertEqual(server.wait(timeout=60), 0)
        server.stdout.close()
