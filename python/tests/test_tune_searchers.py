"""Searchers around other searchers, and what a searcher of one's own is."""

from __future__ import annotations

import os
import tempfile
import unittest
from typing import Any

from trialist import tune
from trialist.tune._plan import Plan
from trialist.tune.search import BasicVariantGenerator, ConcurrencyLimiter, Repeater, Searcher, create_searcher


class Counting(Searcher):
    """Suggests 1, 2, 3, …, and notes what it is told."""

    def __init__(self, most: int = 1000, own_limit: bool = False) -> None:
        super().__init__("loss", "min")
        self.count = 0
        self.most = most
        self.own_limit = own_limit
        self.told: list[tuple[str, Any, bool]] = []

    def suggest(self, trial_id: str) -> Any:
        if self.count >= self.most:
            return None
        self.count += 1
        return {"x": self.count, "d": {"e": self.count}}

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        self.told.append((trial_id, None if result is None else result["loss"], error))

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        return self.own_limit


class Limits(unittest.TestCase):
    def test_so_many_at_a_time(self) -> None:
        limiter = ConcurrencyLimiter(Counting(), 2)
        self.assertEqual([limiter.suggest(name) is None for name in "abc"], [False, False, True])
        limiter.on_trial_complete("a", {"loss": 1})
        self.assertIsNotNone(limiter.suggest("c"))
        self.assertIsNone(limiter.suggest("d"))
        self.assertEqual(limiter.searcher.told, [("a", 1, False)])  # type: ignore[attr-defined]

    def test_a_batch_is_told_as_a_whole(self) -> None:
        searcher = Counting()
        limiter = ConcurrencyLimiter(searcher, 2, batch=True)
        limiter.suggest("a"), limiter.suggest("b")
        limiter.on_trial_complete("a", {"loss": 1})
        self.assertIsNone(limiter.suggest("c"))
        self.assertEqual(searcher.told, [])
        limiter.on_trial_complete("b", error=True)
        self.assertEqual(searcher.told, [("a", 1, False), ("b", None, True)])
        self.assertIsNotNone(limiter.suggest("c"))

    def test_a_batch_of_a_searcher_with_fewer_does_not_wait_for_ever(self) -> None:
        searcher = Counting(most=1)
        limiter = ConcurrencyLimiter(searcher, 4, batch=True)
        limiter.suggest("a")
        self.assertIsNone(limiter.suggest("b"))
        limiter.on_trial_complete("a", {"loss": 1})
        self.assertEqual(len(searcher.told), 1)

    def test_its_state_goes_on(self) -> None:
        first = ConcurrencyLimiter(Counting(), 2)
        first.suggest("a"), first.suggest("b")
        second = ConcurrencyLimiter(Counting(), 4)
        second.set_state(first.get_state())
        self.assertEqual(second.max_concurrent, 2)
        self.assertIsNone(second.suggest("c"))
        second.on_trial_complete("a", {"loss": 1})
        self.assertEqual(second.suggest("c"), {"x": 3, "d": {"e": 3}})

    def test_a_searcher_that_limits_itself_is_left_alone(self) -> None:
        limiter = ConcurrencyLimiter(Counting(own_limit=True), 1)
        self.assertTrue(all(limiter.suggest(name) is not None for name in "abcd"))

    def test_a_result_after_the_end_is_tolerated(self) -> None:
        limiter = ConcurrencyLimiter(Counting(), 1)
        limiter.suggest("a")
        limiter.on_trial_complete("a", {"loss": 1})
        limiter.on_trial_complete("a", {"loss": 1})
        limiter.on_trial_result("a", {"loss": float("nan")})

    def test_random_samples_can_be_limited_too(self) -> None:
        generator = BasicVariantGenerator(max_concurrent=2)
        generator.set_search_properties(None, None, {"x": tune.uniform(0, 1)}, num_samples=5)
        self.assertEqual([generator.suggest(name) is None for name in "abc"], [False, False, True])
        generator.on_trial_complete("a")
        self.assertIsNotNone(generator.suggest("c"))
        for bad in (0, -1, 1.5):
            self.assertRaises(ValueError, ConcurrencyLimiter, Counting(), bad)


class Repetitions(unittest.TestCase):
    def test_so_many_of_each_and_the_mean_told_once(self) -> None:
        searcher = Counting()
        repeater = Repeater(searcher, repeat=4)
        configs = [repeater.suggest(str(i)) for i in range(12)]
        self.assertEqual([config["x"] for config in configs], [1] * 4 + [2] * 4 + [3] * 4)
        self.assertEqual([config["__trial_index__"] for config in configs[:4]], [0, 1, 2, 3])
        for i, loss in enumerate([1, 2, 3]):
            repeater.on_trial_complete(str(i), {"loss": loss})
        self.assertEqual(searcher.told, [])
        repeater.on_trial_complete("3", error=True)
        self.assertEqual(searcher.told, [("0", 2, False)])

    def test_a_remainder_is_a_group_that_is_never_full(self) -> None:
        repeater = Repeater(Counting(), repeat=5, set_index=False)
        configs = [repeater.suggest(str(i)) for i in range(11)]
        self.assertEqual(len({config["x"] for config in configs}), 3)
        self.assertNotIn("__trial_index__", configs[0])

    def test_half_full_groups_go_on(self) -> None:
        first = Repeater(Counting(), repeat=2)
        first.suggest("a")
        searcher = Counting()
        second = Repeater(searcher, repeat=2)
        second.set_state(first.get_state())
        self.assertEqual(second.suggest("b")["x"], 1)
        second.on_trial_complete("a", {"loss": 2})
        second.on_trial_complete("b", {"loss": 4})
        self.assertEqual(searcher.told, [("a", 3, False)])


class Told(unittest.TestCase):
    def test_what_it_judges_by_is_that_of_the_experiment(self) -> None:
        class Own(Searcher):
            def suggest(self, trial_id: str) -> Any:
                return {}

        for searcher in (Own(), ConcurrencyLimiter(Own(), 2)):
            Plan({}, tune.TuneConfig(metric="loss", mode="max", search_alg=searcher), tune.RunConfig()).begin()
            self.assertEqual([searcher.metric, searcher.mode], ["loss", "max"])


class States(unittest.TestCase):
    def test_what_was_saved_goes_on(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            first = Counting()
            first.suggest("a"), first.suggest("b")
            first.save(os.path.join(folder, "one"))
            first.save_to_dir(folder, session_str="2026")
            second, third = Counting(), Counting()
            second.restore(os.path.join(folder, "one"))
            third.restore_from_dir(folder)
            self.assertEqual([second.suggest("c")["x"], third.suggest("c")["x"]], [3, 3])
        self.assertRaises(RuntimeError, Counting().restore_from_dir, os.path.join(folder, "gone"))

    def test_random_samples_go_on_behind_those_that_were_drawn(self) -> None:
        def made() -> BasicVariantGenerator:
            generator = BasicVariantGenerator(random_state=7)
            space = {"x": tune.uniform(0, 1), "k": tune.grid_search(["a", "b"])}
            generator.set_search_properties(None, None, space, num_samples=4)
            return generator

        whole, first, second = made(), made(), made()
        expected = [whole.suggest(str(i)) for i in range(8)]
        begun = [first.suggest(str(i)) for i in range(3)]
        with tempfile.TemporaryDirectory() as folder:
            first.save(os.path.join(folder, "one"))
            second.restore(os.path.join(folder, "one"))
        self.assertEqual(begun + [second.suggest(str(i)) for i in range(3, 8)], expected)
        self.assertEqual(second.suggest("9"), Searcher.FINISHED)

    def test_what_was_tried_elsewhere_is_known_to_the_engine_where_it_says_something(self) -> None:
        limited = ConcurrencyLimiter(create_searcher("tpe"), 2)
        limited.add_evaluated_point({"x": 0.5}, 3)
        limited.add_evaluated_point({"x": 0.6}, 4, pruned=True, intermediate_values=[5, 4])
        limited.add_evaluated_point({"x": 0.7}, 5, error=True)
        limited.add_evaluated_point({"x": 0.8}, float("nan"))
        config = tune.TuneConfig(metric="loss", mode="min", search_alg=limited, num_samples=3)
        space = {"x": tune.uniform(0, 1), "fixed": "a"}
        experiment = Plan(space, config, tune.RunConfig()).json()
        known = [{"config": {"x": x, "fixed": "a"}, "metrics": {"loss": loss}} for x, loss in ((0.5, 3), (0.6, 4))]
        self.assertEqual([experiment["knownResults"], experiment["trials"]], [known, 3])

    def test_searchers_by_name(self) -> None:
        self.assertIsInstance(create_searcher("random"), BasicVariantGenerator)
        self.assertEqual(create_searcher("tpe").json(), {"name": "tpe"})
        with self.assertRaisesRegex(TypeError, "Did you mean 'tpe'"):
            create_searcher("tp")
        with self.assertRaisesRegex(NotImplementedError, "ZOOptSearch is not supported.*auto"):
            create_searcher("zoopt")
        with self.assertRaisesRegex(NotImplementedError, "ax_client=.*from the experiment's log"):
            create_searcher("ax", ax_client=object())

    def test_spaces_in_the_words_of_libraries(self) -> None:
        bounds = create_searcher("bayesopt", space={"width": (0, 20), "height": [-1.5, 1]}).space
        self.assertEqual([repr(each) for each in bounds.values()], ["uniform(0, 20)", "uniform(-1.5, 1)"])
        parameters = [
            {"name": "lr", "type": "range", "bounds": [1e-4, 0.1], "log_scale": True},
            {"name": "layers", "type": "range", "bounds": [1, 8]},
            {"name": "opt", "type": "choice", "values": ["adam", "sgd"]},
            {"name": "epochs", "type": "fixed", "value": 3},
        ]
        found = create_searcher("ax", space=parameters).space
        self.assertEqual([repr(each) for each in found.values()], ["loguniform(0.0001, 0.1)", "int(1, 8)", "choice(['adam', 'sgd'])", "3"])
        constants = {"x": tune.uniform(0, 1), "pair": (0, 20)}
        self.assertEqual(create_searcher("optuna", space=constants).space, constants)

    def test_spaces_of_which_nothing_is_known_are_refused(self) -> None:
        for space in ({"x": object()}, {"x": 3}, [1], "x"):
            with self.assertRaisesRegex(TypeError, "OptunaSearch.*space must be a dict of tune parameters"):
                create_searcher("optuna", space=space)
        with self.assertRaisesRegex(TypeError, "the type of a must be 'range', 'choice' or 'fixed', and is 'float'"):
            create_searcher("ax", space=[{"name": "a", "type": "float"}])

    def test_algorithms_of_libraries_are_told_by_name(self) -> None:
        class TPESampler:
            pass

        class OnePlusOne:
            name = "OnePlusOne"

        budget = {"budget": 30}
        self.assertEqual(
            create_searcher("nevergrad", optimizer=OnePlusOne(), optimizer_kwargs=budget).json(),
            {"name": "nevergrad", "options": {"sampler": "OnePlusOne", "options": budget}},
        )
        self.assertEqual(create_searcher("nevergrad", optimizer="DE").json(), {"name": "nevergrad", "options": {"sampler": "DE"}})
        self.assertEqual(create_searcher("ax").json(), {"name": "ax", "options": {}})
        self.assertEqual(
            create_searcher("smac", facade="BlackBoxFacade", n_configs=4).json(),
            {"name": "smac", "options": {"sampler": "BlackBoxFacade", "options": {"n_configs": 4}}},
        )
        self.assertEqual(tune.TuneConfig(metric="loss", mode="min", search_alg="nevergrad").search_alg.json()["name"], "nevergrad")
        hebo = create_searcher("hebo", random_state_seed=3, max_concurrent=1, rand_sample=4)
        self.assertEqual(hebo.json(), {"name": "hebo", "options": {"options": {"rand_sample": 4}}})
        self.assertEqual((hebo.seed, hebo.max_concurrent), (3, 1))
        self.assertEqual(create_searcher("optuna", sampler=TPESampler).json()["options"], {"sampler": "TPESampler"})
        with self.assertWarnsRegex(UserWarning, "TPESampler with its defaults"):
            self.assertEqual(create_searcher("optuna", sampler=TPESampler()).json()["options"], {"sampler": "TPESampler"})


if __name__ == "__main__":
    unittest.main()
