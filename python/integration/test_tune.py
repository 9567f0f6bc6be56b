"""Experiments from Python on the real engine, as scripts that users would write."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import unittest
from typing import Any

from trialist import _engine

from tests.engine import PACKAGE, plain_environment, until

HEAD = """
import json, os, sys, time
from trialist import tune
def config(**named):
    return tune.TuneConfig(metric="loss", mode="min", **named)
"""


class ScriptTest(unittest.TestCase):
    """A test that runs scripts in a folder of its own."""

    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="trialist-tune-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, code: str, *, head: str = HEAD, **env: str) -> subprocess.Popen[str]:
        path = os.path.join(self.folder, "script.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(head + textwrap.dedent(code))
        environment = {**plain_environment(), "PYTHONPATH": PACKAGE, **env}
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, path], cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True
        )
        self.addCleanup(self.end, process)
        return process

    def end(self, process: subprocess.Popen[str]) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()

    def run_script(self, code: str, *, head: str = HEAD, **env: str) -> tuple[str, str]:
        """What a script that ends well printed, and said to people."""
        process = self.start(code, head=head, **env)
        printed, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, said)
        return printed, said

    def answer(self, code: str, **env: str) -> Any:
        """The JSON that a script prints."""
        return json.loads(self.run_script(code, **env)[0])

    def processes(self) -> list[int]:
        """The processes that run trials of this test's folder."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self.folder in _words_of(pid)]


def _words_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


class Experiments(ScriptTest):
    def test_the_script_of_ray_tune_runs_as_it_stands(self) -> None:
        script = """
            from trialist import tune
            from trialist.tune.schedulers import ASHAScheduler
            def train_fn(config):
                tune.report(loss=config["param"])
            search_space = {"param": tune.uniform(0, 1)}
            tuner = tune.Tuner(train_fn, tune_config=tune.TuneConfig(scheduler=ASHAScheduler(), metric="loss", mode="min", num_samples=10), param_space=search_space)
            results = tuner.fit()
            print(results.get_best_result().config)
        """
        printed, said = self.run_script(script, head="")
        best = eval(printed)
        self.assertEqual(list(best), ["param"])
        self.assertTrue(0 <= best["param"] <= 1)
        self.assertIn("10 of 10 trials, best loss", said)
        self.assertIn("Resume with: ", said)

    def test_results_hold_all_of_the_trials(self) -> None:
        code = """
            def train(config):
                for i in range(3):
                    tune.report({"loss": config["x"] + (i - 1) ** 2}, step=10 * i)
            results = tune.Tuner(train, param_space={"x": tune.grid_search([2, 0, 1])}, tune_config=config()).fit()
            best, peak = results.get_best_result(), results.get_best_result("step", "max", scope="all")
            print(json.dumps({
                "n": [len(results), results.num_terminated, results.num_errors, len(list(results)), results[1].state],
                "best": [best.config, best.metrics["loss"], best.metrics["training_iteration"], best.metrics["config"]],
                "id": [best.metrics["trial_id"], os.path.isdir(best.path), os.path.isdir(results.experiment_path)],
                "all": [results.get_best_result(scope="all").config["x"], peak.metrics["step"]],
                "history": best.history(),
                "error": best.error, "checkpoint": best.checkpoint,
            }))
        """
        found = self.answer(code)
        self.assertEqual(found["n"], [3, 3, 0, 3, "completed"])
        self.assertEqual(found["best"], [{"x": 0}, 1, 3, {"x": 0}])
        self.assertEqual(found["id"][1:], [True, True])
        self.assertEqual(found["all"], [0, 20])
        losses = [(report["training_iteration"], report["loss"], report["step"]) for report in found["history"]]
        self.assertEqual(losses, [(1, 1, 0), (2, 0, 10), (3, 1, 20)])
        self.assertEqual([found["error"], found["checkpoint"]], [None, None])

    def test_main_objects_closures_and_modules_beside_the_script_travel(self) -> None:
        with open(os.path.join(self.folder, "beside.py"), "w", encoding="utf-8") as file:
            file.write("def double(x): return 2 * x\n")
        code = """
            import beside
            print("once")
            class ReLU: pass
            def act(x): return x + 1
            OFFSET = 5
            def made(factor):
                def train(config):
                    assert config["pair"] == (1, 2) and config["model"] is (ReLU if config["i"] else act)
                    return {"loss": beside.double(factor) + OFFSET}
                return train
            space = {"model": tune.choice([ReLU, act]), "pair": (1, 2)}
            losses = []
            for i, model in enumerate([act, ReLU]):
                space = {"model": tune.choice([model]), "pair": (1, 2), "i": i}
                result = tune.Tuner(made(3), param_space=space, tune_config=config()).fit()[0]
                losses.append((result.metrics["loss"], result.config["model"] is model))
            losses.append(tune.Tuner(lambda config: config["x"], param_space={"x": 3}, tune_config=config()).fit()[0].metrics["loss"])
            print(json.dumps(losses))
        """
        elsewhere = os.path.join(self.folder, "elsewhere")
        os.mkdir(elsewhere)
        head = f"{HEAD}os.chdir({elsewhere!r})\n"
        printed, _ = self.run_script(code, head=head)
        self.assertEqual(printed, 'once\n[[11, true], [11, true], 3]\n')

    def test_a_script_that_another_program_runs(self) -> None:
        code = """
            import runpy
            open("inner.py", "w").write("from trialist import tune\\n"
                "def half(x): return x / 2\\n"
                "def train(config): tune.report(loss=half(config['x']))\\n"
                "results = tune.Tuner(train, param_space={'x': 3}, tune_config=tune.TuneConfig(metric='loss', mode='min')).fit()")
            print(json.dumps(runpy.run_path("inner.py")["results"][0].metrics["loss"]))
        """
        self.assertEqual(self.answer(code), 1.5)

    def test_what_trials_print_is_where_scripts_look_for_it(self) -> None:
        code = """
            run = tune.RunConfig(log_to_file="mine.txt")
            [result] = tune.Tuner(lambda config: print("hello") or 1, tune_config=config(), run_config=run).fit()
            said = ""
            try: tune.RunConfig(log_to_file=("a", "b"))
            except NotImplementedError as error: said = str(error)
            print(json.dumps([*(open(os.path.join(result.path, name)).read() for name in ("output.log", "mine.txt")), said]))
        """
        *printed, said = self.answer(code)
        self.assertEqual(printed, ["hello\n"] * 2)
        self.assertIn("give one name", said)

    def test_classes_find_their_own_objects_too(self) -> None:
        code = """
            class Net: pass
            class Training:
                def setup(self, config):
                    self.config, self.steps = config, 0
                def step(self):
                    assert self.config["net"] is Net
                    self.steps += 1
                    return {"loss": 1 / self.steps} if self.steps <= 3 else None
            results = tune.Tuner(Training, param_space={"net": Net}, tune_config=config()).fit()
            print(json.dumps(results[0].metrics["training_iteration"]))
        """
        self.assertEqual(self.answer(code), 3)

    def test_so_many_samples_as_were_asked_for(self) -> None:
        code = """
            def count(space, n):
                results = tune.Tuner(lambda config: len(config), param_space=space, tune_config=config(num_samples=n)).fit()
                assert all(result.config.keys() == space.keys() for result in results)
                return [list(result.config.values()) for result in results]
            print(json.dumps([
                count({"x": 1}, 5),
                count({}, 2),
                count({"x": tune.grid_search([1, 2]), "y": tune.uniform(0, 1)}, 3),
                count({"x": tune.grid_search([1, 2]), "y": tune.grid_search(["a", "b"])}, 2),
                count({"x": tune.choice([1, 2])}, 5),
            ]))
        """
        constant, empty, mixed, grid, finite = self.answer(code)
        self.assertEqual(constant, [[1]] * 5)
        self.assertEqual(empty, [[], []])
        self.assertEqual(sorted(x for x, _ in mixed), [1, 1, 1, 2, 2, 2])
        self.assertEqual(sorted(grid), sorted([[1, "a"], [1, "b"], [2, "a"], [2, "b"]] * 2))
        self.assertEqual(len(finite), 5)

    def test_schedulers_and_stop_end_trials(self) -> None:
        code = """
            def train(config):
                for i in range(20):
                    tune.report(loss=config["x"], score=i)
            def steps(scheduler=None, **run):
                space = {"x": tune.grid_search(list(range(12)))}
                tuner = tune.Tuner(train, param_space=space, tune_config=config(scheduler=scheduler, max_concurrent_trials=1), run_config=tune.RunConfig(**run))
                return [result.metrics["training_iteration"] for result in tuner.fit()]
            print(json.dumps([
                steps(),
                steps(stop={"training_iteration": 4}),
                steps(stop={"score": 7}),
                steps(tune.schedulers.ASHAScheduler(max_t=9, grace_period=3, reduction_factor=3)),
                steps(tune.schedulers.MedianStoppingRule(time_attr="training_iteration", grace_period=5, min_samples_required=2)),
            ]))
        """
        plain, iterations, score, asha, median = self.answer(code)
        self.assertEqual(plain, [20] * 12)
        self.assertEqual(iterations, [4] * 12)
        self.assertEqual(score, [8] * 12)
        self.assertEqual(set(asha), {3, 9})
        self.assertEqual(set(median), {5, 20})

    def test_a_scheduler_that_is_chosen_by_itself(self) -> None:
        code = """
            def train(config):
                for i in range(1, 28): tune.report({"loss": config["x"] + 1 / i})
            states = []
            for scheduler in ("auto", tune.schedulers.AutoScheduler(max_t=27, grace_period=1)):
                tune_config = config(num_samples=12, scheduler=scheduler, search_alg="random", seed=1, max_concurrent_trials=1)
                results = tune.Tuner(train, param_space={"x": tune.uniform(0, 1)}, tune_config=tune_config).fit()
                states.append(sorted({result.state for result in results}))
            print(json.dumps(states))
        """
        self.assertEqual(self.answer(code), [["completed", "stopped"]] * 2)

    def test_a_failing_function_does_not_raise_and_is_told_of(self) -> None:
        code = """
            def train(config):
                if config["x"] == 1:
                    raise ValueError("no such thing")
                return config["x"]
            results = tune.Tuner(train, param_space={"x": tune.grid_search([0, 1, 2])}, tune_config=config()).fit()
            failed = [result for result in results if result.error is not None]
            print(json.dumps([results.num_errors, results.num_terminated, failed[0].config, str(results.errors[0]), results.get_best_result().config]))
        """
        printed, said = self.run_script(code)
        errors, terminated, config, error, best = json.loads(printed)
        self.assertEqual([errors, terminated, config, best], [1, 2, {"x": 1}, {"x": 0}])
        self.assertIn('raise ValueError("no such thing")', error)
        self.assertIn('raise ValueError("no such thing")', said)

    def test_a_failed_trial_goes_on_from_its_checkpoint(self) -> None:
        code = """
            import tempfile
            def train(config):
                checkpoint, start = tune.get_checkpoint(), 0
                if checkpoint is not None:
                    with checkpoint.as_directory() as folder:
                        start = int(open(os.path.join(folder, "i")).read()) + 1
                for i in range(start, 4):
                    with tempfile.TemporaryDirectory() as folder:
                        open(os.path.join(folder, "i"), "w").write(str(i))
                        tune.report({"loss": i, "start": start}, checkpoint=tune.Checkpoint.from_directory(folder))
                    if i == 1 and start == 0:
                        os.kill(os.getpid(), 9)
            run = tune.RunConfig(failure_config=tune.FailureConfig(max_failures=1), checkpoint_config=tune.CheckpointConfig(num_to_keep=2))
            result = tune.Tuner(train, tune_config=config(), run_config=run).fit()[0]
            with result.checkpoint.as_directory() as folder:
                saved = open(os.path.join(folder, "i")).read()
            print(json.dumps([result.metrics["start"], result.metrics["training_iteration"], saved]))
        """
        self.assertEqual(self.answer(code), [2, 4, "3"])

    def test_where_it_lies_and_who_may_read_it(self) -> None:
        code = """
            tuner = tune.Tuner(lambda config: 1, tune_config=config(), run_config=tune.RunConfig(name="mine", storage_path="all/experiments", verbose=0))
            print(tuner.fit().experiment_path)
        """
        printed, said = self.run_script(code)
        path = os.path.join(self.folder, "all", "experiments", "mine")
        self.assertEqual(printed.strip(), path)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(path, "python")).st_mode), 0o700)
        self.assertNotIn("trials", said)


class Faults(ScriptTest):
    def test_what_is_wrong_is_raised_before_anything_runs(self) -> None:
        code = """
            import threading
            S = tune.schedulers
            def fit(train=lambda config: 1, space={}, run={}, **named):
                return tune.Tuner(train, param_space=space, tune_config=config(**named), run_config=tune.RunConfig(**run)).fit()
            lock = threading.Lock()
            calls = [
                lambda: tune.TuneConfig(num_sample=3),
                lambda: S.ASHAScheduler(grace=2),
                lambda: S.MedianStoppingRule(min_time_slice=3),
                lambda: S.ASHAScheduler(brackets=0),
                lambda: S.ASHAScheduler(max_t=3, grace_period=4),
                lambda: tune.RunConfig(name="../up"),
                lambda: tune.RunConfig(storage_path="s3://bucket"),
                lambda: config(num_samples=0),
                lambda: config(search_alg="tp"),
                lambda: tune.TuneConfig(metric="a", scheduler=S.ASHAScheduler(metric="b")),
                lambda: tune.Tuner(lambda config: 1, tune_config=tune.TuneConfig(metric="loss")).fit(),
                lambda: tune.Tuner(3),
                lambda: fit(lambda config: lock),
                lambda: fit(space={"x": tune.choice([1, 1])}),
                lambda: fit(max_concurrent_trials=1.5),
                lambda: tune.Tuner.restore("nowhere", lambda config: 1),
                lambda: fit(space={"x": lock}),
                lambda: fit(space=[1]),
                lambda: tune.RunConfig(callbacks=tune.logger.CSVLoggerCallback()),
                lambda: config(scheduler="ash"),
                lambda: S.AutoScheduler(max_t=0),
                lambda: fit(type("Empty", (), {})),
                lambda: fit(type("Unsaved", (tune.Trainable,), {}), run={"checkpoint_config": tune.CheckpointConfig(checkpoint_frequency=1)}),
            ]
            def message(call):
                try:
                    call()
                except Exception as error:
                    return f"{type(error).__name__}: {error}"
            print(json.dumps([message(call) for call in calls]))
            assert not os.path.exists(".trialist") or not os.listdir(".trialist"), os.listdir(".trialist")
        """
        wanted = [
            "TypeError: .*Did you mean 'num_samples'",
            "TypeError: .*Did you mean 'grace_period'",
            "NotImplementedError: .*min_time_slice=3",
            "ValueError: .*brackets must be",
            "ValueError: .*grace_period",
            "ValueError: .*name must be",
            "NotImplementedError: .*local folder",
            "ValueError: .*num_samples must be",
            "TypeError: .*Did you mean 'tpe'",
            "ValueError: .*say it once",
            "ValueError: .*needs mode",
            "TypeError: .*function or a class",
            "TypeError: .*can't be pickled.*inside of the function",
            "TrialistError: The space's x: .*options that differ",
            "TrialistError: concurrency: expected a whole number",
            "TrialistError: there is no experiment of Python's in .*nowhere",
            r"TypeError: .*param_space\['x'\] is or holds what can't be",
            r"TypeError: Tuner\(\): param_space must be a dict of parameters, and is \[1\]",
            r"TypeError: .*callbacks must be a list, such as \[CSVLoggerCallback",
            "TypeError: .*Did you mean 'asha'",
            "ValueError: .*max_t must be above 0",
            r"TypeError: .*classes with step\(\).*Empty has none",
            r"ValueError: .*checkpoint_frequency needs Unsaved.save_checkpoint\(\)",
        ]
        found = self.answer(code)
        self.assertEqual(len(found), len(wanted))
        for message, pattern in zip(found, wanted):
            self.assertRegex(message, f"(?s)^{pattern}")

    def test_a_metric_that_is_no_number_is_told_by_its_value(self) -> None:
        code = """
            def train(config):
                if config["x"] == 0: tune.report({"loss": None}); tune.report({"loss": 1, "word": "low"})
                elif config["x"] == 1: tune.report({"loss": "low"})
                else: return [0.1, 0.2]
            results = tune.Tuner(train, param_space={"x": tune.grid_search([0, 1, 2])}, tune_config=config()).fit()
            print(json.dumps([[result.metrics.get("loss"), result.error and str(result.error).splitlines()[-1]] for result in results]))
        """
        fine, text, listed = self.answer(code)
        self.assertEqual(fine, [1, None])
        self.assertIn("'loss' must be a number, and is str: 'low'", text[1])
        self.assertIn("'loss' must be a number, and is list: [0.1, 0.2]", listed[1])

    def test_a_name_is_taken_once(self) -> None:
        code = """
            def fit(loss):
                return tune.Tuner(lambda config: loss, tune_config=config(), run_config=tune.RunConfig(name="taken")).fit()
            fit(1)
            try:
                fit(2)
            except tune.TrialistError as error:
                print(json.dumps([str(error), tune.Tuner.restore(".trialist/taken", lambda config: 1).fit()[0].metrics["loss"]]))
        """
        message, loss = self.answer(code)
        self.assertIn("Tuner.restore(", message)
        self.assertEqual(loss, 1)

    def test_a_program_that_is_missing_is_named(self) -> None:
        code = """
            {before}
            try:
                tune.Tuner(lambda config: 1, tune_config=config()).fit()
            except Exception as error:
                print(json.dumps(str(error)))
        """
        self.assertIn("TRIALIST_NODE", self.answer(code.format(before=""), TRIALIST_NODE="/nowhere/node"))
        self.assertIn("pip install cloudpickle", self.answer(code.format(before="sys.modules['cloudpickle'] = None")))


SLOW = """
def train(config):
    open(f"started-{os.getpid()}", "w").close()
    for i in range(100_000):
        time.sleep(0.01)
        tune.report(loss=config["x"])
tuner = tune.Tuner(train, param_space={"x": tune.uniform(0, 1)}, tune_config=config(num_samples=3), run_config=tune.RunConfig(name="slow"))
try:
    tuner.fit()
except KeyboardInterrupt:
    print("interrupted")
"""


class Interruptions(ScriptTest):
    def begun(self, code: str = SLOW, head: str = HEAD) -> subprocess.Popen[str]:
        process = self.start(code, head=head)
        until(lambda: any(name.startswith("started-") for name in os.listdir(self.folder)) or process.poll() is not None)
        return process

    def test_an_interrupted_experiment_goes_on(self) -> None:
        process = self.begun()
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
        self.assertEqual(printed, "interrupted\n", said)
        self.assertIn("Tuner.restore(", said)
        until(lambda: self.processes() == [])
        code = """
            def train(config): return config["x"]
            results = tune.Tuner.restore(".trialist/slow", train).fit()
            print(json.dumps([[result.state, result.metrics["loss"] == result.config["x"]] for result in results]))
        """
        self.assertEqual(self.answer(code), [["completed", True]] * 3)

    def test_a_second_interruption_does_not_wait_for_the_trials(self) -> None:
        silent = SLOW.replace("    for i in range(100_000):\n", "    while True:\n").replace("        tune.report(loss=config[\"x\"])\n", "")
        process = self.begun(silent)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        self.assertTrue(any("stopping slow" in line for line in process.stderr))
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
        self.assertEqual(printed, "interrupted\n", said)
        until(lambda: self.processes() == [])

    def test_the_engine_ends_with_its_standard_input(self) -> None:
        with open(os.path.join(self.folder, "silent.py"), "w", encoding="utf-8") as file:
            file.write("import time\ndef train(config):\n    open('begun', 'w').close()\n    time.sleep(1000)\n")
        space = {"version": 1, "parameters": {"x": {"type": "uniform", "low": 0, "high": 1}}}
        experiment = {"space": space, "metric": "loss", "trials": 1, "terminationGrace": 0.1}
        with open(os.path.join(self.folder, "silent.json"), "w", encoding="utf-8") as file:
            json.dump({**experiment, "trainable": {"python": "silent.py:train", "interpreter": sys.executable}}, file)
        environment = {**plain_environment(), "TRIALIST_LIFELINE": "stdin"}
        words = [*_engine.command(), "run", os.path.join(self.folder, "silent.json")]
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, cwd=self.folder, env=environment, stdin=pipe, stderr=pipe, text=True)
        self.addCleanup(self.end, process)
        until(lambda: os.path.exists(os.path.join(self.folder, "begun")) or process.poll() is not None)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM, said)
        self.assertIn("Resume with: ", said)

    def test_no_engine_outlives_a_script_that_is_killed(self) -> None:
        process = self.begun()
        self.assertNotEqual(self.processes(), [])
        process.kill()
        process.wait()
        until(lambda: self.processes() == [])
        self.assertTrue(os.path.exists(os.path.join(self.folder, ".trialist", "slow", "log.db")))

    def test_an_exception_of_a_handler_of_the_users_ends_the_engine(self) -> None:
        head = f"{HEAD}import signal\ndef handler(*_): raise RuntimeError('mine')\nsignal.signal(signal.SIGUSR1, handler)\n"
        process = self.begun(head=head)
        process.send_signal(signal.SIGUSR1)
        _, said = process.communicate(timeout=60)
        self.assertIn("RuntimeError: mine", said)
        until(lambda: self.processes() == [])


if __name__ == "__main__":
    unittest.main()
