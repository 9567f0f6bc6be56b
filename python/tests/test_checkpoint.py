"""Checkpoints: there as a whole or not at all."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import tempfile
import unittest

from trialist import Checkpoint

from .engine import EngineTest, until

CONTINUE = {"type": "continue"}


class Handles(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = os.path.join(folder.name, "source")
        os.makedirs(os.path.join(self.source, "deep"))
        with open(os.path.join(self.source, "deep", "state"), "w", encoding="utf-8") as file:
            file.write("9")

    def test_of_a_folder(self) -> None:
        checkpoint = Checkpoint.from_directory(self.source)
        self.assertEqual((checkpoint.path, checkpoint.id, checkpoint.step), (self.source, None, None))
        with checkpoint.as_directory() as folder:
            self.assertEqual(os.listdir(folder), ["deep"])

    def test_are_copied(self) -> None:
        checkpoint = Checkpoint.from_directory(self.source)
        named = checkpoint.to_directory(os.path.join(self.source, "..", "copy"))
        self.assertEqual(checkpoint.to_directory(named), named)
        fresh = checkpoint.to_directory()
        self.addCleanup(lambda: shutil.rmtree(fresh))
        for folder in (named, fresh):
            with open(os.path.join(folder, "deep", "state"), encoding="utf-8") as file:
                self.assertEqual(file.read(), "9")

    def test_carry_metadata(self) -> None:
        checkpoint = Checkpoint.from_directory(self.source)
        self.assertEqual(checkpoint.get_metadata(), {})
        checkpoint.set_metadata({"classes": ["a", "b"]})
        checkpoint.update_metadata({"size": 3})
        copied = Checkpoint.from_directory(checkpoint.to_directory(os.path.join(self.source, "..", "copy")))
        self.assertEqual(copied.get_metadata(), {"classes": ["a", "b"], "size": 3})
        with self.assertRaises(TypeError):
            checkpoint.set_metadata({"object": object()})
        self.assertEqual(checkpoint.get_metadata(), {"classes": ["a", "b"], "size": 3})


class Written(EngineTest):
    def store(self, *names: str) -> str:
        return os.path.join(self.engine.folder, "checkpoints", *names)

    def test_as_a_copy_that_the_next_attempt_finds(self) -> None:
        code = """
            import os
            from trialist import Checkpoint, get_checkpoint, report
            def train(config):
                earlier = get_checkpoint()
                if earlier is not None:
                    return {"loss": float(open(earlier.path + "/deep/state").read()), "at": earlier.step}
                os.makedirs("own/deep")
                open("own/run.sh", "w").write("true")
                os.chmod("own/run.sh", 0o755)
                for step in (1, 2):
                    open("own/deep/state", "w").write(str(step / 4))
                    report(loss=1, step=step, checkpoint="own" if step == 1 else Checkpoint.from_directory("own"))
                open("own/deep/state", "w").write("changed")
            """
        peer = self.fresh(code)
        self.assertEqual(peer.answer(**self.engine.welcome(trial=12, number=3))["checkpoint"], "12-3-1")
        self.assertEqual(peer.answer(**CONTINUE)["checkpoint"], "12-3-2")
        peer.answer(**CONTINUE)
        self.assertEqual(sorted(os.listdir(self.store())), ["12-3-1", "12-3-2"])
        self.assertEqual(stat.S_IMODE(os.stat(self.store("12-3-2", "run.sh")).st_mode), 0o755)
        again = self.fresh(code)
        done = again.answer(**self.engine.welcome(trial=12, number=4, checkpoint={"id": "12-3-2", "step": 2}))
        self.assertEqual(done["metrics"], {"loss": 0.5, "at": 2})

    def test_a_kill_while_it_is_written_leaves_only_what_is_marked_as_partial(self) -> None:
        peer = self.fresh(
            """
            import os
            from trialist import report
            def train(config):
                os.mkdir("own")
                open("own/a", "w").write("a")
                # Blocks the copy after the first file, until somebody writes to it.
                os.mkfifo("own/pipe")
                import shutil
                copy = shutil.copy
                shutil.copy = lambda source, to: copy(source, to) if source[-1] == "a" else open(source).read()
                report(loss=1, checkpoint="own")
            """
        )
        peer.send(**self.engine.welcome())
        until(lambda: os.path.exists(self.store(".partial-0-1-1", "a")))
        self.process.kill()
        self.assertIsNone(peer.read())
        self.assertEqual(os.listdir(self.store()), [".partial-0-1-1"])

    def test_one_that_can_not_be_copied_leaves_nothing(self) -> None:
        peer = self.fresh(
            """
            import os
            from trialist import report
            def train(config):
                os.makedirs("own/deep")
                os.symlink("deep", "own/link")
                report(loss=1, checkpoint="own")
            """
        )
        error = peer.answer(**self.engine.welcome())
        self.assertRegex(error["message"], "ValueError: .*a link to a directory, which is refused: .*own/link")
        self.assertEqual(os.listdir(self.store()), [])

    def test_where_space_is_missing_the_report_waits_for_it(self) -> None:
        peer = self.fresh(
            """
            import os, resource
            from trialist import report
            def train(config):
                os.mkdir("own")
                open("own/large", "wb").write(bytes(100_000))
                resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
                report(loss=1, checkpoint="own")
            """
        )
        peer.send(**self.engine.welcome())
        warning = peer.expect()
        self.assertEqual([warning["type"], warning["attempt"]], ["warning", "a"])
        self.assertIn("the trial waits and goes on as soon as there is space", warning["message"])
        self.assertEqual(os.listdir(self.store()), [])
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, unlimited)
        self.assertEqual(peer.expect()["checkpoint"], "0-1-1")
        self.assertEqual(os.path.getsize(self.store("0-1-1", "large")), 100_000)

    def test_without_a_place_for_them(self) -> None:
        peer = self.fresh("from trialist import report\ndef train(config): report(loss=1, checkpoint='.')")
        error = peer.answer(**self.engine.welcome(checkpoints=None))
        self.assertIn("there is no place for checkpoints", error["message"])


class Classes(EngineTest):
    CODE = """
        import os
        from trialist import get_context
        class train:
            checkpoint_every = 2
            def setup(self, config):
                self.steps, self.config, self.log = 0, config, open("log", "a", buffering=1)
                self.log.write("setup ")
            def step(self):
                if self.steps == self.config["steps"]: return None
                self.steps += 1
                return {"loss": 1 / self.steps} if self.steps != 3 else 9.0
            def save(self, directory):
                assert os.listdir(directory) == []
                open(directory + "/steps", "w").write(str(self.steps))
            def load(self, directory):
                self.steps = int(open(directory + "/steps").read())
                self.log.write("load ")
            def reset(self, config):
                self.steps, self.config = 0, config
                self.log.write("reset ")
                return config["steps"] < 5
            def cleanup(self):
                self.log.write("cleanup ")
    """

    def run_trial(self, peer: object, **fields: object) -> list[tuple[object, object]]:
        message = peer.answer(**self.engine.welcome(**fields))
        seen = []
        while message["type"] == "report":
            seen.append((message["metrics"]["loss"], message.get("checkpoint")))
            message = peer.answer(**({"type": "continue", "save": True} if len(seen) == 4 else CONTINUE))
        self.assertEqual(message["type"], "done", message)
        return seen

    def test_report_each_step_and_save_when_due_or_asked(self) -> None:
        peer = self.fresh(self.CODE)
        seen = self.run_trial(peer, config={"steps": 5})
        self.assertEqual(seen, [(1, None), (0.5, "0-1-1"), (9.0, None), (0.25, "0-1-2"), (0.2, "0-1-3")])
        self.assertEqual(self.engine.read("log"), "setup cleanup ")

    def test_go_on_from_a_checkpoint(self) -> None:
        self.run_trial(self.fresh(self.CODE), config={"steps": 4})
        peer = self.fresh(self.CODE)
        seen = self.run_trial(peer, config={"steps": 5}, number=2, checkpoint={"id": "0-1-2", "step": 4})
        self.assertEqual(seen, [(0.2, None)])
        self.assertEqual(self.engine.read("log"), "setup cleanup setup load cleanup ")

    def test_are_reset_where_processes_are_reused(self) -> None:
        peer = self.fresh(self.CODE, "--reuse")
        for steps in (1, 3, 6):
            self.assertEqual(len(self.run_trial(peer, trial=steps, config={"steps": steps})), steps)
        peer.close()
        self.process.wait(timeout=20)
        # The third configuration is one that the instance can't be reset to.
        self.assertEqual(self.engine.read("log"), "setup reset reset cleanup setup cleanup ")

    def test_are_cleaned_up_after_an_error_and_a_stop(self) -> None:
        peer = self.fresh("class train:\n def step(self): 1 / 0\n def cleanup(self): open('log', 'w').write('up')")
        self.assertEqual(peer.answer(**self.engine.welcome())["message"], "ZeroDivisionError: division by zero")
        self.assertEqual(self.engine.read("log"), "up")
        peer = self.fresh("class train:\n def step(self): return 1\n def cleanup(self): open('log', 'w').write('stop')")
        self.assertEqual(peer.answer(**self.engine.welcome())["metrics"], {"loss": 1})
        self.assertEqual(peer.answer(type="stop"), {"type": "done", "attempt": "a"})
        self.assertEqual(self.engine.read("log"), "stop")

    def test_a_wrong_interval_is_refused(self) -> None:
        peer = self.fresh("class train:\n checkpoint_every = 0\n def step(self): return 1")
        self.assertIn("checkpoint_every must be a whole number from 1", peer.answer(**self.engine.welcome())["message"])
