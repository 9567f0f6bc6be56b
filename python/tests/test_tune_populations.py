"""Populations as scripts write them: what may change, and what is refused."""

from __future__ import annotations

import unittest
from typing import Any

from trialist import tune
from trialist.tune._plan import Plan
from trialist.tune.schedulers import PB2, PopulationBasedTraining, ResourceChangingScheduler


class Mutations(unittest.TestCase):
    def test_what_is_no_parameter_is_refused_at_construction(self) -> None:
        for mutation in ({1, 2}, "abc", 3, None, {"deep": {1, 2}}, {"deep": "abc"}, tune.sample_from(lambda: 1)):
            with self.assertRaisesRegex(ValueError, "hyperparam_mutations\\['lr"):
                PopulationBasedTraining(hyperparam_mutations={"lr": mutation})
        for bounds in ({1, 2}, "ab", [1], [1, 2, 3], ["a", "b"], {"deep": {1, 2}}):
            with self.assertRaisesRegex(ValueError, "hyperparam_bounds|deep"):
                PB2(hyperparam_bounds={"lr": bounds})
        wrong: list[dict[str, Any]] = [{}, {"perturbation_interval": 0}, {"quantile_fraction": 0.6}]
        for options in wrong:
            with self.assertRaises(ValueError):
                PopulationBasedTraining(**{"hyperparam_mutations": {"lr": [1, 2]} if options else {}, **options})

    def test_a_list_and_a_tuple_are_alike_and_numbers_in_them_are_an_order(self) -> None:
        mutations = {"list": [8, 1, 4], "tuple": (8, 1, 4), "words": ["b", "a"], "flags": [True, False], "deep": {"rate": tune.uniform(0, 1)}}
        population = PopulationBasedTraining(hyperparam_mutations=mutations)
        space, first = population.adapted({"list": 3})
        self.assertEqual([space["list"].type, space["list"].options], ["ordinal", [1, 3, 4, 8]])
        self.assertEqual([space["tuple"].type, space["tuple"].options], ["ordinal", [8, 1, 4]])
        self.assertEqual([space[name].type for name in ("words", "flags")], ["choice", "choice"])
        self.assertEqual(first["list"], 3)
        self.assertEqual(population.json()["options"]["mutate"], ["list", "tuple", "words", "flags", "deep.rate"])

    def test_who_begins_in_a_range_moves_to_the_nearest_of_a_list(self) -> None:
        population = PopulationBasedTraining(hyperparam_mutations={"momentum": [0.8, 0.9, 0.99], "deep": {"batch": (16, 64)}})
        first = {"momentum": tune.uniform(0.001, 1), "deep": {"batch": tune.randint(8, 33)}, "lr": 0.1}
        space, begins = population.adapted(first)
        self.assertEqual(begins, first)
        self.assertEqual([space["momentum"].bounds, space["deep"]["batch"].bounds], [{"low": 0.001, "high": 1}, {"low": 8, "high": 64}])
        self.assertEqual(population.json()["options"]["explore"], "client")
        assert population.explore is not None
        explored = population.explore({"momentum": 0.3, "deep": {"batch": 50}, "lr": 0.1})
        self.assertEqual(explored, {"momentum": 0.8, "deep": {"batch": 64}, "lr": 0.1})

    def test_a_list_and_a_function_of_ones_own_explore_one_after_the_other(self) -> None:
        population = PopulationBasedTraining(hyperparam_mutations={"x": [1, 2]}, custom_explore_fn=lambda config: {"x": -config["x"]})
        population.adapted({"x": tune.uniform(0, 3)})
        assert population.explore is not None
        self.assertEqual(population.explore({"x": 2.8}), {"x": -2})

    def test_a_range_does_not_move_among_texts(self) -> None:
        population = PopulationBasedTraining(hyperparam_mutations={"x": ["a", "b"]})
        with self.assertRaisesRegex(ValueError, r"what trials begin with, uniform\(0, 1\), is none of \['a', 'b'\]"):
            population.adapted({"x": tune.uniform(0, 1)})

    def test_a_list_is_not_moved_among_where_resources_change(self) -> None:
        population = PopulationBasedTraining(hyperparam_mutations={"x": [1, 2]})
        config = tune.TuneConfig(metric="score", mode="max", scheduler=ResourceChangingScheduler(population))
        Plan({"x": tune.choice([1, 2])}, config, tune.RunConfig())
        with self.assertRaisesRegex(NotImplementedError, "Begin with values of the list"):
            Plan({"x": tune.uniform(0, 3)}, config, tune.RunConfig())


if __name__ == "__main__":
    unittest.main()
