"""Going on with experiments as scripts for Ray Tune do, on the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import unittest
from typing import Any

from integration.test_ray import OWN
from integration.test_tune import ScriptTest

from tests.engine import until


class Failed(ScriptTest):
    """Trials that failed, in a later session. All of them are to report three times; one fails at its third."""

    TRAINING = """
            import tempfile
            def train(config):
                checkpoint, start = tune.get_checkpoint(), 0
                if checkpoint is not None: start = int(open(os.path.join(checkpoint.path, "i")).read())
                for i in range(start + 1, 4):
                    if i == 3 and config["x"] == 1 and not os.path.exists("mended"): raise ValueError("not yet")
                    with tempfile.TemporaryDirectory() as folder:
                        open(os.path.join(folder, "i"), "w").write(str(i))
                        tune.report({"loss": config["x"], "from": start}, checkpoint=tune.Checkpoint.from_directory(folder))
            run = tune.RunConfig(name="e")
            space = {"x": tune.grid_search([0, 1, 2])}
            def outcome(results):
                return [[result.metrics["training_iteration"], result.metrics["from"], result.error is None] for result in results]
            first = tune.Tuner(train, param_space=space, tune_config=config(), run_config=run).fit()
            open("mended", "w").close()
    """

    def again(self, call: str) -> list[Any]:
        code = f"""{self.TRAINING}
            print(json.dumps([outcome(first), outcome({call})]))
        """
        before, after = self.answer(code)
        self.assertEqual(before, [[3, 0, True], [2, 0, False], [3, 0, True]])
        return after  # type: ignore[no-any-return]

    def test_they_go_on_from_their_checkpoints(self) -> None:
        call = 'tune.Tuner.restore(".trialist/e", train, resume_errored=True).fit()'
        self.assertEqual(self.again(call), [[3, 0, True], [3, 2, True], [3, 0, True]])

    def test_they_begin_anew(self) -> None:
        call = 'tune.Tuner.restore(".trialist/e", train, _resume_config=tune.ResumeConfig(errored=tune.ResumeConfig.RESTART)).fit()'
        self.assertEqual(self.again(call), [[3, 0, True]] * 3)

    def test_they_stay_as_they_are(self) -> None:
        self.assertEqual(self.again('tune.Tuner.restore(".trialist/e", train).fit()')[1], [2, 0, False])

    def test_a_searcher_and_a_callback_of_ones_own_see_them_again(self) -> None:
        code = f"""{self.TRAINING}
            class Told(tune.Callback):
                def __init__(self): self.told = []
                def on_trial_recover(self, iteration, trials, trial, **info): self.told.append(["recover", trial.config["x"], trial.status])
                def on_trial_complete(self, iteration, trials, trial, **info): self.told.append(["complete", trial.config["x"], trial.status])
            from trialist.tune.search import Searcher
            class Own(Searcher):
                def __init__(self): super().__init__(); self.n, self.ends = 0, []
                def suggest(self, trial_id): self.n += 1; return {{"x": self.n - 1}}
                def on_trial_complete(self, trial_id, result=None, error=False): self.ends.append([int(trial_id[-5:]), error])
            os.remove("mended")
            run = tune.RunConfig(name="own", callbacks=[Told()])
            tune.Tuner(train, tune_config=config(num_samples=3, search_alg=Own(), max_concurrent_trials=1), run_config=run).fit()
            open("mended", "w").close()
            tuner = tune.Tuner.restore(".trialist/own", train, resume_errored=True)
            results = tuner.fit()
            print(json.dumps([outcome(results), tuner._run.callbacks[0].told, tuner._plan.searcher.ends]))
        """
        outcome, told, ends = self.answer(code)
        self.assertEqual(outcome, [[3, 0, True], [3, 2, True], [3, 0, True]])
        self.assertEqual(told[-2:], [["recover", 1, "PENDING"], ["complete", 1, "TERMINATED"]])
        self.assertEqual(ends, [[0, False], [1, True], [2, False], [1, False]])

    def test_the_older_call(self) -> None:
        code = f"""{self.TRAINING}
            import shutil
            shutil.copytree(".trialist/e", "first")
            found = {{}}
            for words in ("ERRORED", "RESTART_ERRORED", "ERRORED_ONLY", "RESTART_ERRORED_ONLY"):
                shutil.rmtree(".trialist/e"); shutil.copytree("first", ".trialist/e")
                trials = tune.run(train, name="e", config=space, metric="loss", mode="min", resume="AUTO+" + words).trials
                found[words] = [[trial.status, trial.last_result["training_iteration"], trial.last_result["from"]] for trial in trials]
            print(json.dumps(found))
        """
        for words, trials in self.answer(code).items():
            start = 0 if words.startswith("RESTART") else 2
            self.assertEqual(trials, [["TERMINATED", 3, 0], ["TERMINATED", 3, start], ["TERMINATED", 3, 0]], words)

    def test_what_is_refused(self) -> None:
        code = f"""{self.TRAINING}
            said = []
            for refused in (lambda: tune.Tuner.restore(".trialist/e", train, resume_errored=True, restart_errored=True),
                    lambda: tune.run(train, name="e", config=space, resume="AUTO+FAILED"),
                    lambda: tune.ResumeConfig(finished="resume"),
                    lambda: tune.ResumeConfig(unfinished=tune.ResumeConfig.RESTART)):
                try: refused()
                except (ValueError, NotImplementedError) as error: said.append(str(error))
            print(json.dumps(said))
        """
        both, words, finished, restart = self.answer(code)
        self.assertIn("exclude each other", both)
        self.assertIn("'AUTO+FAILED': expected True, 'AUTO'", words)
        self.assertIn("finished trials stay as they are", finished)
        self.assertIn("Write RESUME or SKIP", restart)


SLOW = """
class Folding(Counting):
    pass
def slow(config):
    checkpoint, start = tune.get_checkpoint(), 0
    if checkpoint is not None: start = int(open(os.path.join(checkpoint.path, "i")).read())
    open(f"started-{config['x']}-{start}", "w").close()
    os.makedirs(f"state-{config['x']}", exist_ok=True)
    for i in range(start + 1, 6):
        open(f"state-{config['x']}/i", "w").write(str(i))
        tune.report({"loss": -i}, checkpoint=f"state-{config['x']}")
        if config["x"] == 3 and i == 3: open("waiting", "w").close()
        while config["x"] == 3 and i == 3 and not os.path.exists("go"): time.sleep(0.02)
if not os.path.exists("again"):
    run = tune.RunConfig(name="slow", checkpoint_config=tune.CheckpointConfig(num_to_keep=2))
    tune.Tuner(slow, tune_config=config(num_samples=4, search_alg=Folding(4), max_concurrent_trials=1), run_config=run).fit()
"""


class Restoring(ScriptTest):
    def killed(self) -> None:
        process: subprocess.Popen[str] = self.start(SLOW, head=OWN)
        until(lambda: os.path.exists(os.path.join(self.folder, "waiting")) or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for name in ("go", "again"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8"):
                pass
        # The engine asks the trial for one more checkpoint before it ends.
        until(lambda: self.processes() == [])

    def test_after_a_kill_nothing_is_lost_and_nothing_finished_runs_again(self) -> None:
        self.killed()
        os.rename(os.path.join(self.folder, ".trialist"), os.path.join(self.folder, "moved"))
        code = """
            def other(config): pass
            assert tune.Tuner.can_restore("moved/slow") and not tune.Tuner.can_restore("nowhere")
            try: tune.Tuner.restore("moved/slow", other)
            except ValueError as error: message = str(error)
            before = [result.state for result in tune.Tuner.restore("moved/slow", slow).get_results()]
            tuner = tune.Tuner.restore("moved/slow", slow)
            results = tuner.fit()
            kept = [len(result.best_checkpoints) for result in results]
            started = sorted(name for name in os.listdir(".") if name.startswith("started-"))
            print(json.dumps([message, before, [[result.state, result.config["x"], result.metrics["training_iteration"]] for result in results], kept, started, tuner._plan.searcher.count]))
        """
        message, before, after, kept, started, count = json.loads(self.run_script(code, head=OWN + SLOW)[0])
        self.assertIn("is another trainable", message)
        self.assertEqual(before[:2], ["completed"] * 2)
        self.assertEqual(after, [["completed", x, 5] for x in (1, 2, 3, 4)])
        self.assertEqual(kept, [2] * 4)
        self.assertEqual([name for name in started if name[8] in "12"], ["started-1-0", "started-2-0"])
        self.assertIn("started-3-4", started)
        self.assertEqual(count, 4)

    def test_what_was_not_over_is_stopped_where_it_is(self) -> None:
        self.killed()
        code = """
            tuner = tune.Tuner.restore(".trialist/slow", slow, resume_unfinished=False)
            results = tuner.fit()
            started = sorted(name for name in os.listdir(".") if name.startswith("started-"))
            rows = [[result.state, result.metrics["training_iteration"]] for result in results]
            print(json.dumps([rows, started, tuner._plan.searcher.told[-2:]]))
        """
        rows, started, told = json.loads(self.run_script(code, head=OWN + SLOW)[0])
        self.assertEqual([state for state, _ in rows], ["completed", "completed", "stopped", "completed"])
        self.assertEqual([steps for _, steps in rows], [5, 5, 4, 5])
        self.assertEqual(started, ["started-1-0", "started-2-0", "started-3-0", "started-4-0"])
        self.assertEqual(told, [["result", 3, 5, -5], ["complete", 3, 5, False]])

    def test_a_missing_checkpoint_is_made_up_for_by_the_one_before(self) -> None:
        self.killed()
        folder = os.path.join(self.folder, ".trialist", "slow", "checkpoints")
        newest = max((name for name in os.listdir(folder) if name.startswith("2-")), key=lambda name: int(name.split("-")[2]))
        os.rename(os.path.join(folder, newest), os.path.join(self.folder, "gone"))
        code = """
            results = tune.Tuner.restore(".trialist/slow", slow).fit()
            print(json.dumps([results[2].metrics["training_iteration"], os.path.exists("started-3-3")]))
        """
        self.assertEqual(json.loads(self.run_script(code, head=OWN + SLOW)[0]), [5, True])

    def test_an_unchanged_function_is_not_taken_for_a_changed_one(self) -> None:
        code = """
            def half(x): return x / %s
            def train(config): tune.report(loss=half(config["x"]), seen=len({"a", "b"} | {config["k"]}))
            if not os.path.exists(".trialist"):
                space = {"x": tune.uniform(0, 1), "k": tune.choice(["a", "c"])}
                tuner = tune.Tuner(train, param_space=space, tune_config=config(num_samples=2), run_config=tune.RunConfig(name="same"))
            else:
                tuner = tune.Tuner.restore(".trialist/same", train)
            tuner.fit()
        """
        warnings = [self.run_script(code % divisor)[1].count("source of the trainable") for divisor in (2, 2, 3)]
        self.assertEqual(warnings, [0, 0, 1])


if __name__ == "__main__":
    unittest.main()
