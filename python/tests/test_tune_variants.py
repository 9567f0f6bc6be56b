"""Samples and grids in Ray Tune's order, for spaces of any shape."""

from __future__ import annotations

import random
import unittest
import warnings
from typing import Any

from trialist import tune
from trialist.tune.experiment.trial import tag_of
from trialist.tune.search import BasicVariantGenerator
from trialist.tune.search.variant_generator import (
    RecursiveDependencyError,
    count_variants,
    flattened,
    generate_variants,
)

PRIMITIVES = {
    "uniform": (tune.uniform(-5, -1), -5, -1),
    "quniform": (tune.quniform(-5.4, -1.8, 0.6), -5.4, -1.8),
    "loguniform": (tune.loguniform(1e-4, 1e-2), 1e-4, 1e-2),
    "qloguniform": (tune.qloguniform(1e-4, 1e-1, 5e-5), 1e-4, 1e-1),
    "randint": (tune.randint(-9, 15), -9, 14),
    "lograndint": (tune.lograndint(1, 50), 1, 49),
    "qrandint": (tune.qrandint(-21, 12, 3), -21, 12),
    "qlograndint": (tune.qlograndint(2, 50, 2), 2, 50),
}


def variants(space: dict[str, Any], samples: int = 1, seed: int = 0, **options: Any) -> list[dict[str, Any]]:
    """The configurations of a space, in order."""
    return [config for _, config in pairs(space, samples, seed, **options)]


def pairs(space: dict[str, Any], samples: int = 1, seed: int = 0, **options: Any) -> list[tuple[dict[str, Any], Any]]:
    generator = BasicVariantGenerator(random_state=seed, **options)
    generator.set_search_properties(None, None, space, num_samples=samples)
    assert generator._variants is not None
    return [(flattened(chosen), config) for chosen, config in generator._variants]


class Grids(unittest.TestCase):
    def test_the_first_by_name_varies_fastest_and_tags_say_so(self) -> None:
        space = {"foo": tune.grid_search([1, 2]), "bar": tune.grid_search([True, False])}
        tags = [tag_of(i, chosen) for i, (chosen, _) in enumerate(pairs(space))]
        self.assertEqual(tags, ["0_bar=True,foo=1", "1_bar=False,foo=1", "2_bar=True,foo=2", "3_bar=False,foo=2"])

    def test_samples_without_anything_to_choose(self) -> None:
        self.assertEqual([tag_of(i, chosen) for i, (chosen, _) in enumerate(pairs({}, samples=2))], ["0", "1"])

    def test_random_draws_are_anew_in_each_cell_unless_they_are_to_be_constant(self) -> None:
        space = {"g": tune.grid_search([1, 2, 3]), "x": tune.uniform(0, 1)}
        self.assertEqual(len({config["x"] for config in variants(space)}), 3)
        constant = variants(space, samples=2, constant_grid_search=True)
        self.assertEqual([config["g"] for config in constant], [1, 2, 3, 1, 2, 3])
        self.assertEqual(len({config["x"] for config in constant[:3]}), 1)
        self.assertEqual(len({config["x"] for config in constant}), 2)

    def test_how_many_there_are(self) -> None:
        self.assertEqual(count_variants({"a": tune.grid_search([1, 2]), "b": {"c": tune.grid_search([1, 2, 3])}}), 6)


class Dependencies(unittest.TestCase):
    def test_expressions_are_evaluated(self) -> None:
        space = {"x": {"eval": "2 + 2"}, "g": tune.grid_search([1, 2])}
        self.assertEqual(variants(space), [{"x": 4, "g": 1}, {"x": 4, "g": 2}])

    def test_a_chain_resolves_in_any_order(self) -> None:
        parts = {
            "x": tune.sample_from(lambda config: config["y"] + 1),
            "y": tune.sample_from(lambda config: config.z * 10),
            "z": tune.choice([1]),
        }
        for names in (["x", "y", "z"], ["z", "y", "x"], ["y", "x", "z"]):
            self.assertEqual(variants({name: parts[name] for name in names}), [{"x": 11, "y": 10, "z": 1}])

    def test_a_circle_is_an_error(self) -> None:
        space = {"a": tune.sample_from(lambda c: c["b"]), "b": tune.sample_from(lambda c: c["a"])}
        self.assertRaises(RecursiveDependencyError, variants, space)

    def test_functions_with_an_argument_without_and_of_old(self) -> None:
        space = {
            "x": tune.choice([3]),
            "none": tune.sample_from(lambda: 1),
            "one": tune.sample_from(lambda config: config["x"]),
            "old": tune.sample_from(lambda spec: spec.config.x + 1),
        }
        self.assertEqual(variants(space), [{"x": 3, "none": 1, "one": 3, "old": 4}])

    def test_values_that_are_parameters_are_resolved_again(self) -> None:
        space = {"g": tune.grid_search([1, tune.sample_from(lambda: 9)])}
        self.assertEqual([config["g"] for config in variants(space)], [1, 9])
        space = {"s": tune.sample_from(lambda: tune.grid_search([5, 6])), "d": tune.sample_from(lambda: tune.uniform(0, 1))}
        found = variants(space)
        self.assertEqual([config["s"] for config in found], [5, 6])
        self.assertTrue(all(0 <= config["d"] < 1 for config in found))

    def test_paths_are_flat(self) -> None:
        [(chosen, config)] = pairs({"x": {"y": {"z": tune.choice([1])}}, "l": [0, tune.choice([2])], "t": (tune.choice([3]),)})
        self.assertEqual(chosen, {"x/y/z": 1, "l/1": 2, "t/0": 3})
        self.assertEqual(config, {"x": {"y": {"z": 1}}, "l": [0, 2], "t": (3,)})


class Primitives(unittest.TestCase):
    def test_draws_stay_in_bounds_and_have_their_types(self) -> None:
        for name, (domain, low, high) in PRIMITIVES.items():
            draws = domain.sample(size=1000, random_state=1)
            with self.subTest(name):
                self.assertTrue(all(low - 1e-12 <= draw <= high + 1e-12 for draw in draws))
                wanted = int if "int" in name else float
                self.assertTrue(all(type(draw) is wanted for draw in draws))
                self.assertTrue(all(domain.is_valid(draw) for draw in draws))

    def test_every_integer_can_be_reached(self) -> None:
        self.assertEqual(set(tune.randint(-3, 3).sample(size=500, random_state=1)), set(range(-3, 3)))
        self.assertEqual(set(tune.qrandint(-21, 12, 3).sample(size=500, random_state=1)), set(range(-21, 13, 3)))
        self.assertEqual(set(tune.qrandint(1, 10, 3).sample(size=200, random_state=1)), {3, 6, 9})
        self.assertEqual(set(tune.qrandint(1, 5, 1).sample(size=200, random_state=1)), {1, 2, 3, 4})
        self.assertEqual(set(tune.lograndint(1, 5).sample(size=500, random_state=1)), {1, 2, 3, 4})

    def test_normal_draws(self) -> None:
        draws = tune.randn(10, 2).sample(size=2000, random_state=1)
        mean = sum(draws) / len(draws)
        self.assertAlmostEqual(mean, 10, delta=0.3)
        self.assertTrue(all(abs(draw / 0.5 - round(draw / 0.5)) < 1e-9 for draw in tune.qrandn(0, 1, 0.5).sample(size=50)))

    def test_what_does_not_fit_is_refused(self) -> None:
        for call in (
            lambda: tune.quniform(1, 10, 3),
            lambda: tune.quniform(0, 1, 0.3),
            lambda: tune.uniform(0, 1).uniform(),
            lambda: tune.uniform(0, 1).loguniform(),
            lambda: tune.loguniform(0, 1),
            lambda: tune.lograndint(0, 5),
            lambda: tune.qrandint(4, 5, 3),
            lambda: tune.randn(0, 0),
        ):
            self.assertRaises(ValueError, call)

    def test_a_seed_gives_the_same_draws(self) -> None:
        space = {"c": tune.choice(list(range(100))), "n": tune.qrandn(0, 10, 0.1), "u": tune.uniform(0, 1)}
        self.assertEqual(variants(space, 5, seed=7), variants(space, 5, seed=7))
        self.assertNotEqual(variants(space, 5, seed=7), variants(space, 5, seed=8))
        draws = [tune.uniform(0, 1).sample(size=4, random_state=random.Random(4)) for _ in range(2)]
        self.assertEqual(draws[0], draws[1])


class Points(unittest.TestCase):
    space = {"a": tune.uniform(0, 1), "b": {"c": tune.randint(0, 10)}, "g": tune.grid_search([1, 2])}

    def test_they_come_first_and_are_counted(self) -> None:
        points = [{"a": 0.5, "b": {"c": 3}}, {"b": {"c": 7}}]
        found = variants(self.space, samples=3, points_to_evaluate=points)
        self.assertEqual(len(found), 6)
        self.assertEqual([(config["a"], config["b"]["c"], config["g"]) for config in found[:2]], [(0.5, 3, 1), (0.5, 3, 2)])
        self.assertEqual([config["b"]["c"] for config in found[2:4]], [7, 7])

    def test_a_point_in_place_of_a_grid_has_one_trial(self) -> None:
        found = variants(self.space, samples=2, points_to_evaluate=[{"g": 9}])
        self.assertEqual([config["g"] for config in found], [9, 1, 2])

    def test_what_the_space_does_not_have_is_refused_and_what_lies_outside_is_warned_of(self) -> None:
        with self.assertRaisesRegex(ValueError, "no parameter 'aa'"):
            variants(self.space, points_to_evaluate=[{"aa": 1}])
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            variants(self.space, points_to_evaluate=[{"a": 3}])
        self.assertIn("outside", str(said[0].message))


if __name__ == "__main__":
    unittest.main()
