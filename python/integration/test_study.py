"""Ask and tell, and functions to minimise, on the real engine."""

from __future__ import annotations

import math
import unittest
from typing import Any

import trialist
from trialist import Study, TrialistError, minimize, tune


class Minimising(unittest.TestCase):
    def test_it_finds_the_minimum_of_a_mixed_space(self) -> None:
        calls = []

        def f(config: dict) -> float:  # type: ignore[type-arg]
            calls.append(config)
            return float((config["x"] - 2) ** 2 + (config["kind"] != "b"))

        space = {"x": trialist.uniform(-10, 10), "kind": trialist.choice(["a", "b"]), "kept": (1, 2)}
        best = trialist.minimize(f, space, trials=40, seed=1)
        self.assertEqual(best.config["kind"], "b")
        self.assertLess(best.value, 0.5)
        self.assertEqual([trial.config for trial in best.trials], calls)
        self.assertEqual(calls[0]["kept"], (1, 2))
        again = trialist.minimize(f, space, trials=40, seed=1)
        self.assertEqual(again.config, best.config)

    def test_a_finite_space_ends_and_what_comes_first_is_first(self) -> None:
        space = {"x": trialist.randint(0, 4)}
        best = trialist.minimize(lambda config: -config["x"], space, trials=50, initial=[{"x": 2}])
        self.assertEqual([best.config, best.value, len(best.trials)], [{"x": 3}, -3, 4])
        self.assertEqual(best.trials[0].config, {"x": 2})

    def test_what_the_function_raises_comes_out(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            trialist.minimize(lambda config: 1 / 0, {"x": trialist.uniform(0, 1)})
        with self.assertRaisesRegex(ValueError, "trials must be"):
            trialist.minimize(lambda config: 1, {"x": trialist.uniform(0, 1)}, trials=0)


class AskingAndTelling(unittest.TestCase):
    def test_trials_are_told_in_any_order_and_fail(self) -> None:
        with Study({"x": tune.uniform(0, 1)}, metric="score", mode="max", seed=2) as study:
            first, second, third = study.ask(3)
            study.tell(third, {"score": 3, "other": math.nan})
            study.report(first, 1, step=1)
            study.tell(first, 7, step=2)
            study.fail(second, ValueError("no"))
            self.assertEqual([trial.state for trial in study.trials], ["completed", "failed", "completed"])
            self.assertEqual([study.best.number, study.best.score, study.best.config], [first.number, 7, first.config])
            self.assertTrue(math.isnan(study.trials[2].metrics["other"]))
            for call in (
                lambda: study.tell(first, 1),
                lambda: study.tell(99, 1),
                lambda: study.tell(study.ask(), {"scroe": 1}),
            ):
                self.assertRaises(TrialistError, call)
        self.assertRaises(TrialistError, study.ask)

    def test_several_objectives_have_no_one_best(self) -> None:
        with Study({"x": tune.uniform(0, 1)}, objectives={"loss": "min", "size": "max"}, searcher="tpe") as study:
            for trial in study.ask(4):
                study.tell(trial, {"loss": trial.config["x"], "size": trial.config["x"]})
            self.assertEqual(len(study.trials), 4)
            with self.assertRaisesRegex(TrialistError, "several objectives"):
                study.best

    def test_what_is_wrong_is_told_at_once(self) -> None:
        for call in (
            lambda: Study({"x": tune.choice([1, 1])}),
            lambda: Study({"x": tune.uniform(0, 1)}, searcher="tp"),
            lambda: Study({"x": tune.uniform(0, 1)}, mode="least"),
        ):
            with self.assertRaises(TrialistError) as caught:
                call()
            self.assertRegex(str(caught.exception), "expected")
        space = {"x": tune.choice(["a", "b"])}
        wrong: list[tuple[Any, str]] = [
            (lambda: Study([1]), "must be a dict of parameters, and is \\[1\\]"),  # type: ignore[arg-type]
            (lambda: Study(space, initial=[{"x": "c"}]), "'c' is none of \\['a', 'b'\\]"),
            (lambda: Study(space, initial=[{"x": "a", "y": 1}]), "initial has 'y', and the space has x"),
            (lambda: minimize(3, space), "minimize\\(\\) calls a function, and 3 is none"),  # type: ignore[arg-type]
        ]
        for call, message in wrong:
            with self.assertRaisesRegex((TypeError, ValueError), message):
                call()


if __name__ == "__main__":
    unittest.main()
