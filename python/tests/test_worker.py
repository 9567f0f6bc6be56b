"""Workers: what they run, where output goes, what they say when the code is not there; and one after another."""

from __future__ import annotations

import os

from .engine import EngineTest

CONTINUE = {"type": "continue"}


class WhatCanNotBeLoaded(EngineTest):
    def failure(self, target: str, mode: str = "fresh") -> dict[str, str]:
        process = self.engine.worker(mode, target)
        hello = self.engine.accept().expect()
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(hello["failure"]["kind"], "error")
        return hello["failure"]

    def test_a_missing_file(self) -> None:
        failure = self.failure("none.py:train")
        self.assertEqual(failure["message"], f"there is no file {self.engine.folder}/none.py")
        self.assertEqual(failure["stack"], "")

    def test_a_missing_module(self) -> None:
        self.assertIn(f"there is no module 'none' in {self.engine.folder}", self.failure("none.deep:train")["message"])

    def test_a_missing_function(self) -> None:
        self.engine.write("train.py", "import os\nfrom json import loads\ndef fit(config): pass\nclass Net: pass")
        message = "train.py has no function or class 'train'; it has Net, fit"
        self.assertEqual(self.failure("train.py:train")["message"], message)

    def test_what_is_no_function(self) -> None:
        self.engine.write("train.py", "train = 5")
        self.assertEqual(self.failure("train.py:train")["message"], "train.py:train is no function or class but int")

    def test_a_syntax_error(self) -> None:
        self.engine.write("train.py", "def train(config):\n    return =\n")
        failure = self.failure("train.py:train")
        self.assertRegex(failure["message"], r"^SyntaxError: invalid syntax \(train.py, line 2\)")
        self.assertRegex(failure["stack"], r'^  File ".*/train.py", line 2\n')
        self.assertIn("return =", failure["stack"])

    def test_an_error_at_import_shows_the_users_lines_alone(self) -> None:
        self.engine.write("train.py", "import helper")
        self.engine.write("helper.py", "raise RuntimeError('no data')")
        failure = self.failure("train.py:train", "parent")
        self.assertEqual(failure["message"], "RuntimeError: no data")
        self.assertRegex(failure["stack"], r'(?s)^Traceback .*\n  File ".*/train.py", line 1.*helper.py", line 1')
        self.assertNotIn("importlib", failure["stack"])
        self.assertNotIn("_target.py", failure["stack"])

    def test_a_package_that_the_code_misses(self) -> None:
        self.engine.write("train.py", "import no_such_package")
        failure = self.failure("train.py:train")
        self.assertEqual(failure["message"], "ModuleNotFoundError: No module named 'no_such_package'")

    def test_an_exit_at_import(self) -> None:
        self.engine.write("train.py", "import sys\nsys.exit(4)")
        self.assertEqual(self.failure("train.py:train")["message"], "the code called sys.exit(4)")

    def test_no_target_at_all(self) -> None:
        self.assertIn("write FILE.py:NAME or MODULE:NAME", self.failure("train.py")["message"])

    def test_a_missing_pickle(self) -> None:
        self.assertEqual(self.failure("pickle:/none.pkl")["message"], "there is no file /none.pkl")

    def test_without_an_engine_it_says_who_starts_it(self) -> None:
        process = self.engine.python("-m", "trialist.worker", "fresh", "train.py:train", token=None)
        self.assertIn("is started by the engine", process.communicate(timeout=20)[1])
        process = self.engine.worker("warm", "train.py:train")
        self.assertIn("usage:", process.communicate(timeout=20)[1])

    def test_an_engine_that_is_not_there(self) -> None:
        self.engine.write("train.py", "def train(config): pass")
        process = self.engine.worker("fresh", "train.py:train", TRIALIST_SOCKET="/none/socket")
        notes = process.communicate(timeout=20)[1]
        self.assertRegex(notes, "^trialist: nobody listens at TRIALIST_SOCKET, /none/socket: .*\n$")
        self.assertEqual(process.returncode, 1)


class WhatIsLoaded(EngineTest):
    def done(self, target: str) -> dict[str, object]:
        self.engine.worker("fresh", target)
        peer = self.engine.accept()
        hello = peer.expect()
        self.assertNotIn("failure", hello)
        return peer.answer(**self.engine.welcome())

    def test_a_file_with_its_folder_and_never_as_main(self) -> None:
        os.mkdir(os.path.join(self.engine.folder, "deep"))
        self.engine.write("deep/helper.py", "def half(x): return x / 2")
        self.engine.write(
            "deep/my-train.py",
            """
            import os, sys
            from helper import half
            if __name__ == "__main__":
                raise SystemExit("run as a script")
            def train(config):
                assert sys.argv == ["deep/my-train.py:train"] and not os.getcwd().endswith("deep")
                return half(config["x"])
            """,
        )
        self.assertEqual(self.done("deep/my-train.py:train")["metrics"], {"loss": 0.75})

    def test_a_file_that_is_called_as_a_loaded_module(self) -> None:
        # The module keeps its name, and what others import by it.
        code = "import sys\ndef train(config): return hasattr(sys.modules['socket'], 'AF_INET') + 1"
        os.mkdir(os.path.join(self.engine.folder, "deep"))
        self.engine.write("deep/socket.py", code)
        self.assertEqual(self.done("deep/socket.py:train")["metrics"], {"loss": 2})

    def test_a_member_of_a_module_in_the_current_folder(self) -> None:
        os.mkdir(os.path.join(self.engine.folder, "package"))
        self.engine.write("package/model.py", "class Model:\n    @staticmethod\n    def train(config): return config['x']")
        self.assertEqual(self.done("package.model:Model.train")["metrics"], {"loss": 1.5})

    def test_a_pickle(self) -> None:
        self.engine.write("helper.py", "def train(config): return 4")
        self.engine.python("-c", "import pickle, helper; pickle.dump(helper.train, open('t.pkl', 'wb'))").wait()
        self.assertEqual(self.done(f"pickle:{self.engine.folder}/t.pkl")["metrics"], {"loss": 4})

    def test_that_sub_processes_can_import(self) -> None:
        self.engine.write(
            "train.py",
            """
            import multiprocessing
            def square(x): return x * x
            def train(config):
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    return pool.map(square, [3])[0]
            """,
        )
        self.assertEqual(self.done("train.py:train")["metrics"], {"loss": 9})


class HowATrialEnds(EngineTest):
    def last(self, body: str) -> dict[str, object]:
        peer = self.fresh("import sys\ndef train(config):\n    " + body)
        message = peer.answer(**self.engine.welcome())
        self.assertIsNone(peer.read())
        self.notes = self.process.communicate(timeout=20)[1]
        return message

    def test_with_what_is_returned(self) -> None:
        self.assertEqual(self.last("return {'loss': 1, 'good': True}")["metrics"], {"loss": 1, "good": 1})
        self.assertEqual(self.last("return 0.5")["metrics"], {"loss": 0.5})
        self.assertNotIn("metrics", self.last("return None"))
        self.assertEqual(self.process.returncode, 0)

    def test_with_what_can_not_be_a_report(self) -> None:
        message = self.last("return 'good'")["message"]
        said = "report(): metric 'loss' must be a number, and is str: 'good'"
        self.assertEqual(message, f"TypeError: the returned value is the last report: {said}")

    def test_with_an_error_that_is_told_and_written(self) -> None:
        error = self.last("raise KeyError('lr')")
        self.assertEqual(error["message"], "KeyError: 'lr'")
        self.assertRegex(error["stack"], r'^Traceback .*\n  File ".*/train.py", line 3, in train\n')
        self.assertEqual(self.notes, error["stack"])
        self.assertEqual(self.process.returncode, 1)

    def test_with_an_error_without_words(self) -> None:
        self.assertEqual(self.last("raise MemoryError()")["message"], "MemoryError")

    def test_with_an_exit(self) -> None:
        self.assertEqual(self.last("sys.exit()"), {"type": "done", "attempt": "a"})
        self.assertEqual(self.last("sys.exit(3)")["message"], "the code called sys.exit(3)")

    def test_with_what_runs_at_exit(self) -> None:
        self.last("import atexit; atexit.register(lambda: open('exited', 'w').write('well'))")
        self.assertEqual(self.engine.read("exited"), "well")


class Surroundings(EngineTest):
    def test_output_is_appended_to_the_attempts_file_and_each_line_at_once(self) -> None:
        output = self.engine.write("output.log", "earlier\n")
        peer = self.fresh(
            """
            import os, subprocess, sys
            from trialist import report
            print("imported")
            def train(config):
                print("line \\ud800")
                report(loss=1)
                sys.stderr.write("error\\n")
                subprocess.run(["echo", "child"])
                sys.stdout.write("no end")
            """
        )
        peer.answer(**self.engine.welcome(output=output))
        self.assertEqual(self.engine.read("output.log"), "earlier\nline \\ud800\n")
        peer.answer(**CONTINUE)
        self.assertEqual(self.engine.read("output.log"), "earlier\nline \\ud800\nerror\nchild\nno end")
        self.assertEqual(self.process.communicate(timeout=20), ("imported\n", ""))

    def test_variables_threads_and_seeds_are_set(self) -> None:
        code = """
            import os, random
            at_import = os.environ["OMP_NUM_THREADS"], os.environ["MKL_NUM_THREADS"]
            def train(config):
                print(*at_import, os.environ["OMP_NUM_THREADS"], os.environ["MKL_NUM_THREADS"])
                print(os.environ["CUDA_VISIBLE_DEVICES"], random.random())
            """
        fields = {"env": {"CUDA_VISIBLE_DEVICES": "3"}, "resources": {"cpus": 2.5, "memory": None, "gpus": ["3"]}}
        outputs = []
        for env in ({}, {}, {"OMP_NUM_THREADS": "5"}):
            self.fresh(code, **env).answer(**self.engine.welcome(**fields))
            outputs.append(self.process.communicate(timeout=20)[0].split())
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(outputs[0][:5], ["1", "1", "2", "2", "3"])
        self.assertEqual(outputs[2][:4], ["5", "1", "5", "2"])
        self.fresh(code).answer(**self.engine.welcome(**{**fields, "seed": 8}))
        self.assertNotEqual(self.process.communicate(timeout=20)[0].split()[5], outputs[0][5])

    def test_loaded_libraries_are_told_their_threads_and_seeds(self) -> None:
        # Modules of the same shape stand for the libraries, which these tests do without.
        self.engine.write("torch.py", "set_num_threads = lambda n: print('threads', n)\ndef manual_seed(n): print('seed', n)")
        self.engine.write("threadpoolctl.py", "threadpool_limits = lambda n: print('pools', n)")
        os.mkdir(os.path.join(self.engine.folder, "numpy"))
        self.engine.write("numpy/__init__.py", "")
        self.engine.write("numpy/random.py", "seed = lambda n: print('numpy', n)")
        code = "import torch, threadpoolctl, numpy\ndef train(config): pass"
        welcome = self.engine.welcome(resources={"cpus": 4, "memory": None, "gpus": []})
        self.fresh(code).answer(**welcome)
        said = self.process.communicate(timeout=20)[0].splitlines()
        self.assertEqual(said, ["threads 4", "pools 4", "numpy 7", "seed 7"])
        # A number of threads that the user has set stays.
        self.fresh(code, OMP_NUM_THREADS="2").answer(**welcome)
        self.assertEqual(self.process.communicate(timeout=20)[0].splitlines(), ["numpy 7", "seed 7"])


class Reuse(EngineTest):
    def test_one_process_runs_one_after_another(self) -> None:
        self.engine.write(
            "train.py",
            """
            import os
            from trialist import get_context, report
            def train(config):
                print(get_context().trial)
                report(loss=config["x"])
                return {"loss": float(os.getpid())}
            """,
        )
        process = self.engine.worker("fresh", "train.py:train", "--reuse")
        peer = self.engine.accept()
        self.assertIs(peer.expect()["reusable"], True)
        for trial in range(3):
            output = os.path.join(self.engine.folder, f"{trial}.log")
            welcome = self.engine.welcome(f"t{trial}", trial=trial, config={"x": trial}, output=output)
            self.assertEqual(peer.answer(**welcome)["metrics"], {"loss": trial})
            # A stop is the end of one trial only.
            done = peer.answer(type="stop" if trial == 1 else "continue")
            self.assertEqual((done["type"], done["attempt"]), ("done", f"t{trial}"))
            self.assertEqual("metrics" in done, trial != 1)
            self.assertEqual(self.engine.read(f"{trial}.log"), f"{trial}\n")
        self.assertEqual(done["metrics"], {"loss": process.pid})
        peer.close()
        self.assertEqual(process.wait(timeout=20), 0)

    def test_a_failure_is_the_last_trial_of_a_process(self) -> None:
        peer = self.fresh("def train(config): 1 / 0", "--reuse")
        self.assertEqual(peer.answer(**self.engine.welcome())["type"], "error")
        self.assertIsNone(peer.read())
