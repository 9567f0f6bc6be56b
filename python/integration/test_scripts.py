"""Kinds of scripts that people have for Ray Tune: each runs with its imports changed."""

from __future__ import annotations

import json
import unittest

from integration.test_tune import ScriptTest

CLASS = """
import json, os, random
import trialist.ray as ray
from trialist import train, tune
from trialist.air import session
from trialist.air.config import FailureConfig
from trialist.train import Checkpoint, CheckpointConfig, RunConfig
from trialist.tune import Trainable
from trialist.tune.schedulers import ASHAScheduler, HyperBandScheduler, PopulationBasedTraining
from trialist.tune.schedulers.pb2 import PB2
class Growing(Trainable):
    def setup(self, config):
        self.value = 0.0
    def step(self):
        self.value += self.config["rate"]
        return {"score": self.value, "rate": self.config["rate"]}
    def save_checkpoint(self, checkpoint_dir):
        with open(os.path.join(checkpoint_dir, "state"), "w") as file:
            file.write(json.dumps({"value": self.value}))
        return checkpoint_dir
    def load_checkpoint(self, checkpoint_dir):
        with open(os.path.join(checkpoint_dir, "state")) as file:
            self.value = json.load(file)["value"]
    def reset_config(self, new_config):
        return True
def growing(config):
    value, start = 0.0, 1
    if train.get_checkpoint():
        with train.get_checkpoint().as_directory() as folder, open(os.path.join(folder, "state")) as file:
            state = json.load(file)
        value, start = state["value"], state["step"] + 1
    for step in range(start, 100):
        value += config["rate"]
        os.makedirs(f"at-{config['rate']}", exist_ok=True)
        with open(f"at-{config['rate']}/state", "w") as file:
            json.dump({"value": value, "step": step}, file)
        train.report({"score": value, "rate": config["rate"]}, checkpoint=Checkpoint.from_directory(f"at-{config['rate']}"))
ray.init(num_cpus=2)
"""


class Scripts(ScriptTest):
    def printed(self, code: str) -> list[object]:
        found: list[object] = json.loads(self.run_script(code, head=CLASS)[0].splitlines()[-1])
        return found

    def test_a_population_of_classes(self) -> None:
        code = """
            pbt = PopulationBasedTraining(time_attr="training_iteration", perturbation_interval=3, synch=True, hyperparam_mutations={
                "rate": lambda: random.uniform(0.0, 20.0), "other": [1, 2]})
            tuner = tune.Tuner(Growing, param_space={"rate": tune.grid_search([1.0, 2.0, 4.0, 8.0]), "other": 1},
                run_config=RunConfig(name="pbt", stop={"training_iteration": 12}, failure_config=FailureConfig(max_failures=3),
                    checkpoint_config=CheckpointConfig(checkpoint_frequency=3)),
                tune_config=tune.TuneConfig(scheduler=pbt, metric="score", mode="max", reuse_actors=True, max_concurrent_trials=4))
            results = tuner.fit()
            rates = {report["rate"] for result in results for report in result.history()}
            print(json.dumps([len(results), results.num_errors, len(rates) > 4, all(0 <= rate <= 20 for rate in rates)]))
        """
        self.assertEqual(self.printed(code), [4, 0, True, True])

    def test_a_population_of_functions_and_bandits(self) -> None:
        code = """
            def fit(scheduler):
                analysis = tune.run(growing, scheduler=scheduler, metric="score", mode="max", verbose=False, stop={"training_iteration": 9},
                    num_samples=4, config={"rate": tune.uniform(0.1, 0.4), "other": 1}, max_concurrent_trials=4)
                return [len(analysis.trials), {trial.status for trial in analysis.trials} == {"TERMINATED"}, analysis.best_config["other"]]
            options = dict(time_attr="training_iteration", perturbation_interval=3)
            print(json.dumps(fit(PopulationBasedTraining(hyperparam_mutations={"rate": tune.uniform(0.1, 0.5)}, **options))
                + fit(PopulationBasedTraining(hyperparam_mutations={"rate": [0.2, 0.3]}, **options))
                + fit(PB2(hyperparam_bounds={"rate": [0.1, 0.5]}, **options))))
        """
        self.assertEqual(self.printed(code), [4, True, 1] * 3)

    def test_a_population_explores_by_a_function_and_its_schedule_is_replayed(self) -> None:
        code = """
            import glob
            from trialist import _engine
            from trialist.tune.schedulers import PopulationBasedTrainingReplay
            seen = []
            def explore(config):
                seen.append(config["rate"])
                config["rate"] = round(config["rate"], 1)
                return config
            options = dict(time_attr="training_iteration", perturbation_interval=3, custom_explore_fn=explore, synch=True)
            run = RunConfig(name="explored", stop={"training_iteration": 12}, checkpoint_config=CheckpointConfig(checkpoint_frequency=3))
            pbt = PopulationBasedTraining(hyperparam_mutations={"rate": tune.uniform(0.0, 20.0)}, **options)
            results = tune.Tuner(Growing, param_space={"rate": tune.grid_search([1.0, 2.0, 3.0, 8.0]), "other": "x"}, run_config=run,
                tune_config=tune.TuneConfig(scheduler=pbt, metric="score", mode="max", max_concurrent_trials=4)).fit()
            after = [segment["config"]["rate"] for result in results for segment in result.lineage[1:]]
            best = max((result for result in results if result.lineage), key=lambda result: result.metrics["score"])
            [policy] = glob.glob(os.path.join(results.experiment_path, f"pbt_policy_{best.metrics['trial_id']}.txt"))
            replayed = tune.Tuner(Growing, param_space={"other": "x"}, run_config=RunConfig(name="again", stop={"training_iteration": 12},
                checkpoint_config=CheckpointConfig(checkpoint_frequency=1)), tune_config=tune.TuneConfig(
                scheduler=PopulationBasedTrainingReplay(policy), metric="score", mode="max")).fit()
            print(json.dumps([results.num_errors, len(seen) > 0, after != [] and all(rate == round(rate, 1) for rate in after),
                replayed[0].metrics["score"] == best.metrics["score"],
                [each["rate"] for each in replayed[0].history()] == [segment["config"]["rate"] for segment in best.lineage
                    for _ in range(segment["from"], segment["to"])], "follow" in _engine.output(["verify", "explored"])]))
        """
        self.assertEqual(self.printed(code), [0, True, True, True, True, True])

    def test_what_a_population_can_not_do_is_said(self) -> None:
        code = """
            from trialist.tune.schedulers import PopulationBasedTrainingReplay
            said = []
            def note(call):
                try: call()
                except Exception as error: said.append([type(error).__name__, str(error)])
            def fit(explore):
                # They wait for each other, so that the worse one surely takes over.
                pbt = PopulationBasedTraining(time_attr="training_iteration", perturbation_interval=1, synch=True, custom_explore_fn=explore)
                tune.Tuner(Growing, param_space={"rate": tune.grid_search([0.1, 8.0])}, tune_config=tune.TuneConfig(scheduler=pbt,
                    metric="score", mode="max", max_concurrent_trials=2), run_config=RunConfig(stop={"training_iteration": 4},
                    checkpoint_config=CheckpointConfig(checkpoint_frequency=1))).fit()
            note(lambda: fit(lambda config: None))
            note(lambda: fit(lambda config: {"rate": 3.0}))
            note(lambda: PopulationBasedTrainingReplay("pbt_policy_none.txt"))
            with open("empty", "w"): pass
            note(lambda: PopulationBasedTrainingReplay("empty"))
            note(lambda: PopulationBasedTraining())
            print(json.dumps([kind for kind, _ in said] + ["answer" in said[0][1], "not of the search space" in said[1][1]]))
        """
        kinds = ["TrialistError", "TrialistError", "FileNotFoundError", "ValueError", "ValueError"]
        self.assertEqual(self.printed(code), [*kinds, True, True])

    def test_resources_change_with_the_trials_that_run(self) -> None:
        code = """
            from trialist.tune.schedulers.resource_changing_scheduler import DistributeResources, ResourceChangingScheduler
            def train(config):
                step, cpus = train_checkpoint(), 0
                # One of them goes on until it has all that it is to have, once the other is over.
                while step < 3 if config["n"] == 0 else cpus < config["most"]:
                    step += 1
                    # Trials share the current folder.
                    state = f"state-{config['n']}"
                    os.makedirs(state, exist_ok=True)
                    with open(f"{state}/step", "w") as file: file.write(str(step))
                    cpus = tune.get_context().get_trial_resources().required_resources["CPU"]
                    tune.report({"score": config["n"], "cpus": cpus}, checkpoint=Checkpoint.from_directory(state))
            def train_checkpoint():
                if tune.get_checkpoint() is None: return 0
                with tune.get_checkpoint().as_directory() as folder, open(os.path.join(folder, "step")) as file: return int(file.read())
            def fit(most, **options):
                scheduler = ResourceChangingScheduler(ASHAScheduler(max_t=10**6, grace_period=10**5), DistributeResources(**options))
                results = tune.Tuner(tune.with_resources(train, {"cpu": 0.5}), param_space={"n": tune.grid_search([0, 1]), "most": most}, tune_config=
                    tune.TuneConfig(scheduler=scheduler, metric="score", mode="max", max_concurrent_trials=4)).fit()
                steps = [[report["training_iteration"] for report in result.history()] for result in results]
                whole = all(each == list(range(1, len(each) + 1)) for each in steps) and len(steps[0]) == 3
                return [whole, [result.history()[-1]["cpus"] for result in results][1], results.num_errors]
            said = ""
            try: fit(1, increase_by={"CPU": 0.75})
            except ValueError as error: said = str(error)
            print(json.dumps([fit(2), fit(1.5, increase_by={"CPU": 1}, increase_by_times=1), "multiple" in said]))
        """
        self.assertEqual(self.printed(code), [[True, 2, 0], [True, 1.5, 0], True])

    def test_hyperband_and_asha(self) -> None:
        code = """
            def steps(trainable, scheduler, **named):
                tuner = tune.Tuner(tune.with_resources(trainable, {"cpu": 1}), param_space={"rate": tune.uniform(0, 1), "height": tune.sample_from(lambda spec: 2)},
                    tune_config=tune.TuneConfig(num_samples=9, scheduler=scheduler, metric="score", mode="max"), run_config=RunConfig(stop={"training_iteration": 9}, **named))
                return sorted({result.metrics["training_iteration"] for result in tuner.fit()})
            print(json.dumps([steps(Growing, HyperBandScheduler(max_t=9), checkpoint_config=CheckpointConfig(checkpoint_frequency=1)),
                steps(growing, ASHAScheduler(max_t=9, grace_period=1, reduction_factor=3))]))
        """
        hyperband, asha = self.printed(code)
        self.assertIn(9, hyperband)
        self.assertTrue(set(hyperband) <= {1, 3, 9})
        self.assertTrue(set(asha) <= {1, 3, 9} and len(asha) > 1)

    def test_one_trial_fails_and_what_becomes_of_the_others(self) -> None:
        code = """
            def flawed(config):
                for step in range(1, 30):
                    if config["rate"] == 2.0 and step == 3: raise ValueError("no good")
                    train.report({"score": step})
            def states(fail_fast, slots):
                tuner = tune.Tuner(flawed, param_space={"rate": tune.grid_search([1.0, 2.0, 3.0, 4.0])},
                    run_config=RunConfig(failure_config=FailureConfig(fail_fast=fail_fast)),
                    tune_config=tune.TuneConfig(metric="score", mode="max", max_concurrent_trials=slots))
                try: return sorted(result.state for result in tuner.fit())
                except Exception as error: return str(error).splitlines()[-1]
            def broken(config): raise ImportError("there is no such module")
            other = tune.Tuner(broken, param_space={"rate": 1.0}, tune_config=tune.TuneConfig(metric="score", mode="max")).fit()
            print(json.dumps([states(False, 2), states(True, 1), states("raise", 1), other.num_errors]))
        """
        others, fast, raised, errors = self.printed(code)
        self.assertEqual(others, ["completed", "completed", "completed", "failed"])
        # The others are left as they are, and can go on later.
        self.assertEqual([fast.count("failed"), fast.count("completed")], [1, 1])
        self.assertNotIn("stopped", fast)
        self.assertIn("ValueError: no good", raised)
        self.assertEqual(errors, 1)

    def test_pauses_and_checkpoints_of_classes(self) -> None:
        code = """
            class Counted(Growing):
                def step(self):
                    since = self._since_restore + 1
                    return {**super().step(), "since": since, "should_checkpoint": self.iteration == 4}
            def kept(**named):
                config = CheckpointConfig(**named)
                [result] = tune.Tuner(Counted, param_space={"rate": 1.0}, run_config=RunConfig(stop={"training_iteration": 7},
                    checkpoint_config=config), tune_config=tune.TuneConfig(metric="score", mode="max")).fit()
                return [checkpoint.step for checkpoint, _ in result.best_checkpoints]
            scheduler = HyperBandScheduler(max_t=9)
            results = tune.Tuner(Counted, param_space={"rate": tune.uniform(0, 1)}, run_config=RunConfig(stop={"training_iteration": 9},
                checkpoint_config=CheckpointConfig(checkpoint_frequency=1)), tune_config=tune.TuneConfig(scheduler=scheduler,
                metric="score", mode="max", num_samples=9)).fit()
            again = {report["training_iteration"] for result in results for report in result.history() if report["since"] == 1}
            steps = [[report["training_iteration"] for report in result.history()] for result in results]
            whole = all(each == list(range(1, len(each) + 1)) for each in steps) and max(map(len, steps)) == 9
            print(json.dumps([kept(), kept(checkpoint_at_end=False), kept(checkpoint_frequency=3, checkpoint_at_end=False),
                kept(checkpoint_frequency=2, num_to_keep=2), sorted(again), whole]))
        """
        at_end, asked, third, two, again, whole = self.printed(code)
        self.assertEqual([at_end, asked, third, two], [[5, 7], [5], [3, 5, 6], [6, 7]])
        # Those that paused after 1 or 3 went on from there, and did nothing twice.
        self.assertTrue({1, 2} <= set(again) <= {1, 2, 4}, again)
        self.assertTrue(whole)

    def test_several_objectives(self) -> None:
        code = """
            def two(config):
                session.report({"loss": config["x"] ** 2, "gain": -(config["x"] - 2) ** 2})
            tuner = tune.Tuner(two, param_space={"x": tune.uniform(-1, 3)},
                tune_config=tune.TuneConfig(metric=["loss", "gain"], mode=["min", "max"], num_samples=12, search_alg="tpe"))
            results = tuner.fit()
            print(json.dumps([len(results), results.num_errors, results.get_best_result("gain", "max").metrics["gain"] <= 0]))
        """
        self.assertEqual(self.printed(code), [12, 0, True])

    def test_objects_and_going_on(self) -> None:
        code = """
            data = ray.get(ray.put({"offset": 3}))
            def fit(config, data=None):
                tune.report({"score": config["x"] + data["offset"], "id": 1, "where": tune.get_context().get_experiment_name()})
            trainable = tune.with_parameters(fit, data=data)
            run = RunConfig(name="mine", storage_path="all")
            first = tune.Tuner(trainable, param_space={"x": tune.grid_search([1, 2])}, run_config=run, tune_config=tune.TuneConfig(metric="score", mode="max")).fit()
            assert tune.Tuner.can_restore("all/mine")
            again = tune.Tuner.restore("all/mine", trainable).fit()
            print(json.dumps([[result.metrics["score"] for result in results] for results in (first, again)] + [first[0].metrics["where"]]))
        """
        self.assertEqual(self.printed(code), [[4, 5], [4, 5], "mine"])

    def test_what_is_not_supported_says_so_where_it_is_written(self) -> None:
        code = """
            from trialist.tune.search.zoopt import ZOOptSearch
            from trialist.tune.schedulers import ResourceChangingScheduler, TrialScheduler
            calls = [ZOOptSearch, lambda: ResourceChangingScheduler(TrialScheduler()), lambda: ResourceChangingScheduler(None, print),
                lambda: ray.air.ScalingConfig(num_workers=2), lambda: ray.init("ray://somewhere"), lambda: RunConfig(storage_path="s3://somewhere"), lambda: ray.remote]
            said = []
            for call in calls:
                try: call()
                except (NotImplementedError, AttributeError) as error: said.append(str(error))
            print(json.dumps([len(calls) == len(said), all("not" in each for each in said)]))
        """
        self.assertEqual(self.printed(code), [True, True])


if __name__ == "__main__":
    unittest.main()
