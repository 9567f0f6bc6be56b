"""Stoppers in Ray Tune's words."""

from __future__ import annotations

import pickle
import unittest
from datetime import timedelta

from trialist import tune
from trialist.tune.stopper import (
    CombinedStopper,
    ExperimentPlateauStopper,
    FunctionStopper,
    MaximumIterationStopper,
    NoopStopper,
    Stopper,
    TimeoutStopper,
    TrialPlateauStopper,
)


NOW = [0.0]


class OwnTime(TimeoutStopper):
    """Counts the seconds of the test's own time."""

    clock = staticmethod(lambda: NOW[0])


def stops_at(stopper: Stopper, values: list[float]) -> int | None:
    """The report, from 1, at which a trial ends."""
    for i, value in enumerate(values, 1):
        if stopper("t", {"loss": value, "training_iteration": i}):
            return i
    return None


class Trials(unittest.TestCase):
    def test_iterations(self) -> None:
        self.assertEqual(stops_at(MaximumIterationStopper(6), [1.0] * 9), 6)

    def test_plateaus(self) -> None:
        falling = [10, 8, 6, 4, 2, 1, 1, 1, 1, 1, 1]
        self.assertEqual(stops_at(TrialPlateauStopper("loss", std=0.0), falling), 9)
        self.assertEqual(stops_at(TrialPlateauStopper("loss", std=0.5), falling), 8)
        self.assertEqual(stops_at(TrialPlateauStopper("loss", std=0.0, num_results=2), falling), 7)
        self.assertEqual(stops_at(TrialPlateauStopper("loss", std=0.0, num_results=2, grace_period=10), falling), 10)
        self.assertIsNone(stops_at(TrialPlateauStopper("loss", std=0.0, metric_threshold=0.5, mode="min"), falling))
        self.assertRaises(ValueError, TrialPlateauStopper, "loss", metric_threshold=1)

    def test_functions_and_combinations(self) -> None:
        above = FunctionStopper(lambda trial_id, result: result["loss"] > 3)
        self.assertEqual(stops_at(above, [1, 2, 3, 4]), 4)
        self.assertEqual(stops_at(CombinedStopper(above, MaximumIterationStopper(2)), [1, 2, 3, 4]), 2)
        self.assertIsNone(stops_at(NoopStopper(), [1, 2]))

    def test_what_a_run_is_told(self) -> None:
        for stop in (
            {"training_iteration": 3},
            lambda trial_id, result: True,
            MaximumIterationStopper(3),
            [MaximumIterationStopper(3), {"loss": 1}],
        ):
            tune.RunConfig(stop=stop)
        self.assertRaises(ValueError, tune.RunConfig, stop=3)


class Experiments(unittest.TestCase):
    def test_a_plateau_of_the_best(self) -> None:
        stopper = ExperimentPlateauStopper("loss", top=3, patience=1)
        told = [stopper(str(i), {"loss": loss}) for i, loss in enumerate([3, 1, 1, 1, 1])]
        self.assertEqual(told, [False, False, False, True, True])
        self.assertTrue(stopper.stop_all())
        for bad in ({"mode": "mean"}, {"top": 1}, {"patience": -1}, {"std": 0}):
            self.assertRaises(ValueError, ExperimentPlateauStopper, "loss", **bad)

    def test_time_counts_while_it_runs_alone(self) -> None:
        NOW[0] = 0.0
        stopper = OwnTime(timedelta(seconds=60))
        self.assertFalse(stopper.stop_all())
        NOW[0] = 40.0
        self.assertFalse(stopper.stop_all())
        saved = pickle.dumps(stopper)
        NOW[0] = 1000.0
        again = pickle.loads(saved)
        self.assertFalse(again.stop_all())
        NOW[0] = 1019.0
        self.assertFalse(again.stop_all())
        NOW[0] = 1021.0
        self.assertTrue(again.stop_all())
        self.assertTrue(pickle.loads(pickle.dumps(again)).stop_all())


if __name__ == "__main__":
    unittest.main()
