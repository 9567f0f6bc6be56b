"""What scripts for Ray Tune rely on, on the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import unittest
from typing import Any

from integration.test_tune import HEAD, ScriptTest

from tests.engine import until

OWN = (
    HEAD
    + """
from trialist.tune.search import BasicVariantGenerator, ConcurrencyLimiter, Searcher
from trialist.tune.schedulers import FIFOScheduler, TrialScheduler
class Counting(Searcher):
    def __init__(self, most=6, **named):
        super().__init__(**named)
        self.count, self.most, self.told = 0, most, []
    def suggest(self, trial_id):
        if self.count >= self.most: return Searcher.FINISHED
        self.count += 1
        return {"x": self.count}
    def on_trial_result(self, trial_id, result):
        self.told.append(["result", int(trial_id[-5:]), result["training_iteration"], result["loss"]])
    def on_trial_complete(self, trial_id, result=None, error=False):
        self.told.append(["complete", int(trial_id[-5:]), result and result["training_iteration"], error])
def train(config):
    for i in range(1, 5):
        tune.report({"loss": config["x"] * i})
"""
)


class Searchers(ScriptTest):
    def test_a_stop_is_told_once_with_the_last_result(self) -> None:
        code = """
            class Second(TrialScheduler):
                def on_trial_result(self, controller, trial, result):
                    assert trial in controller.get_trials()
                    return self.STOP if result["training_iteration"] == 2 else self.CONTINUE
            searcher = Counting(2)
            tuner = tune.Tuner(train, tune_config=config(num_samples=9, search_alg=searcher, scheduler=Second(), max_concurrent_trials=1))
            results = tuner.fit()
            print(json.dumps([searcher.told, [result.state for result in results]]))
        """
        told, states = json.loads(self.run_script(code, head=OWN)[0])
        self.assertEqual(states, ["stopped"] * 2)
        for trial in (0, 1):
            own = [each for each in told if each[1] == trial]
            self.assertEqual(own, [["result", trial, 1, trial + 1], ["complete", trial, 2, False]])

    def test_none_waits_and_finished_ends(self) -> None:
        code = """
            class OneByOne(Counting):
                def __init__(self): super().__init__(3); self.busy = False
                def suggest(self, trial_id):
                    if self.busy: return None
                    suggestion = super().suggest(trial_id)
                    self.busy = suggestion != Searcher.FINISHED
                    return suggestion
                def on_trial_complete(self, *args, **named): self.busy = False
            results = tune.Tuner(train, tune_config=config(num_samples=50, search_alg=OneByOne())).fit()
            print(json.dumps([result.config for result in results]))
        """
        self.assertEqual(json.loads(self.run_script(code, head=OWN)[0]), [{"x": 1}, {"x": 2}, {"x": 3}])

    def test_all_slots_are_filled_unless_a_limiter_says_less(self) -> None:
        code = """
            def meet(searcher, seconds):
                def busy(config):
                    name, end = f"busy-{config['x']}", time.monotonic() + seconds
                    open(name, "w").close()
                    while not os.path.exists("met") and time.monotonic() < end:
                        if len([each for each in os.listdir(".") if each.startswith("busy-")]) > 1: open("met", "w").close()
                        time.sleep(0.01)
                    os.remove(name)
                    return {"loss": 0}
                tune.Tuner(busy, tune_config=config(num_samples=6, search_alg=searcher, max_concurrent_trials=3)).fit()
                return os.path.exists("met")
            print(json.dumps([meet(ConcurrencyLimiter(Counting(), 1), 0.3), meet(Counting(), 30)]))
        """
        self.assertEqual(json.loads(self.run_script(code, head=OWN)[0]), [False, True])

    def test_what_a_searcher_raises_can_be_mended_and_gone_on_from(self) -> None:
        code = """
            class Failing(Counting):
                def suggest(self, trial_id):
                    if self.count == 2 and not os.path.exists("mended"): raise ValueError("no idea")
                    return super().suggest(trial_id)
            run = tune.RunConfig(name="mend")
            tuner = tune.Tuner(train, tune_config=config(num_samples=4, search_alg=Failing(), max_concurrent_trials=1), run_config=run)
            try:
                tuner.fit()
            except tune.TuneError as error:
                message, cause = str(error), repr(error.__cause__)
            open("mended", "w").close()
            results = tune.Tuner.restore(".trialist/mend", train).fit()
            print(json.dumps([message, cause, [result.config["x"] for result in results]]))
        """
        message, cause, configs = json.loads(self.run_script(code, head=OWN)[0])
        self.assertIn("no idea", message)
        self.assertEqual(cause, "ValueError('no idea')")
        self.assertEqual(configs, [1, 2, 3, 4])

    def test_what_is_no_configuration_is_named(self) -> None:
        code = """
            class Wrong(Counting):
                def suggest(self, trial_id): return "none"
            try: tune.Tuner(train, tune_config=config(num_samples=2, search_alg=Wrong())).fit()
            except tune.TrialistError as error: print(json.dumps(str(error)))
        """
        message = json.loads(self.run_script(code, head=OWN)[0])
        self.assertRegex(message, r"Wrong.suggest\(\) must answer a configuration, a dict, .* and answered 'none'")

    def test_objects_of_any_kind_may_be_suggested(self) -> None:
        code = """
            class Net: pass
            class Odd(Searcher):
                def suggest(self, trial_id): return {"net": Net, "pair": (1, 2.0), "deep": {"inf": float("inf")}}
            def odd(config):
                assert config == {"net": Net, "pair": (1, 2.0), "deep": {"inf": float("inf"), "kept": 1}, "own": Net}, config
                return {"loss": isinstance(config["pair"][1], float)}
            space = {"own": Net, "deep": {"kept": 1}}
            [result] = tune.Tuner(odd, param_space=space, tune_config=config(search_alg=Odd())).fit()
            print(json.dumps([result.metrics["loss"], result.config["own"] is Net, result.config["deep"]["kept"]]))
        """
        self.assertEqual(json.loads(self.run_script(code, head=OWN)[0]), [1, True, 1])


class Trials(ScriptTest):
    def test_grids_run_in_order_with_sample_from(self) -> None:
        code = """
            space = {"foo": tune.grid_search([1, 2]), "bar": tune.grid_search(["a", "b"]), "y": tune.sample_from(lambda c: c["foo"] * 10)}
            results = tune.Tuner(lambda config: config["y"], param_space=space, tune_config=config()).fit()
            print(json.dumps([[result.config[name] for name in ("bar", "foo", "y")] for result in results]))
        """
        self.assertEqual(self.answer(code), [["a", 1, 10], ["b", 1, 10], ["a", 2, 20], ["b", 2, 20]])

    def test_every_report_comes_once_and_in_order_also_without_a_metric(self) -> None:
        code = """
            def generator(config):
                for i in range(300): yield {"i": i}
            def early(config): return
            def returning(config): return {"end": 3}
            def run(train, **named): return tune.Tuner(train, tune_config=tune.TuneConfig(**named)).fit()
            reports = [report["i"] for report in run(generator)[0].history()]
            none = run(early, num_samples=2)
            print(json.dumps([
                reports, [[result.state, result.error, "training_iteration" in result.metrics] for result in none],
                run(returning)[0].metrics["end"], run(lambda config: 4)[0].metrics["_metric"],
            ]))
        """
        reports, early, returned, number = self.answer(code)
        self.assertEqual(reports, list(range(300)))
        self.assertEqual(early, [["completed", None, False]] * 2)
        self.assertEqual([returned, number], [3, 4])

    def test_processes_are_reused_by_classes_that_can_be_reset(self) -> None:
        code = """
            class Resettable(tune.Trainable):
                def setup(self, config): self.resets, self.value = 0, config["x"]
                def reset_config(self, config): self.resets += 1; self.value = config["x"]; return True
                def step(self): return {"loss": self.value, "resets": self.resets, "done": self.iteration == 1}
            class Stubborn(Resettable):
                def reset_config(self, config): return False
            def resets(trainable, **named):
                space = {"x": tune.grid_search([1, 2, 3, 4])}
                results = tune.Tuner(trainable, param_space=space, tune_config=config(max_concurrent_trials=1, **named)).fit()
                return [[result.state, result.metrics.get("loss"), result.metrics.get("resets"), result.metrics.get("training_iteration")] for result in results]
            print(json.dumps([resets(Resettable, reuse_actors=True), resets(Resettable), resets(Stubborn, reuse_actors=True)]))
        """
        reused, fresh, stubborn = self.answer(code)
        self.assertEqual(reused, [["completed", x, x - 1, 2] for x in (1, 2, 3, 4)])
        self.assertEqual(fresh, [["completed", x, 0, 2] for x in (1, 2, 3, 4)])
        self.assertEqual(stubborn[0], ["completed", 1, 0, 2])
        self.assertEqual(stubborn[1][0], "failed")

    def test_a_class_goes_on_from_its_checkpoints(self) -> None:
        code = """
            class Saved(tune.Trainable):
                def setup(self, config): self.sum = 0
                def step(self):
                    self.sum += self.iteration + 1
                    if self.iteration == 4 and not os.path.exists("died"):
                        open("died", "w").close(); os.kill(os.getpid(), 9)
                    return {"loss": -self.sum, "since": self._since_restore}
                def save_checkpoint(self, folder): return {"sum": self.sum}
                def load_checkpoint(self, saved): self.sum = saved["sum"]
            run = tune.RunConfig(stop={"training_iteration": 7}, failure_config=tune.FailureConfig(max_failures=1),
                checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=2, num_to_keep=2))
            [result] = tune.Tuner(Saved, tune_config=config(), run_config=run).fit()
            kept = [checkpoint.step for checkpoint, metrics in result.best_checkpoints]
            print(json.dumps([result.metrics["loss"], result.metrics["since"], result.metrics["training_iteration"], kept, result.get_best_checkpoint("loss", "max").step]))
        """
        # The sum of 1 to 7: nothing was done twice or left out.
        self.assertEqual(self.answer(code), [-28, 2, 7, [6, 7], 6])

    def test_objects_are_written_once_and_shared(self) -> None:
        code = """
            import numpy
            data = numpy.arange(3_000_000)
            def train(config, data=None, factor=1): return float(data.sum() * factor * config["x"])
            class Given(tune.Trainable):
                def setup(self, config, data=None): self.data = data
                def step(self): return {"loss": float(self.data[-1]), "done": True}
            space = {"x": tune.grid_search([1, 2])}
            results = tune.Tuner(tune.with_parameters(train, data=data, factor=2), param_space=space, tune_config=config()).fit()
            other = tune.Tuner(tune.with_parameters(Given, data=data), tune_config=config()).fit()
            size = os.path.getsize(os.path.join(results.experiment_path, "python", "trainable.pkl"))
            try:
                tune.with_parameters(train, dta=1)
            except TypeError as error:
                print(json.dumps([[result.metrics["loss"] for result in results], other[0].metrics["loss"], size < 30e6, str(error)]))
        """
        losses, last, is_once, error = self.answer(code)
        self.assertEqual(losses, [8999997000000.0, 17999994000000.0])
        self.assertEqual([last, is_once], [2999999, True])
        self.assertIn("no argument 'dta'", error)

    def test_what_is_too_large_or_can_not_leave_is_named(self) -> None:
        code = """
            import threading, numpy
            weights, lock = numpy.zeros(15_000_000), threading.Lock()
            def large(config): return float(weights[0])
            def locked(config): return lock.locked()
            tune.Tuner(large, tune_config=config()).fit()
            try:
                tune.Tuner(locked, tune_config=config()).fit()
            except TypeError as error:
                print(json.dumps(str(error)))
        """
        printed, said = self.run_script(code)
        self.assertIn("it uses lock, a lock", json.loads(printed))
        self.assertIn("weights (114 MiB)", said)
        self.assertIn("with_parameters(train, weights=…)", said)

    def test_a_failing_import_is_told_once(self) -> None:
        with open(os.path.join(self.folder, "broken.py"), "w", encoding="utf-8") as file:
            file.write("import os\nif 'TRIALIST_SOCKET' in os.environ:\n    import no_such_module\ndef train(config): return 1\n")
        code = """
            import broken
            results = tune.Tuner(broken.train, param_space={"x": tune.uniform(0, 1)}, tune_config=config(num_samples=20)).fit()
            print(json.dumps([len(results), results.num_errors]))
        """
        printed, said = self.run_script(code)
        trials, errors = json.loads(printed)
        self.assertEqual(errors, 3)
        self.assertLess(trials, 20)
        self.assertEqual(said.count("Traceback"), 1)
        self.assertIn("no_such_module", said)

    def test_workers_that_are_killed_are_replaced(self) -> None:
        code = """
            import random
            def train(config):
                checkpoint, start = tune.get_checkpoint(), 0
                if checkpoint is not None: start = int(open(os.path.join(checkpoint.path, "i")).read())
                for i in range(start + 1, 11):
                    os.makedirs(f"state-{config['x']}", exist_ok=True)
                    open(f"state-{config['x']}/i", "w").write(str(i))
                    tune.report({"loss": i}, checkpoint=f"state-{config['x']}")
                    if random.SystemRandom().random() < 0.15: os.kill(os.getpid(), 9)
            run = tune.RunConfig(failure_config=tune.FailureConfig(max_failures=-1), checkpoint_config=tune.CheckpointConfig(num_to_keep=1))
            results = tune.Tuner(train, param_space={"x": tune.grid_search([1, 2, 3, 4])}, tune_config=config(), run_config=run).fit()
            print(json.dumps([[result.state, result.metrics["training_iteration"], len(result.history())] for result in results]))
        """
        self.assertEqual(self.answer(code), [["completed", 10, 10]] * 4)


class Results(ScriptTest):
    def test_scopes_nesting_and_what_is_no_number(self) -> None:
        code = """
            def train(config):
                for i in range(4):
                    loss = {"a": [5, 1, 9, 3], "b": [4, 4, 4, 4], "c": [float("nan"), 2, float("inf"), float("nan")]}[config["k"]][i]
                    tune.report({"loss": loss, "eval": {"acc": i}, "note": f"step {i}", "list": [i], "ns": 2**60 + i})
            grid = tune.Tuner(train, param_space={"k": tune.grid_search(["a", "b", "c"])}, tune_config=config()).fit()
            def best(**named): return grid.get_best_result(**named).config["k"]
            errors = []
            for call in (lambda: grid.get_best_result("nothing", "min"), lambda: grid.get_best_result(scope="some"), lambda: grid.get_best_result(mode="mean")):
                try: call()
                except Exception as error: errors.append(type(error).__name__)
            again = tune.Result.from_path(grid[1].path)
            print(json.dumps([best(), best(scope="all"), best(scope="avg"), best(scope="last-5-avg"), best(metric="eval/acc", mode="max"),
                errors, grid[0].metrics["note"], grid[0].history()[1]["list"], grid[0].metrics["ns"] - 2**60, again.config, again.metrics["loss"]]))
        """
        found = self.answer(code)
        self.assertEqual(found[:5], ["a", "a", "b", "b", "a"])
        self.assertEqual(found[5], ["TrialistError", "ValueError", "ValueError"])
        self.assertEqual(found[6:], ["step 3", [1], 3, {"k": "b"}, 4])

    def test_without_a_metric_one_must_be_named_unless_there_is_one_trial(self) -> None:
        code = """
            def train(config): tune.report({"loss": config["x"]})
            many = tune.Tuner(train, param_space={"x": tune.grid_search([2, 1])}).fit()
            one = tune.Tuner(train, param_space={"x": 5}).fit()
            try: many.get_best_result()
            except ValueError as error: print(json.dumps([str(error), many.get_best_result("loss", "min").config, one.get_best_result().config]))
        """
        message, best, one = self.answer(code)
        self.assertIn("needs metric and mode", message)
        self.assertEqual([best, one], [{"x": 1}, {"x": 5}])

    def test_the_older_calls(self) -> None:
        code = """
            def train(config):
                for i in range(3): tune.report(loss=config["x"] + i)
            analysis = tune.run(train, name="old", config={"x": tune.grid_search([3, 1])}, metric="loss", mode="min", stop={"training_iteration": 2}, verbose=0)
            again = tune.ExperimentAnalysis(".trialist/old", default_metric="loss", default_mode="min")
            def failing(config): raise ValueError("no")
            try: tune.run(failing, metric="loss", mode="min")
            except tune.TuneError as error: message = str(error)
            trials = tune.run_experiments({"two": {"run": train, "config": {"x": 1}, "metric": "loss", "mode": "min"}})
            print(json.dumps([analysis.best_config, analysis.best_result["loss"], again.best_config, sorted(again.results) == sorted(analysis.results), message, [trial.status for trial in trials]]))
        """
        config, loss, again, same, message, statuses = self.answer(code)
        self.assertEqual([config, loss, again, same], [{"x": 1}, 2, {"x": 1}, True])
        self.assertIn("1 of 1 trials failed", message)
        self.assertEqual(statuses, ["TERMINATED"])

    def test_names_of_ones_own_lead_to_the_trials_folders(self) -> None:
        code = """
            names = []
            class Told(tune.Callback):
                def on_trial_start(self, iteration, trials, trial, **info): names.append(str(trial))
                def on_trial_complete(self, iteration, trials, trial, **info): raise RuntimeError("told once")
            own = dict(trial_name_creator=lambda trial: f"mine-{trial.config['x']}", trial_dirname_creator=lambda trial: "long/" + "x" * 300)
            tuner = tune.Tuner(lambda config: config["x"], param_space={"x": tune.grid_search([1, 2])}, tune_config=config(**own), run_config=tune.RunConfig(callbacks=[Told()]))
            results = tuner.fit()
            links = [name for name in os.listdir(results.experiment_path) if name.startswith("long_")]
            print(json.dumps([sorted(names), len(links), len({os.path.realpath(os.path.join(results.experiment_path, name)) for name in links})]))
        """
        printed, said = self.run_script(code)
        self.assertEqual(json.loads(printed), [["mine-1", "mine-2"], 2, 2])
        self.assertEqual(said.count("RuntimeError: told once"), 1)


if __name__ == "__main__":
    unittest.main()
