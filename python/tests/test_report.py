"""``report`` and what goes with it, in functions and scripts that an engine runs, and by hand."""

from __future__ import annotations

import os
import signal
import tempfile
import unittest

from trialist import tune

from .engine import EngineTest, by_hand, suspended, until

CONTINUE = {"type": "continue"}
STOP = {"type": "stop"}


class ByHand(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def lines(self, code: str) -> list[str]:
        done = by_hand(self.folder, code)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def fault(self, code: str) -> str:
        done = by_hand(self.folder, "from trialist import *\n" + code)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(done.stdout, "")
        return done.stderr.splitlines()[-1]

    def test_a_misspelt_checkpoint_is_no_metric_in_ray_tunes_form(self) -> None:
        for given in ({"chekpoint": "model"}, {"ckpt": tune.Checkpoint("model")}):
            with self.assertRaisesRegex(TypeError, "Did you mean 'checkpoint'"):
                tune.report({"loss": 1}, **given)
        self.assertEqual(self.lines("from trialist import tune; tune.report(loss=1, phase='test', checkpoints=3)"), ["loss=1 checkpoints=3"])

    def test_reports_are_printed(self) -> None:
        os.mkdir(os.path.join(self.folder, "state"))
        code = """
            from trialist import report
            assert report(loss=0.25) is None
            report({"loss": 0.5}, accuracy=True, step=3, checkpoint="state")
            report({"step": 1, "loss": float("nan")})
        """
        expected = ["loss=0.25", "step=3 loss=0.5 accuracy=1 checkpoint=state", "step=1 loss=NaN"]
        self.assertEqual(self.lines(code), expected)

    def test_there_is_no_trial(self) -> None:
        code = """
            from trialist import get_checkpoint, get_context
            context = get_context()
            print(get_checkpoint(), context.trial, context.attempt, context.seed, context.directory, context.config)
            print(context.resources["gpus"], context.should_checkpoint)
        """
        self.assertEqual(self.lines(code), ["None None None None None {}", "[] False"])

    def test_metrics_that_are_no_numbers_are_refused_by_name(self) -> None:
        for metric, said in [
            ('"low"', "TypeError: report(): metric 'loss' must be a number, and is str: 'low'"),
            ("None", "TypeError: report(): metric 'loss' must be a number, and is NoneType: None"),
            ("[1.0]", "TypeError: report(): metric 'loss' must be a number, and is list: [1.0]"),
            ("2**53", "ValueError: report(): metric 'loss' is a whole number beyond 2**53 - 1: report float(…) of it"),
            ("1j", "TypeError: report(): metric 'loss' must be a number, and is complex: 1j"),
        ]:
            self.assertEqual(self.fault(f"report(accuracy=1, loss={metric})"), said)

    def test_wrong_calls_are_refused(self) -> None:
        for call, said in [
            ("report()", "TypeError: report() needs metrics: report(loss=0.25) or report({'loss': 0.25})"),
            ("report(0.5)", "TypeError: report() takes a mapping or names, report(loss=0.25), and not float"),
            ("report({1: 2})", "TypeError: report(): the name of a metric must be a text, and 1 is int: 1"),
            ("report(a=1, step='one')", "TypeError: report(): step must be a number, and is str: 'one'"),
            (
                "report(a=1, checkpoint=5)",
                "TypeError: report(): checkpoint must be the path of a folder or a Checkpoint, not int",
            ),
            ("report(a=1, checkpoint='x')", "NotADirectoryError: report(): checkpoint must be a folder, and 'x' is none"),
            ("Checkpoint.from_directory('x')", "NotADirectoryError: a checkpoint is a folder, and 'x' is none"),
        ]:
            self.assertEqual(self.fault(call), said)

    def test_scalars_of_other_libraries_are_numbers(self) -> None:
        code = """
            from decimal import Decimal
            from trialist import report

            class Scalar:
                def __init__(self, value, size=1):
                    self.value, self.size, self.shape = value, size, (size,)
                def item(self):
                    if self.size != 1: raise ValueError("only arrays of size 1")
                    return self.value

            report(loss=Scalar(0.5), count=Scalar(3), good=Scalar(True), exact=Decimal("0.25"))
            try:
                report(loss=Scalar(0.5, size=2))
            except TypeError as fault:
                print(fault)
        """
        self.assertEqual(
            self.lines(code),
            [
                "loss=0.5 count=3 good=1 exact=0.25",
                "report(): metric 'loss' must be a number, and is Scalar of shape (2,): "
                "report one number of it, such as its mean",
            ],
        )


class InATrial(EngineTest):
    def test_a_stop_passes_what_catches_exceptions_and_is_raised_again(self) -> None:
        peer = self.fresh(
            """
            import os
            from trialist import report, TrialStopped
            def train(config):
                for step in range(9):
                    try:
                        report(loss=step)
                    except Exception:
                        open("swallowed", "w")
                    except TrialStopped as stop:
                        open("stops", "a").write(str(stop.code))
                return 5.0
            """
        )
        self.assertEqual(peer.answer(**self.engine.welcome())["metrics"], {"loss": 0})
        self.assertEqual(peer.answer(**CONTINUE)["metrics"], {"loss": 1})
        # Nothing that comes later is reported, what was returned least of all.
        self.assertEqual(peer.answer(**STOP), {"type": "done", "attempt": "a"})
        self.assertEqual(self.engine.read("stops"), "0" * 8)
        self.assertFalse(os.path.exists(os.path.join(self.engine.folder, "swallowed")))

    def test_a_stop_runs_what_cleans_up(self) -> None:
        peer = self.fresh(
            """
            from trialist import report
            def train(config):
                try:
                    report(loss=1)
                finally:
                    open("cleaned", "w").write("up")
            """
        )
        peer.answer(**self.engine.welcome())
        self.assertEqual(peer.answer(type="pause")["type"], "done")
        self.assertEqual(self.engine.read("cleaned"), "up")

    def test_a_refused_report_is_an_error_and_so_are_later_ones(self) -> None:
        peer = self.fresh(
            """
            from trialist import report, ProtocolError
            def train(config):
                try:
                    report(loss=1)
                except ProtocolError as fault:
                    assert str(fault) == "too low"
                report(loss=2)
            """
        )
        peer.answer(**self.engine.welcome())
        error = peer.answer(type="error", code="report", message="too low")
        self.assertEqual((error["type"], error["message"]), ("error", "ProtocolError: too low"))

    def test_a_metric_that_is_no_number_is_not_sent(self) -> None:
        peer = self.fresh("from trialist import report\ndef train(config): report(loss=None)")
        error = peer.answer(**self.engine.welcome())
        self.assertEqual(error["message"], "TypeError: report(): metric 'loss' must be a number, and is NoneType: None")

    def test_a_report_that_a_signal_handler_interrupts_does_not_mix_up_answers(self) -> None:
        peer = self.fresh(
            """
            import os, signal
            from trialist import report, get_context
            class Late(Exception): pass
            def late(*_): raise Late()
            def train(config):
                signal.signal(signal.SIGUSR1, late)
                try:
                    report(loss=1)
                except Late:
                    open("late", "w")
                report(loss=2)
                assert get_context().should_checkpoint
                report(loss=3)
            """
        )
        self.assertEqual(peer.answer(**self.engine.welcome())["metrics"], {"loss": 1})
        self.process.send_signal(signal.SIGUSR1)
        until(lambda: os.path.exists(os.path.join(self.engine.folder, "late")))
        self.assertEqual(peer.answer(**CONTINUE)["metrics"], {"loss": 2})
        self.assertEqual(peer.answer(type="continue", save=True)["metrics"], {"loss": 3})

    def test_threads_report_one_after_another(self) -> None:
        peer = self.fresh(
            """
            import threading
            from trialist import report
            def train(config):
                threads = [threading.Thread(target=lambda: [report(loss=1) for _ in range(50)]) for _ in range(4)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
            """
        )
        message = peer.answer(**self.engine.welcome())
        for _ in range(200):
            self.assertEqual(message["type"], "report")
            message = peer.answer(**CONTINUE)
        self.assertEqual(message["type"], "done")

    def test_a_worker_ends_itself_where_its_engine_is_gone(self) -> None:
        peer = self.fresh("from trialist import report\ndef train(config):\n    while True: report(loss=1)")
        peer.answer(**self.engine.welcome())
        peer.close()
        _, notes = self.process.communicate(timeout=20)
        self.assertEqual(self.process.returncode, 1)
        self.assertIn("the engine is gone", notes)

    def test_the_context(self) -> None:
        peer = self.fresh(
            """
            from trialist import get_context
            context = get_context()
            def train(config):
                context = get_context()
                assert context.config is config
                print(context.trial, context.attempt, context.seed, context.resources, context.directory)
            """
        )
        gpus = {"cpus": 2, "memory": 1024, "gpus": ["GPU-1"]}
        fields = {"trial": 5, "number": 2, "seed": 99, "resources": gpus, "directory": "/somewhere"}
        peer.answer(**self.engine.welcome(**fields))
        self.assertEqual(self.process.communicate(timeout=20)[0], f"5 2 99 {gpus} /somewhere\n")


class InAScript(EngineTest):
    def test_connects_at_first_use_and_its_exit_code_stands(self) -> None:
        code = "from trialist import report\nprint('before')\nreport(loss=0.5)\nraise SystemExit(3)"
        self.engine.write("train.py", code)
        process = self.engine.python("train.py", token="mine")
        peer = self.engine.accept()
        self.assertEqual(peer.expect()["token"], "mine")
        self.assertEqual(peer.answer(**self.engine.welcome())["metrics"], {"loss": 0.5})
        peer.send(**CONTINUE)
        self.assertIsNone(peer.read())
        # Reports are not printed as well, where the engine would read them a second time.
        self.assertEqual(process.communicate(timeout=20), ("before\n", ""))
        self.assertEqual(process.returncode, 3)

    def test_a_stop_ends_it_quietly(self) -> None:
        self.engine.write("train.py", "from trialist import report\nreport(loss=1)\nprint('further')")
        process = self.engine.python("train.py")
        peer = self.engine.accept()
        peer.expect()
        peer.answer(**self.engine.welcome())
        peer.send(**STOP)
        self.assertEqual(process.communicate(timeout=20), ("", ""))
        self.assertEqual(process.returncode, 0)

    def test_one_that_never_speaks_needs_no_engine(self) -> None:
        self.engine.write("train.py", "import trialist\nprint('loss=1')")
        process = self.engine.python("train.py")
        self.assertEqual(process.communicate(timeout=20), ("loss=1\n", ""))

    def test_its_children_do_not_speak_for_it(self) -> None:
        self.engine.write(
            "train.py",
            """
            import os, subprocess, sys
            from trialist import get_context, report
            report(loss=1)
            assert "TRIALIST_TOKEN" not in os.environ
            subprocess.run([sys.executable, "-c", "from trialist import report; report(loss=2)"], check=True)
            if os.fork() == 0:
                report(loss=3)
                assert get_context().trial == 0
                os._exit(0)
            os.wait()
            report(loss=4)
            """,
        )
        process = self.engine.python("train.py")
        peer = self.engine.accept()
        peer.expect()
        self.assertEqual(peer.answer(**self.engine.welcome())["metrics"], {"loss": 1})
        self.assertEqual(peer.answer(**CONTINUE)["metrics"], {"loss": 4})
        peer.send(**CONTINUE)
        output, notes = process.communicate(timeout=20)
        self.assertEqual((output, process.returncode), ("", 0))
        self.assertEqual(notes.count("report() has no effect in processes that a trial started"), 2)

    def test_of_the_ranks_of_a_training_the_first_speaks(self) -> None:
        self.engine.write(
            "train.py",
            """
            import os
            from trialist import get_context, report
            report(loss=1)
            print(os.environ["RANK"], get_context().trial, get_context().config)
            """,
        )
        config = self.engine.write("config.json", '{"x": 1.5}')
        env = {"WORLD_SIZE": "2", "TRIALIST_TRIAL": "0", "TRIALIST_CONFIG": config}
        second = self.engine.python("train.py", RANK="1", **env)
        self.assertEqual(second.communicate(timeout=20), ("1 0 {'x': 1.5}\n", ""))
        first = self.engine.python("train.py", RANK="0", **env)
        peer = self.engine.accept()
        peer.expect()
        peer.answer(**self.engine.welcome())
        peer.send(**CONTINUE)
        self.assertEqual(first.communicate(timeout=20), ("0 0 {'x': 1.5}\n", ""))

    def test_a_refused_connection_says_why(self) -> None:
        self.engine.write("train.py", "from trialist import report\nreport(loss=1)")
        process = self.engine.python("train.py")
        peer = self.engine.accept()
        peer.expect()
        peer.send(type="error", code="version", message="upgrade something")
        peer.close()
        notes = process.communicate(timeout=20)[1]
        self.assertEqual(notes.splitlines()[-1], "trialist._client.ProtocolError: upgrade something")

    def test_a_newer_version_in_the_welcome_says_what_to_upgrade(self) -> None:
        self.engine.write("train.py", "from trialist import report\nreport(loss=1)")
        process = self.engine.python("train.py")
        peer = self.engine.accept()
        peer.expect()
        peer.send(**self.engine.welcome(protocol=2))
        self.assertIn("pip install --upgrade trialist", process.communicate(timeout=20)[1])


class OverTcp(InAScript):
    tcp = True


class AStoppedEngine(EngineTest):
    def test_a_report_waits_for_it(self) -> None:
        peer = self.fresh("from trialist import report\ndef train(config):\n    report(loss=1)\n    open('on', 'w')")
        peer.answer(**self.engine.welcome())
        with suspended(self.process.pid):
            peer.send(**CONTINUE)
        until(lambda: os.path.exists(os.path.join(self.engine.folder, "on")))
