"""Spaces in the words of Optuna and HyperOpt."""

from __future__ import annotations

import os
import tempfile
import unittest
from typing import Any

import optuna
from hyperopt import hp
from hyperopt.pyll.base import scope

from trialist import tune
from trialist.tune._space import decode, space_json
from trialist.tune.search import ConcurrencyLimiter
from trialist.tune.search.hyperopt import HyperOptSearch
from trialist.tune.search.optuna import OptunaSearch


def conditional(trial: Any) -> dict[str, Any]:
    kind = trial.suggest_categorical("model/kind", ["plain", "deep"])
    trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    if kind == "deep":
        trial.suggest_int("model/depth", 1, 4)
    return {"steps": 3}


def train(config: dict[str, Any]) -> None:
    for step in range(config["steps"]):
        tune.report({"loss": abs(config["lr"] - 0.01) + config["model"].get("depth", 0) - step, "gain": config["lr"]})


class Seen(OptunaSearch):
    """Keeps the study at hand."""

    @property
    def study(self) -> Any:
        return self.here._study  # type: ignore[union-attr]


def told(study: Any) -> list[Any]:
    return [(trial.params, trial.state.name, trial.values) for trial in study.trials]


class ByRun(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def fit(self, searcher: Any, samples: int, **named: Any) -> Any:
        config = tune.TuneConfig(search_alg=searcher, num_samples=samples, **{"metric": "loss", "mode": "min", **named})
        run = tune.RunConfig(name="run", storage_path=self.root, verbose=0)
        return tune.Tuner(train, tune_config=config, run_config=run).fit()

    def test_what_depends_on_a_value_is_asked_for_then(self) -> None:
        searcher = Seen(conditional, seed=3, points_to_evaluate=[{"model": {"kind": "deep", "depth": 4}, "lr": 0.01}])
        results = self.fit(ConcurrencyLimiter(searcher, 2), 12)
        self.assertEqual(results[0].config, {"model": {"kind": "deep", "depth": 4}, "lr": 0.01, "steps": 3})
        for result in results:
            self.assertEqual("depth" in result.config["model"], result.config["model"]["kind"] == "deep")
        self.assertEqual(len(searcher.study.trials), 12)
        self.assertEqual(searcher.study.best_value, results.get_best_result().metrics["loss"])
        self.assertEqual(searcher.study.trials[0].intermediate_values.keys() - {3}, {1, 2})

    def test_a_later_session_knows_what_optuna_was_told(self) -> None:
        first = Seen(conditional, seed=3)
        self.fit(first, 6, max_concurrent_trials=1)
        tuner = tune.Tuner.restore(os.path.join(self.root, "run"), train)
        tuner.fit()
        second = tuner._plan.searcher
        assert isinstance(second, Seen)
        self.assertEqual(told(second.study), told(first.study))

    def test_several_objectives_and_a_sampler_of_the_users(self) -> None:
        sampler = optuna.samplers.NSGAIISampler(population_size=4, seed=1)
        searcher = Seen(conditional, sampler=sampler)
        self.fit(searcher, 9, metric=["loss", "gain"], mode=["min", "max"])
        self.assertIs(searcher.study.sampler, sampler)
        self.assertTrue(searcher.study.best_trials)

    def test_what_was_tried_elsewhere_is_in_the_study_and_is_no_result(self) -> None:
        points = [{"model": {"kind": "plain"}, "lr": 0.02}, {"model": {"kind": "deep", "depth": 2}, "lr": 0.03}]
        searcher = Seen(conditional, points_to_evaluate=points, evaluated_rewards=[5.0, 6.0])
        searcher.add_evaluated_point({"model": {"kind": "plain"}, "lr": 0.04}, 7.0, error=True)
        searcher.add_evaluated_point({"model": {"kind": "plain"}, "lr": 0.05}, 8.0, pruned=True, intermediate_values=[9.0, 8.0])
        results = self.fit(searcher, 3)
        trials = searcher.study.trials
        self.assertEqual([trial.state.name for trial in trials[:4]], ["COMPLETE", "COMPLETE", "FAIL", "PRUNED"])
        self.assertEqual([trial.value for trial in trials[:2]], [5, 6])
        self.assertEqual(trials[1].params, {"model/kind": "deep", "lr": 0.03, "model/depth": 2})
        self.assertEqual(trials[3].intermediate_values, {1: 9, 2: 8})
        self.assertEqual([len(results), len(trials)], [3, 7])

    def test_a_result_after_the_end_is_tolerated_and_what_is_saved_goes_on(self) -> None:
        first, second = Seen(conditional, seed=5), Seen(conditional, seed=5)
        for searcher in (first, second):
            searcher.set_search_properties("loss", "min", {})
        begun = [first.suggest(name) for name in "abc"]
        first.on_trial_complete("a", {"loss": 1.0, "training_iteration": 1})
        first.on_trial_complete("b", error=True)
        first.on_trial_complete("a", {"loss": 2.0, "training_iteration": 2})
        first.on_trial_result("a", {"loss": 2.0, "training_iteration": 2})
        first.on_trial_complete("c", {"loss": float("nan"), "training_iteration": 1})
        self.assertEqual([trial.state.name for trial in first.study.trials], ["COMPLETE", "FAIL", "FAIL"])
        self.assertEqual(first.study.trials[0].value, 1)
        first.save(os.path.join(self.root, "saved"))
        second.restore(os.path.join(self.root, "saved"))
        self.assertEqual(len(begun), 3)
        self.assertEqual([second.suggest(name) for name in "de"], [first.suggest(name) for name in "de"])
        # What had failed is tried again.
        first.on_trial_complete("b", {"loss": 3.0, "training_iteration": 1})
        again = first.study.trials[-1]
        self.assertEqual([again.value, again.params], [3, first.study.trials[1].params])

    def test_what_the_function_must_answer(self) -> None:
        with self.assertRaisesRegex(tune.TuneError, "None or a dict of constants, and answered 3"):
            self.fit(OptunaSearch(lambda trial: 3), 2)


class Expressions(unittest.TestCase):
    def json(self, **space: Any) -> Any:
        return space_json(HyperOptSearch(space).space)["parameters"]

    def test_numbers(self) -> None:
        found = self.json(
            a=hp.uniform("a", -1, 2),
            b=hp.quniform("b", 0, 10, 2),
            c=hp.loguniform("c", 0, 0),
            d=hp.randint("d", 5),
            e=hp.randint("e", 3, 9),
            f=hp.uniformint("f", 1, 5),
            g=scope.int(hp.quniform("g", 0, 30, 10)),
            h=hp.normal("h", 1, 2),
            i=hp.lognormal("i", 0, 1),
        )
        self.assertEqual(found["a"], {"type": "uniform", "low": -1, "high": 2})
        self.assertEqual(found["b"], {"type": "uniform", "low": 0, "high": 10, "step": 2})
        self.assertEqual(found["c"], {"type": "loguniform", "low": 1, "high": 1})
        self.assertEqual(found["d"], {"type": "int", "low": 0, "high": 4})
        self.assertEqual(found["e"], {"type": "int", "low": 3, "high": 8})
        self.assertEqual(found["f"], {"type": "int", "low": 1, "high": 5})
        self.assertEqual(found["g"], {"type": "int", "low": 0, "high": 30, "step": 10})
        self.assertEqual(found["h"], {"type": "normal", "mean": 1, "sd": 2})
        self.assertEqual(found["i"], {"type": "lognormal", "mu": 0, "sigma": 1})

    def test_choices_and_constants(self) -> None:
        space = {"k": hp.choice("k", [{"n": hp.uniform("n", 0, 1), "fixed": (1, "a")}, None, "b"]), "nested": {"x": hp.randint("x", 2)}, "c": 4}
        mine = HyperOptSearch(space).space
        chosen = {"k": {"n": 0.5, "fixed": {"opaque": "", "label": "(1, 'a')"}}, "nested": {"x": 1}, "c": 4}
        self.assertEqual(decode(mine, chosen), {"k": {"n": 0.5, "fixed": (1, "a")}, "nested": {"x": 1}, "c": 4})
        self.assertEqual(decode(mine, {**chosen, "k": None})["k"], None)

    def test_what_has_no_counterpart_is_named(self) -> None:
        for expression, name in ((hp.pchoice("p", [(0.2, 1), (0.8, 2)]), "hp.pchoice"), (hp.uniform("u", 0, 1) * 2, "mul")):
            with self.assertRaisesRegex(NotImplementedError, rf"{name} in space\['x'\] is not supported"):
                HyperOptSearch({"x": expression})

    def test_real_experiments(self) -> None:
        space = {"lr": hp.lognormal("lr", -4, 1), "q": hp.qloguniform("q", 0, 3, 0.5), "n": hp.qnormal("n", 0, 2, 0.5)}

        def numbers(config: dict[str, Any]) -> dict[str, Any]:
            assert config["lr"] > 0 and (config["q"] * 2).is_integer() and (config["n"] * 2).is_integer(), config
            return {"loss": config["lr"] + config["q"]}

        with tempfile.TemporaryDirectory() as folder:
            config = tune.TuneConfig(metric="loss", mode="min", search_alg=HyperOptSearch(space, n_initial_points=4), num_samples=8)
            run = tune.RunConfig(storage_path=folder, verbose=0)
            results = tune.Tuner(numbers, tune_config=config, run_config=run).fit()
        self.assertEqual([len(results), results.num_errors], [8, 0])


class Libraries(unittest.TestCase):
    """The searchers that run in the engine's own process."""

    def fit(self, searcher: Any, train: Any, samples: int, space: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            config = tune.TuneConfig(metric="loss", mode="min", search_alg=searcher, num_samples=samples)
            run = tune.RunConfig(storage_path=folder, verbose=0)
            return tune.Tuner(train, param_space=space, tune_config=config, run_config=run).fit()

    def test_what_is_not_finite_breaks_none(self) -> None:
        def odd(config: dict[str, Any]) -> dict[str, float]:
            if config["x"] < 0.2:
                raise ValueError("no")
            values = (float("nan"), float("inf"), -float("inf"), config["x"])
            return {"loss": values[min(3, int((config["x"] - 0.2) * 10))]}

        for searcher in (OptunaSearch(seed=1), HyperOptSearch(n_initial_points=3), OptunaSearch(single, seed=1)):
            space = {} if searcher.here is not None else {"x": tune.uniform(0, 1)}
            self.assertEqual(len(self.fit(searcher, odd, 10, space)), 10)

    def test_rewards_of_elsewhere(self) -> None:
        searcher = OptunaSearch(points_to_evaluate=[{"x": 0.25}, {"x": 0.5}], evaluated_rewards=[1.0, 2.0])
        results = self.fit(searcher, lambda config: config["x"], 3, {"x": tune.uniform(0, 1)})
        self.assertEqual(len(results), 3)
        self.assertFalse({0.25, 0.5} & {result.config["x"] for result in results})
        with self.assertRaisesRegex(ValueError, "1 points_to_evaluate, and 2 evaluated_rewards"):
            OptunaSearch(points_to_evaluate=[{"x": 0.25}], evaluated_rewards=[1.0, 2.0])


class Frames(unittest.TestCase):
    def test_a_row_for_each_trial_its_last_report_or_the_best(self) -> None:
        def train(config: dict[str, Any]) -> None:
            for loss in (5.0, config["x"], float("nan"), 4.0):
                tune.report({"loss": loss, "eval": {"acc": -loss}})

        with tempfile.TemporaryDirectory() as folder:
            config = tune.TuneConfig(metric="loss", mode="min")
            run = tune.RunConfig(storage_path=folder, verbose=0)
            space = {"x": tune.grid_search([1.0, 2.0]), "nested": {"y": 3}}
            results = tune.Tuner(train, param_space=space, tune_config=config, run_config=run).fit()
            last, best = results.get_dataframe(), results.get_dataframe(filter_metric="loss")
            highest = results.get_dataframe(filter_metric="eval/acc", filter_mode="max")
            reports = results[0].metrics_dataframe
        self.assertEqual(list(last["loss"]), [4, 4])
        self.assertEqual([list(frame["loss"]) for frame in (best, highest)], [[1, 2]] * 2)
        self.assertEqual(list(best["training_iteration"]), [2, 2])
        self.assertEqual([list(last[f"config/{name}"]) for name in ("x", "nested/y")], [[1, 2], [3, 3]])
        self.assertEqual([len(reports), list(reports["training_iteration"])], [4, [1, 2, 3, 4]])


def single(trial: Any) -> None:
    trial.suggest_float("x", 0, 1)


if __name__ == "__main__":
    unittest.main()
