"""What each library's searcher makes of all of ``tune``'s parameters, through Python: values in their bounds, grids, what is refused.

    python spaces.py NAME
"""

from __future__ import annotations

import sys
import tempfile
import unittest
from typing import Any

from trialist import tune
from trialist.tune.search import create_searcher

SPACE = {
    "uniform": tune.uniform(-5, -1),
    "quniform": tune.quniform(3.2, 5.4, 0.2),
    "loguniform": tune.loguniform(1e-4, 1e-2),
    "qloguniform": tune.qloguniform(1e-4, 1e-1, 5e-5),
    "randn": tune.randn(10, 2),
    "qrandn": tune.qrandn(10, 2, 0.2),
    "randint": tune.randint(-9, 15),
    "qrandint": tune.qrandint(-21, 12, 3),
    "lograndint": tune.lograndint(1, 10),
    "qlograndint": tune.qlograndint(2, 10, 2),
    "choice": tune.choice(["a", "b", "c"]),
}
NESTED = {"option": tune.choice([{"kind": "x", "more": tune.uniform(0, 1)}, {"kind": "y"}])}
BRIEF: dict[str, dict[str, Any]] = {
    "optuna": {"seed": 1},
    "hyperopt": {"n_initial_points": 3, "random_state_seed": 1},
    "bayesopt": {"random_search_steps": 3},
    "hebo": {"rand_sample": 6, "random_state_seed": 1},
    "smac": {"n_configs": 4, "n_trees": 3, "challengers": 100, "local_search_iterations": 1},
}
"""Arguments with which a model comes soon, or is quick."""


def own_space(name: str) -> Any:
    """``x`` from 1 to 20 as the library's own users write it; in ``tune``'s words where that is not taken."""
    if name == "bayesopt":
        return {"x": (1, 20)}
    if name == "ax":
        return [{"name": "x", "type": "range", "bounds": [1, 20], "log_scale": True}]
    if name == "optuna":
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        others = {"f": FloatDistribution(0.5, 2, step=0.5), "c": CategoricalDistribution(["a", "b"])}
        return {"x": IntDistribution(1, 20, log=True), **others}
    return {"x": tune.randint(1, 21)}


def fit(searcher: Any, train: Any, samples: int, space: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        config = tune.TuneConfig(metric="loss", mode="min", search_alg=searcher, num_samples=samples)
        run = tune.RunConfig(storage_path=folder, verbose=0)
        return tune.Tuner(train, param_space=space, tune_config=config, run_config=run).fit()


class Searching(unittest.TestCase):
    name = "optuna"

    def searcher(self, **more: Any) -> Any:
        return create_searcher(self.name, **BRIEF.get(self.name, {}), **more)

    def test_every_parameter_stays_in_its_bounds_and_grids_are_crossed_with_the_samples(self) -> None:
        space = {**SPACE, "nested": NESTED, "grid": tune.grid_search(["left", "right"])}
        results = fit(self.searcher(), lambda config: config["uniform"] + config["randn"], 4, space)
        self.assertEqual([len(results), results.num_errors], [8, 0])
        configs = [result.config for result in results]
        for config in configs:
            for name, domain in SPACE.items():
                self.assertTrue(domain.is_valid(config[name]), f"{name}: {config[name]}")
            for name in ("randint", "qrandint", "lograndint", "qlograndint"):
                self.assertIs(type(config[name]), int)
            self.assertEqual(config["qrandint"] % 3, 0)
            self.assertEqual("more" in config["nested"]["option"], config["nested"]["option"]["kind"] == "x")
        self.assertEqual(sorted(config["grid"] for config in configs), ["left"] * 4 + ["right"] * 4)
        self.assertGreater(len({config["uniform"] for config in configs}), 4)

    def test_a_space_in_the_words_of_the_library(self) -> None:
        results = fit(self.searcher(space=own_space(self.name)), lambda config: config["x"], 3, None)
        configs = [result.config for result in results]
        for config in configs:
            self.assertTrue(1 <= config["x"] <= 20, config)
            self.assertTrue(config.get("f", 1) in (0.5, 1, 1.5, 2) and config.get("c", "a") in "ab", config)
        self.assertIs(type(configs[0]["x"]), float if self.name == "bayesopt" else int)

    def test_what_it_can_not_search_is_refused_beforehand(self) -> None:
        for space in ({"x": tune.sample_from(lambda config: 1)}, {"x": [tune.uniform(0, 1)]}):
            with self.assertRaisesRegex(ValueError, f"{type(self.searcher()).__name__} can't search this space: x"):
                fit(self.searcher(), lambda config: 1, 1, space)
        with self.assertRaisesRegex(TypeError, "space must be a dict"):
            self.searcher(space=3)


if __name__ == "__main__":
    Searching.name = sys.argv.pop()
    unittest.main()
