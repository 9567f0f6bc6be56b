"""Search spaces: the real engine reads each that is written here."""

from __future__ import annotations

import json
import os
import subprocess
import unittest
from typing import Any

from trialist import tune
from trialist._engine import command
from trialist.tune._space import decode, encode, grid_size, size, space_json

from .engine import PACKAGE

ROOT = os.path.dirname(PACKAGE)
READ = """
import { spaceFromJSON, spaceToJSON } from './src/space/json.ts'
import { compileSpace } from './src/space/compile.ts'
import { readFileSync } from 'node:fs'
const space = spaceFromJSON(JSON.parse(readFileSync(0, 'utf8')))
const { dimensions, size } = compileSpace(space)
console.log(JSON.stringify({ json: spaceToJSON(space), dimensions: dimensions.map(({ name, kind, levels }) => [name, kind, levels]), size: size === Infinity ? null : size }))
"""


class Model:
    pass


def activation(x: float) -> float:
    return x


def read_by_engine(space: dict[str, Any]) -> dict[str, Any]:
    """A space as the engine understands it."""
    done = subprocess.run(
        [command()[0], "--input-type=module", "-e", READ], input=json.dumps(space_json(space)), cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class SpacesInTheEngine(unittest.TestCase):
    def test_numbers(self) -> None:
        space = {
            "uniform": tune.uniform(-1, 2),
            "quniform": tune.quniform(0, 1, 0.25),
            "loguniform": tune.loguniform(1e-5, 1e-1),
            "qloguniform": tune.qloguniform(0.5, 8, 0.5),
            "randn": tune.randn(10, 2),
            "randint": tune.randint(-3, 3),
            "qrandint": tune.qrandint(-21, 12, 3),
            "lograndint": tune.lograndint(1, 100),
        }
        parameters = read_by_engine(space)["json"]["parameters"]
        self.assertEqual(parameters["uniform"], {"type": "uniform", "low": -1, "high": 2})
        self.assertEqual(parameters["quniform"], {"type": "uniform", "low": 0, "high": 1, "step": 0.25})
        self.assertEqual(parameters["qloguniform"], {"type": "loguniform", "low": 0.5, "high": 8, "step": 0.5})
        self.assertEqual(parameters["randn"], {"type": "normal", "mean": 10, "sd": 2})
        self.assertEqual(parameters["randint"], {"type": "int", "low": -3, "high": 2}, "upper is excluded")
        self.assertEqual(parameters["qrandint"], {"type": "int", "low": -21, "high": 12, "step": 3}, "upper is included")
        self.assertEqual(parameters["lograndint"], {"type": "logint", "low": 1, "high": 99})

    def test_bounds_of_qrandint_are_rounded_inwards(self) -> None:
        self.assertEqual(tune.qrandint(1, 10, 4).bounds, {"low": 4, "high": 8})

    def test_objects_nested_spaces_constants_and_grids(self) -> None:
        space = {
            "model": tune.choice([Model, activation, (1, 2), {"depth": 3}, None, "linear"]),
            "kind": tune.choice([{"type": "cnn", "kernel": tune.choice([3, 5])}, {"type": "rnn", "units": tune.randint(1, 9)}, "none"]),
            "nested": {"lr": tune.uniform(0, 1), "deeper": {"classes": Model, "empty": {}}},
            "seed": tune.grid_search([0, 1]),
            "literal": {"grid_search": ["a", "b", "c"]},
            "betas": (0.9, 0.999),
            "epochs": 20,
            "path": None,
        }
        read = read_by_engine(space)
        options = read["json"]["parameters"]["model"]["options"]
        self.assertEqual([option["label"] for option in options[:3]], ["Model", "activation", "(1, 2)"])
        self.assertEqual(options[3:], [{"value": {"depth": 3}}, None, "linear"])
        self.assertEqual(read["json"]["parameters"]["betas"]["label"], "(0.9, 0.999)")
        self.assertEqual(read["json"]["parameters"]["epochs"], {"type": "constant", "value": 20})
        names = [name for name, _, _ in read["dimensions"]]
        self.assertIn("nested.lr", names)
        self.assertIn("kind[cnn].kernel", names)
        self.assertEqual(grid_size(space), 6)

    def test_sizes_are_those_of_the_engine(self) -> None:
        spaces: list[dict[str, Any]] = [
            {"a": tune.choice([1, 2, 3]), "b": tune.randint(0, 4)},
            {"a": tune.choice([{"t": "x", "k": tune.choice([3, 5])}, "none"]), "b": tune.grid_search([1, 2])},
            {"a": tune.quniform(0, 0.3, 0.1), "b": 7},
            {"a": 1},
        ]
        for space in spaces:
            self.assertEqual(read_by_engine(space)["size"], size(space), space)
        self.assertIsNone(read_by_engine({"a": tune.randn(0, 1)})["size"])


class Configurations(unittest.TestCase):
    def test_numbers_have_the_types_of_their_parameters(self) -> None:
        space = {"f": tune.uniform(0, 2), "n": tune.randint(0, 9), "c": tune.choice([1.0, 2, True])}
        for given, wanted in (({"f": 1, "n": 2, "c": 1}, [1.0, 2, 1.0]), ({"f": 0.5, "n": 3, "c": True}, [0.5, 3, True])):
            found = list(decode(space, given).values())
            self.assertEqual([(type(value), value) for value in found], [(type(value), value) for value in wanted])

    def test_objects_are_the_very_same(self) -> None:
        space = {"m": tune.choice([Model, activation]), "k": (1, 2)}
        encoded = space_json(space)["parameters"]["m"]["options"][1]
        config = decode(space, {"m": encoded, "k": {"opaque": "k", "label": "(1, 2)"}})
        self.assertIs(config["m"], activation)
        self.assertEqual(config["k"], (1, 2))

    def test_nested_spaces_are_told_apart(self) -> None:
        options = [{"units": tune.randint(1, 9), "act": Model}, {"units": tune.uniform(0, 1)}, {"type": "x", "k": tune.uniform(0, 1)}]
        space = {"m": tune.choice(options)}
        opaque = {"opaque": "param_space['m'][0]['act']", "label": "Model"}
        self.assertEqual(decode(space, {"m": {"units": 3, "act": opaque}}), {"m": {"units": 3, "act": Model}})
        self.assertEqual(decode(space, {"m": {"units": 1}}), {"m": {"units": 1.0}})
        self.assertEqual(decode(space, {"m": {"type": "x", "k": 0}}), {"m": {"type": "x", "k": 0.0}})

    def test_a_configuration_that_is_changed_does_not_change_the_space(self) -> None:
        space = {"layers": [64, 64], "c": tune.choice([{"a": [1]}])}
        config = decode(space, {"layers": [64, 64], "c": {"a": [1]}})
        config["layers"].append(1)
        config["c"]["a"].append(2)
        self.assertEqual(decode(space, {"layers": [64, 64], "c": {"a": [1]}}), {"layers": [64, 64], "c": {"a": [1]}})

    def test_constants_need_not_be_said_again(self) -> None:
        self.assertEqual(encode({"x": tune.uniform(0, 1), "k": 3, "deep": {"c": "d"}}, {"x": 0.5}), {"x": 0.5, "k": 3, "deep": {"c": "d"}})


class WrongSpaces(unittest.TestCase):
    def test_what_is_wrong_is_said(self) -> None:
        wrong: list[tuple[Any, str]] = [
            (lambda: tune.uniform(1, 1), "lower must be below upper"),
            (lambda: tune.loguniform(0, 1), "lower must be above 0"),
            (lambda: tune.quniform(0, 1, 0.3), "upper must be a multiple of q"),
            (lambda: tune.randint(3, 3), "upper is excluded"),
            (lambda: tune.randint(0.5, 3), "whole numbers"),  # type: ignore[arg-type]
            (lambda: tune.uniform("a", 1), "takes numbers"),  # type: ignore[arg-type]
            (lambda: tune.choice([]), "at least one option"),
            (lambda: tune.choice("abc"), "takes a list"),
            (lambda: space_json({"a": [tune.uniform(0, 1)]}), r"param_space\['a'\]: .*give each element a name"),
            (lambda: space_json({"a": tune.choice([tune.uniform(0, 1)])}), "wrap it in a dict"),
            (lambda: space_json({1: 2}), "names of parameters are texts"),  # type: ignore[dict-item]
            (lambda: encode({"a": {"b": tune.choice(["x", "y"])}}, {"a": {"b": "z"}}), r"\['a'\]\['b'\]: 'z' is none of \['x', 'y'\]"),
            (lambda: encode({"a": tune.uniform(0, 1), "k": 1}, {"k": 1}), "{'k': 1} has no 'a'"),
        ]
        for call, message in wrong:
            with self.assertRaisesRegex((TypeError, ValueError), message):
                call()


if __name__ == "__main__":
    unittest.main()
