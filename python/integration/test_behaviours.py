"""What Ray Tune's own tests ask of it, in our own words: what other files here do not say already."""

from __future__ import annotations

import json
import os
import unittest
from typing import Any

from integration.test_tune import HEAD, ScriptTest
from trialist import _engine

SAVING = (
    HEAD
    + """
import statistics, threading
from trialist.tune.schedulers import ASHAScheduler, FIFOScheduler
def steps(config):
    checkpoint, start = tune.get_checkpoint(), 0
    if checkpoint is not None: start = int(open(os.path.join(checkpoint.path, "i")).read())
    os.makedirs(f"state-{config['x']}", exist_ok=True)
    for i in range(start + 1, config.get("steps", 10**6) + 1):
        open(f"state-{config['x']}/i", "w").write(str(i))
        tune.report({"loss": config["x"] + 1 / i}, checkpoint=f"state-{config['x']}")
class Turns(FIFOScheduler):
    is_own = True
    def on_trial_result(self, controller, trial, result): return self.PAUSE
    def choose_trial_to_run(self, controller):
        waiting = [trial for trial in controller.get_trials() if trial.status in (trial.PENDING, trial.PAUSED)]
        return min(waiting, key=lambda trial: trial.last_result.get("training_iteration", 0), default=None)
"""
)


class Searchers(ScriptTest):
    def test_what_is_not_finite_breaks_none(self) -> None:
        code = """
            def train(config):
                if config["x"] < 0.2: raise ValueError("no")
                return {"loss": float("nan") if config["x"] < 0.4 else float("inf") if config["x"] < 0.6 else -float("inf") if config["x"] < 0.7 else config["x"]}
            def ends(name):
                tune_config = config(num_samples=12, search_alg=name, reuse_actors=True, seed=3)
                results = tune.Tuner(train, param_space={"x": tune.uniform(0, 1)}, tune_config=tune_config, run_config=tune.RunConfig(verbose=0)).fit()
                return len(results)
            print(json.dumps([ends(name) for name in ("random", "sobol", "tpe", "gp", "cmaes", "auto")]))
        """
        self.assertEqual(self.answer(code), [12] * 6)

    def test_a_report_after_the_end_changes_nothing(self) -> None:
        code = """
            def train(config):
                for i in range(1, 6):
                    try: tune.report({"loss": i})
                    except BaseException: pass
            run = tune.RunConfig(stop={"training_iteration": 2})
            [result] = tune.Tuner(train, tune_config=config(), run_config=run).fit()
            print(json.dumps([result.state, [report["loss"] for report in result.history()]]))
        """
        self.assertEqual(self.answer(code), ["stopped", [1, 2]])

    def test_what_was_tried_elsewhere_is_learnt_from_and_is_no_result(self) -> None:
        code = """
            from trialist.tune.search import create_searcher
            searcher = create_searcher("tpe")
            for x in (0.1, 0.2, 0.9): searcher.add_evaluated_point({"x": x}, x)
            seen = []
            class Told(tune.Callback):
                def on_trial_complete(self, iteration, trials, trial, **info): seen.append([len(trials), trial.config["x"]])
            tuner = tune.Tuner(lambda config: config["x"], param_space={"x": tune.uniform(0, 1)},
                tune_config=config(search_alg=searcher, num_samples=2, max_concurrent_trials=1), run_config=tune.RunConfig(callbacks=[Told()]))
            results = tuner.fit()
            print(json.dumps([len(results), [count for count, x in seen], [x for count, x in seen] == [result.config["x"] for result in results]]))
        """
        self.assertEqual(self.answer(code), [2, [1, 2], True])

    def test_random_samples_are_those_of_a_seed_and_go_on(self) -> None:
        code = """
            from trialist.tune.search import BasicVariantGenerator
            space = {"x": tune.uniform(0, 1), "k": tune.grid_search(["a", "b"])}
            def drawn(results): return [[result.config["k"], result.config["x"]] for result in results]
            def fit(name):
                searcher = BasicVariantGenerator(random_state=5, points_to_evaluate=[{"x": 0.5}])
                run = tune.RunConfig(name=name, verbose=0)
                return tune.Tuner(lambda config: config["x"], param_space=space, tune_config=config(search_alg=searcher, num_samples=3), run_config=run).fit()
            one, two = drawn(fit("one")), drawn(fit("two"))
            print(json.dumps([one, two, drawn(tune.Tuner.restore(".trialist/one", lambda config: config["x"]).fit())]))
        """
        one, two, again = self.answer(code)
        self.assertEqual([two, again], [one, one])
        self.assertEqual(one[:2], [["a", 0.5], ["b", 0.5]])
        self.assertEqual(len(one), 6)

    def test_tags_name_what_a_searcher_chose_within(self) -> None:
        code = """
            from trialist.tune.search import Searcher
            class Nested(Searcher):
                def suggest(self, trial_id): return {"a": {"b": {"d": 4}}, "c": {"e": 5}}
            tags = []
            class Told(tune.Callback):
                def on_trial_start(self, iteration, trials, trial, **info): tags.append(trial.experiment_tag)
            run = tune.RunConfig(callbacks=[Told()])
            tune.Tuner(lambda config: config["a"]["b"]["d"], tune_config=config(search_alg=Nested()), run_config=run).fit()
            print(json.dumps(tags))
        """
        [tag] = self.answer(code)
        self.assertIn("d=4", tag)
        self.assertIn("e=5", tag)


class Trials(ScriptTest):
    def test_of_many_fast_stops_every_report_comes_once(self) -> None:
        code = """
            tuner = tune.Tuner(steps, param_space={"x": tune.grid_search(list(range(40))), "steps": 30},
                tune_config=config(scheduler=ASHAScheduler(max_t=30, grace_period=1, reduction_factor=2), max_concurrent_trials=8))
            print(json.dumps([[report["training_iteration"] for report in result.history()] for result in tuner.fit()]))
        """
        histories = json.loads(self.run_script(code, head=SAVING)[0])
        self.assertEqual(len(histories), 40)
        for history in histories:
            self.assertEqual(history, list(range(1, len(history) + 1)))
        self.assertGreater(len({len(history) for history in histories}), 1)

    def test_trials_do_not_report_what_others_write_to_the_same_folder(self) -> None:
        code = """
            def wait(name):
                while not os.path.exists(name): time.sleep(0.01)
            def train(config):
                if config["x"] == 1: wait("reported")
                os.makedirs("model", exist_ok=True)
                open("model/x", "w").write(str(config["x"]))
                try:
                    tune.report({"loss": config["x"]}, checkpoint=tune.Checkpoint.from_directory("model"))
                    open("reported", "w").close()
                    wait("refused")
                finally: open("refused", "w").close()
            space = {"x": tune.grid_search([0, 1])}
            results = tune.Tuner(train, param_space=space, tune_config=config(max_concurrent_trials=2)).fit()
            print(json.dumps([[result.state, str(result.error)] for result in results]))
        """
        (first, _), (second, error) = self.answer(code)
        self.assertEqual([first, second], ["completed", "failed"])
        self.assertIn("from the same folder", error)
        self.assertIn(os.path.join(self.folder, "model"), error)

    def test_each_has_a_current_folder_of_its_own_where_that_is_wanted(self) -> None:
        code = """
            def train(config):
                os.makedirs("model")
                open("model/x", "w").write(str(config["x"]))
                tune.report({"loss": config["x"]}, checkpoint=tune.Checkpoint.from_directory("model"))
                own = os.getcwd() == os.path.realpath(tune.get_context().get_trial_dir())
                return {"loss": config["x"], "own": own and os.environ["TUNE_ORIG_WORKING_DIR"] == config["here"]}
            class Stepping(tune.Trainable):
                def reset_config(self, new_config): return True
                def step(self):
                    own = os.getcwd() == os.path.realpath(tune.get_context().get_trial_dir())
                    return {"loss": 1, "own": own and os.environ["TUNE_ORIG_WORKING_DIR"] == self.config["here"], "done": True}
            def fit(trainable, **named):
                space = {"x": tune.grid_search([0, 1, 2, 3]), "here": os.getcwd()}
                results = tune.Tuner(trainable, param_space=space, tune_config=config(max_concurrent_trials=2, **named)).fit()
                return [[result.metrics.get("own"), result.checkpoint and open(os.path.join(result.checkpoint.path, "x")).read()] for result in results]
            found = [fit(train, chdir_to_trial_dir=True), fit(Stepping, chdir_to_trial_dir=True, reuse_actors=True)]
            os.environ["RAY_CHDIR_TO_TRIAL_DIR"] = "1"
            print(json.dumps([*found, fit(train), os.listdir(".")]))
        """
        function, stepping, by_environment, here = self.answer(code)
        self.assertEqual(function, [[1, str(x)] for x in range(4)])
        self.assertEqual(stepping, [[1, None]] * 4)
        self.assertEqual(by_environment, function)
        self.assertNotIn("model", here)

    def test_the_process_of_a_failed_trial_is_not_used_again(self) -> None:
        code = """
            class Resettable(tune.Trainable):
                def setup(self, config): self.resets, self.x = 0, config["x"]
                def reset_config(self, config): self.resets += 1; self.x = config["x"]; return True
                def step(self):
                    if self.x == 2: raise ValueError("no")
                    print("said by", self.x)
                    return {"loss": self.x, "resets": self.resets, "done": True}
            space = {"x": tune.grid_search([1, 2, 3, 4])}
            results = tune.Tuner(Resettable, param_space=space, tune_config=config(max_concurrent_trials=1, reuse_actors=True)).fit()
            def output(result): return open(os.path.join(result.path, "output.log")).read()
            print(json.dumps([[result.error is None, result.metrics.get("resets"), output(result)] for result in results]))
        """
        first, failed, third, fourth = self.answer(code)
        self.assertEqual([first[:2], failed[0], third[:2], fourth[:2]], [[True, 0], False, [True, 0], [True, 1]])
        # Each one's output is its own.
        self.assertEqual([first[2], third[2], fourth[2]], [f"said by {x}\n" for x in (1, 3, 4)])

    def test_a_minute_of_pausing_and_going_on_takes_no_more_memory(self) -> None:
        code = """
            def memory(pid): return next(int(line.split()[1]) / 1024 for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))
            def children(): return [int(pid) for pid in open(f"/proc/self/task/{os.getpid()}/children").read().split()]
            samples, over = [], threading.Event()
            def watch():
                while not over.wait(1):
                    pids = [os.getpid(), *children()]
                    try: samples.append([sum(map(memory, pids)), len(os.listdir("/proc/self/fd"))])
                    except (OSError, StopIteration): pass
            threading.Thread(target=watch, daemon=True).start()
            tuner = tune.Tuner(steps, param_space={"x": tune.grid_search([1, 2, 3, 4])},
                tune_config=config(scheduler=Turns(), max_concurrent_trials=2, time_budget_s=60), run_config=tune.RunConfig(verbose=0))
            results = tuner.fit()
            over.set()
            reports = [result.metrics["training_iteration"] for result in results]
            early, late = samples[15:25], samples[-10:]
            print(json.dumps([reports, *[[statistics.median(part) for part in zip(*each)] for each in (early, late)]]))
        """
        # With the room that a machine has, what the engine does not need any more may lie there for minutes before it is freed.
        process = self.start(code, head=SAVING, NODE_OPTIONS="--max-old-space-size=40 --max-semi-space-size=2")
        printed, said = process.communicate(timeout=150)
        self.assertEqual(process.returncode, 0, said)
        reports, early, late = json.loads(printed)
        # Each of them had its turn again and again, and each report was a pause.
        self.assertGreater(min(reports), 10, said)
        self.assertLess(late[0] - early[0], 25, f"MiB of both processes after 20 s and after 60 s: {early[0]}, {late[0]}")
        self.assertLessEqual(late[1], early[1] + 2)


class Experiments(ScriptTest):
    def test_so_many_trials_at_once_as_the_cpus_that_were_said_allow(self) -> None:
        code = """
            import trialist.ray as ray
            def busy(config):
                end = time.monotonic() + config["seconds"]
                open(f"busy-{config['x']}", "w").close()
                while not os.path.exists("met") and time.monotonic() < end:
                    if len([name for name in os.listdir(".") if name.startswith("busy-")]) > 1: open("met", "w").close()
                    time.sleep(0.01)
                os.remove(f"busy-{config['x']}")
                return {"loss": 0}
            def meet(seconds, **named):
                space = {"x": tune.grid_search([1, 2, 3, 4]), "seconds": seconds}
                trainable = tune.with_resources(busy, named) if named else busy
                tune.Tuner(trainable, param_space=space, tune_config=config()).fit()
                return os.path.exists("met")
            ray.init(num_cpus=1)
            alone, cluster = meet(0.2), ray.cluster_resources()["CPU"]
            ray.shutdown()
            ray.init(num_cpus=2)
            print(json.dumps([alone, cluster, meet(0.2, cpu=2), meet(30, cpu=0.5)]))
        """
        self.assertEqual(self.answer(code), [False, 1, False, True])

    def test_objects_of_the_space_are_themselves_again_after_a_restoration(self) -> None:
        code = """
            class Net: pass
            class Data:
                def __init__(self, size): self.size = size
            def train(config, data): return {"loss": data.size * (config["net"] is Net) + config["pair"][1]}
            space = {"net": tune.choice([Net]), "pair": (1, 2), "x": tune.grid_search([1, 2])}
            run = tune.RunConfig(name="e")
            tune.Tuner(tune.with_parameters(train, data=Data(10)), param_space=space, tune_config=config(), run_config=run).fit()
            os.rename(".trialist", "elsewhere")
            os.chdir("elsewhere")
            results = tune.Tuner.restore("e", tune.with_parameters(train, data=Data(10)), param_space=space).fit()
            print(json.dumps([[result.metrics["loss"], result.config["net"] is Net, result.config["pair"] == (1, 2)] for result in results]))
        """
        self.assertEqual(self.answer(code), [[12, True, True]] * 2)

    def test_the_command_line_lists_and_shows_what_python_ran(self) -> None:
        code = """
            def train(config):
                for i in range(config["n"]): tune.report({"loss": config["x"] + i, "eval": {"acc": i}})
            for name in ("one", "two"):
                space = {"x": tune.grid_search([3, 1]), "n": 2}
                tune.Tuner(train, param_space=space, tune_config=config(search_alg="grid"), run_config=tune.RunConfig(name=name, verbose=0)).fit()
        """
        self.run_script(code)
        root = ["--root", os.path.join(self.folder, ".trialist")]
        listed = json.loads(_engine.output(["list", "--json", *root]))
        self.assertEqual([(each["name"], each["state"]) for each in listed], [("one", "finished"), ("two", "finished")])
        shown = json.loads(_engine.output(["show", "two", "--json", *root]))
        self.assertEqual(sorted(trial["config"]["x"] for trial in shown["trials"]), [1, 3])
        self.assertEqual(shown["trials"][shown["best"]]["config"], {"x": 1, "n": 2})
        rows = [json.loads(line) for line in _engine.output(["export", "two", "--format", "jsonl", *root]).splitlines()]
        self.assertEqual(sorted(row["score"] for row in rows), [2, 4])
        header, *lines = _engine.output(["export", "two", "--format", "csv", "--reports", *root]).splitlines()
        self.assertLessEqual({"trial", "step", "loss", "eval/acc"}, set(header.split(",")))
        self.assertEqual(len(lines), 4)


BRACKETS = (
    SAVING
    + """
from trialist.tune.schedulers import HyperBandForBOHB
from trialist.tune.search import ConcurrencyLimiter, Searcher
class Told(Searcher):
    def __init__(self):
        super().__init__()
        self.count, self.told = 0, []
    def suggest(self, trial_id):
        self.count += 1
        return {"x": self.count, "steps": 9}
    def on_pause(self, trial_id): self.told.append([int(trial_id[-5:]), "pause"])
    def on_unpause(self, trial_id): self.told.append([int(trial_id[-5:]), "unpause"])
    def on_trial_result(self, trial_id, result):
        self.told.append([int(trial_id[-5:]), "result", result["training_iteration"], result["hyperband_info"]])
    def on_trial_complete(self, trial_id, result=None, error=False):
        self.told.append([int(trial_id[-5:]), "end", result["training_iteration"], result["hyperband_info"]])
def fit(searcher, alg, **named):
    tune_config = config(num_samples=12, search_alg=alg, scheduler=HyperBandForBOHB(max_t=9), max_concurrent_trials=2)
    run = tune.RunConfig(name="brackets", verbose=0, **named)
    results = tune.Tuner(steps, tune_config=tune_config, run_config=run).fit()
    return [searcher.told, [[result.state, result.metrics["training_iteration"]] for result in results]]
"""
)


class Brackets(ScriptTest):
    """HyperBand as BOHB has it, with a searcher of one's own."""

    def checked(self, told: list[list[Any]], ends: list[list[Any]]) -> None:
        root = os.path.join(self.folder, ".trialist")
        self.assertIn("follow", _engine.output(["verify", "brackets", "--root", root]))
        for trial, (state, last) in enumerate(ends):
            own = [each[1:] for each in told if each[0] == trial]
            results = [each[1:] for each in own if each[0] in ("result", "end")]
            pauses, resumptions = own.count(["pause"]), own.count(["unpause"])
            # It comes to the end of a rung, waits, and is ended there or goes on.
            self.assertEqual(pauses, resumptions + (state == "stopped"), own)
            for step, info in results:
                self.assertEqual(info.get("budget", step), step)
            self.assertLessEqual(pauses, sum("budget" in info for _, info in results))
            self.assertEqual(own[-1], ["end", last, {"budget": last}])

    def test_the_largest_is_filled_first_and_the_searcher_hears_of_budgets_and_pauses(self) -> None:
        code = """
            own = Told()
            print(json.dumps(fit(own, own)))
        """
        told, ends = json.loads(self.run_script(code, head=BRACKETS)[0])
        self.checked(told, ends)
        first = {trial: next(each[3] for each in told if each[0] == trial and len(each) > 3 and each[3]) for trial in range(12)}
        # Nine are judged from 1 on; the next bracket takes five, from 3 on.
        self.assertEqual([first[trial]["budget"] for trial in range(12)], [1] * 9 + [3] * 3)

    def test_one_that_can_not_be_filled_goes_on_once_nothing_runs(self) -> None:
        code = """
            own = Told()
            print(json.dumps(fit(own, ConcurrencyLimiter(own, max_concurrent=4))))
        """
        told, ends = json.loads(self.run_script(code, head=BRACKETS)[0])
        self.checked(told, ends)
        self.assertEqual(ends[:4], [["completed", 9]] + [["stopped", 1]] * 3)

    def test_stoppers_and_callbacks_of_ones_own_see_what_the_engine_decides_on(self) -> None:
        code = """
            class Seen(tune.Stopper):
                def __init__(self): self.seen = []
                def __call__(self, trial_id, result):
                    self.seen.append([int(trial_id[-5:]), result["training_iteration"]])
                    return False
                def stop_all(self): return False
            class Heard(tune.Callback):
                def __init__(self): self.heard = []
                def on_trial_result(self, iteration, trials, trial, result, **info):
                    self.heard.append([trial.number, result["training_iteration"], result["done"]])
            own, seen, heard = Told(), Seen(), Heard()
            told, ends = fit(own, own, stop=seen, callbacks=[heard])
            print(json.dumps([told, ends, sorted(seen.seen), sorted(heard.heard)]))
        """
        told, ends, seen, heard = json.loads(self.run_script(code, head=BRACKETS)[0])
        self.checked(told, ends)
        every = [[trial, step] for trial, (_, last) in enumerate(ends) for step in range(1, last + 1)]
        self.assertEqual(seen, every)
        # At its maximum a trial is done; one that pauses is not.
        self.assertEqual(heard, [[trial, step, step == 9] for trial, step in every])


POPULATION = (
    HEAD
    + """
from trialist.tune.schedulers import PopulationBasedTraining
class Growing(tune.Trainable):
    def setup(self, config): pass
    def step(self): return {"loss": self.config["member"] + 1 / self.iteration if self.iteration else 9}
    def save_checkpoint(self, folder): return folder
    def load_checkpoint(self, folder): pass
def explored(**named):
    # All begin alike, and the better half is taken over once.
    mutations = {"f": tune.uniform(0.0, 100.0), "log": tune.loguniform(1e-4, 1.0), "i": tune.randint(1, 100), "list": [1, 3, 4, 8],
        "tuple": (1, 3, 4, 8), "flag": [True, False], "deep": {"rate": tune.uniform(0.0, 100.0)}, "outside": [1, 3, 8]}
    first = {"f": 10.0, "log": 0.01, "i": 10, "list": 4, "tuple": 4, "flag": True, "deep": {"rate": 10.0}, "outside": 5}
    pbt = PopulationBasedTraining(time_attr="training_iteration", perturbation_interval=3, synch=True, quantile_fraction=0.5,
        hyperparam_mutations=mutations, **named)
    run = tune.RunConfig(name="e", stop={"training_iteration": 5}, checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=1), verbose=0)
    results = tune.Tuner(Growing, param_space={**first, "member": tune.grid_search([1, 2, 3, 4, 5, 6, 7, 8])}, run_config=run,
        tune_config=config(scheduler=pbt, max_concurrent_trials=8, seed=1)).fit()
    return [result.config for result in results if result.lineage]
"""
)


class Populations(ScriptTest):
    def test_without_resampling_numbers_take_a_factor_and_what_is_in_a_list_a_neighbour(self) -> None:
        code = """
            seen = []
            def explore(config):
                seen.append(json.loads(json.dumps(config)))
                return {**config, "i": 7}
            configs = explored(resample_probability=0, custom_explore_fn=explore)
            print(json.dumps([configs, seen, [type(config[name]).__name__ for config in configs for name in ("f", "i", "list", "flag")]]))
        """
        configs, seen, types = json.loads(self.run_script(code, head=POPULATION)[0])
        self.assertEqual(len(configs), 4)
        # Asked once for each of them, after all else.
        self.assertEqual(sorted(map(str, configs)), sorted(str({**each, "i": 7}) for each in seen))
        for config in seen:
            for value, begun in ((config["f"], 10), (config["log"], 0.01), (config["i"], 10), (config["deep"]["rate"], 10)):
                self.assertIn(round(value / begun, 9), (0.8, 1.2))
            self.assertIn(config["list"], (3, 8))
            self.assertIn(config["tuple"], (3, 8))
            self.assertIn(config["outside"], (3, 8))
            self.assertIs(config["flag"], True)
        self.assertEqual(types, ["float", "int", "int", "bool"] * 4)

    def test_with_resampling_everything_is_drawn_anew_within_its_bounds(self) -> None:
        code = """
            print(json.dumps(explored(resample_probability=1)))
        """
        configs = json.loads(self.run_script(code, head=POPULATION)[0])
        self.assertEqual(len(configs), 4)
        for config in configs:
            for value, begun in ((config["f"], 10), (config["log"], 0.01), (config["deep"]["rate"], 10)):
                self.assertNotIn(round(value / begun, 9), (0.8, 1.0, 1.2))
            self.assertTrue(0 <= config["f"] <= 100 and 1e-4 <= config["log"] <= 1 and 0 <= config["deep"]["rate"] <= 100)
            self.assertIn(config["i"], range(1, 100))
            self.assertIn(config["list"], (1, 3, 4, 8))
            self.assertIsInstance(config["flag"], bool)


if __name__ == "__main__":
    unittest.main()
