"""The warm parent: forks where that is safe, and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import sys
import unittest

from .engine import EngineTest, is_running, until

CONTINUE = {"type": "continue"}

# A trial that goes on for ever, as does a process that it starts.
ENDLESS = """
    import subprocess, time
    from trialist import report
    def train(config):
        child = subprocess.Popen(["sleep", "60"])
        report(loss=child.pid)
        time.sleep(60)
"""


@unittest.skipUnless(sys.platform.startswith("linux"), "forking is for Linux")
class Parents(EngineTest):
    def test_import_once_and_fork_a_worker_for_each_trial(self) -> None:
        parent = self.parent(
            """
            import os
            open("imports", "a").write("once ")
            count = 0
            def train(config):
                global count
                count += 1
                assert os.getsid(0) == os.getpgid(0) == os.getpid()
                print("trial", flush=False)
                return {"loss": count, "pid": os.getpid()}
            """
        )
        for number in range(3):
            worker, pid = self.engine.fork(parent, f"w{number}")
            done = worker.answer(**self.engine.welcome(output=os.path.join(self.engine.folder, "out")))
            self.assertEqual(done["metrics"], {"loss": 1, "pid": pid})
            self.assertIsNone(worker.read())
            ending = {"type": "exited", "token": f"w{number}", "pid": pid, "code": 0, "signal": None}
            self.assertEqual(parent.expect(), ending)
        self.assertEqual(self.engine.read("imports"), "once ")
        self.assertEqual(self.engine.read("out"), "trial\n" * 3)

    def test_tell_how_workers_end(self) -> None:
        parent = self.parent(
            """
            import os, signal
            def train(config):
                if config["how"] == "exit": os._exit(5)
                if config["how"] == "kill": os.kill(os.getpid(), signal.SIGKILL)
                if config["how"] == "end": os.kill(os.getpid(), signal.SIGTERM)
                raise ValueError("no such end")
            """
        )
        for how, code, number in [("exit", 5, None), ("kill", None, 9), ("end", None, 15), ("raise", 1, None)]:
            worker, _ = self.engine.fork(parent)
            worker.send(**self.engine.welcome(config={"how": how}))
            ending = parent.expect()
            self.assertEqual((ending["code"], ending["signal"]), (code, number), how)

    def test_reuse_workers(self) -> None:
        parent = self.parent("import os\ndef train(config): return os.getpid()", "--reuse")
        worker, pid = self.engine.fork(parent)
        for _ in range(3):
            self.assertEqual(worker.answer(**self.engine.welcome())["metrics"], {"loss": pid})
        worker.close()
        self.assertEqual(parent.expect()["code"], 0)

    def test_what_a_trial_registers_for_the_exit_runs_and_nothing_else(self) -> None:
        parent = self.parent(
            """
            import atexit
            say = lambda word: open("exits", "a").write(word)
            atexit.register(say, "parent ")
            def train(config): atexit.register(say, "trial ")
            """
        )
        worker, _ = self.engine.fork(parent)
        worker.answer(**self.engine.welcome())
        parent.expect()
        self.assertEqual(self.engine.read("exits"), "trial ")

    def test_signals_of_the_users_module_hold_in_workers(self) -> None:
        parent = self.parent(
            """
            import os, signal
            signal.signal(signal.SIGTERM, lambda *_: open("term", "w").write("mine"))
            def train(config):
                os.kill(os.getpid(), signal.SIGTERM)
                try:
                    os.kill(os.getpid(), signal.SIGINT)
                except KeyboardInterrupt:
                    return 1
            """
        )
        worker, _ = self.engine.fork(parent)
        self.assertEqual(worker.answer(**self.engine.welcome())["metrics"], {"loss": 1})
        self.assertEqual(self.engine.read("term"), "mine")

    def test_processes_of_the_users_module_are_not_workers(self) -> None:
        parent = self.parent("import subprocess\nother = subprocess.Popen(['sleep', '0.1'])\ndef train(config): pass")
        first, _ = self.engine.fork(parent, "w1")
        second, _ = self.engine.fork(parent, "w2")
        first.answer(**self.engine.welcome())
        self.assertEqual(parent.expect()["token"], "w1")
        second.answer(**self.engine.welcome())
        self.assertEqual(parent.expect()["token"], "w2")

    def test_many_at_once(self) -> None:
        parent = self.parent("def train(config): return config['x']")
        tokens = [f"w{number}" for number in range(20)]
        for token in tokens:
            parent.send(type="fork", token=token)
        workers = [self.engine.accept() for _ in tokens]
        self.assertEqual({worker.expect()["token"] for worker in workers}, set(tokens))
        for worker in workers:
            self.assertEqual(worker.answer(**self.engine.welcome())["type"], "done")
        said = [parent.expect() for _ in range(2 * len(tokens))]
        self.assertEqual({message["token"] for message in said if message["type"] == "exited"}, set(tokens))

    def test_a_fork_that_the_system_refuses_is_told(self) -> None:
        parent = self.parent(
            """
            import errno, os
            def fork(): raise OSError(errno.EAGAIN, "no more processes")
            os.fork = fork
            def train(config): pass
            """
        )
        ending = parent.answer(type="fork", token="w1")
        self.assertEqual(ending, {"type": "exited", "token": "w1", "pid": 0, "code": 1, "signal": None})


@unittest.skipUnless(sys.platform.startswith("linux"), "forking is for Linux")
class UnsafeForks(EngineTest):
    def reason(self, code: str) -> str:
        self.engine.write("train.py", code + "\ndef train(config): pass\n")
        process = self.engine.worker("parent", "train.py:train")
        parent = self.engine.accept().expect()["parent"]
        self.assertEqual(process.wait(timeout=20), 0)
        self.assertIs(parent["fork"], False)
        return parent["reason"]

    def test_a_thread(self) -> None:
        code = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
        self.assertEqual(self.reason(code), "the code started 1 thread when it was imported")

    def test_cuda(self) -> None:
        code = "class cuda:\n    is_initialized = staticmethod(lambda: True)\n"
        self.engine.write("torch.py", code)
        self.assertEqual(self.reason("import torch"), "the code initialised CUDA when it was imported")

    def test_xla(self) -> None:
        os.makedirs(os.path.join(self.engine.folder, "jax", "_src"))
        self.engine.write("jax/_src/xla_bridge.py", "_backends = {'cpu': 1}")
        self.assertEqual(self.reason("import jax._src.xla_bridge"), "the code initialised XLA when it was imported")

    def test_another_system(self) -> None:
        self.assertIn("darwin", self.reason("import sys\nsys.platform = 'darwin'"))


@unittest.skipUnless(sys.platform.startswith("linux"), "forking is for Linux")
class NobodyIsLeft(EngineTest):
    def endless(self) -> tuple[object, int, int]:
        """A parent, a worker that goes on for ever, and what that has started."""
        parent = self.parent(ENDLESS)
        worker, pid = self.engine.fork(parent)
        child = int(worker.answer(**self.engine.welcome())["metrics"]["loss"])
        self.addCleanup(end, child)
        worker.send(**CONTINUE)
        self.assertTrue(is_running(pid) and is_running(child))
        return parent, pid, child

    def test_when_the_connection_ends(self) -> None:
        parent, pid, child = self.endless()
        parent.close()
        self.assertEqual(self.process.wait(timeout=20), 0)
        until(lambda: not is_running(pid) and not is_running(child))

    def test_when_the_parent_is_asked_to_end(self) -> None:
        _, pid, child = self.endless()
        self.process.terminate()
        self.assertEqual(self.process.wait(timeout=20), 0)
        until(lambda: not is_running(pid) and not is_running(child))

    def test_workers_when_the_parent_is_killed(self) -> None:
        _, pid, _ = self.endless()
        self.process.kill()
        until(lambda: not is_running(pid))

    def test_an_interrupt_is_the_engines_affair(self) -> None:
        parent, pid, _ = self.endless()
        self.process.send_signal(signal.SIGINT)
        worker, _ = self.engine.fork(parent, "w2")
        worker.close()
        self.assertTrue(is_running(pid))

    def test_workers_that_wait_for_a_trial(self) -> None:
        parent = self.parent(ENDLESS)
        worker, pid = self.engine.fork(parent)
        worker.close()
        self.assertEqual(parent.expect(), {"type": "exited", "token": "w1", "pid": pid, "code": 0, "signal": None})


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
