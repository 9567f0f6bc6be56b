"""Runs an experiment: writes it to files, starts the engine on them, and makes results of what it answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from typing import Any, Callable, Mapping

from .. import _engine
from .._engine import TrialistError
from ._captures import source_hash, unpicklable
from ._config import CheckpointConfig, ResumeConfig, RunConfig, TuneConfig
from ._machine import concurrency
from ._names import not_yet, only
from ._plan import _SAMPLE, Plan
from ._plugins import Plugins
from ._progress import Progress
from ._results import ResultGrid
from ._trial import Pickled, payload_in
from .execution.placement_groups import resources_of
from .schedulers import ResourceChangingScheduler
from .schedulers._replay import write_policies
from .trainable import Trainable
from .trainable.util import WithParameters

_OWN = "python"
_PICKLE = "trainable.pkl"
_EXPERIMENT = "experiment.json"
_LARGE = 95 * 1024 * 1024
_FAILED = {ResumeConfig.SKIP: "leave", ResumeConfig.RESUME: "resume", ResumeConfig.RESTART: "restart"}
_UNFINISHED = {ResumeConfig.SKIP: "stop", ResumeConfig.RESUME: "resume"}


class Tuner:
    """Tunes a function or class.

    :param trainable: ``train(config)``, which calls ``tune.report(loss=…)``, returns metrics or yields them, a ``tune.Trainable``,
        a class with ``setup`` and ``step``, or the name of one that was registered. It runs in processes of its own, as do
        lambdas and what is defined in a script or notebook; the script itself does not run again.
    :param param_space: names to parameters, such as ``tune.uniform(0, 1)``, constants, and dicts of these.
    :param tune_config: how it is searched.
    :param run_config: where it lies, and what happens in it.
    """

    def __init__(
        self,
        trainable: Any,
        *,
        param_space: Mapping[str, Any] | None = None,
        tune_config: TuneConfig | None = None,
        run_config: RunConfig | None = None,
        **unknown: Any,
    ) -> None:
        from .registry import known_trainable

        only("Tuner()", unknown, ("param_space", "tune_config", "run_config"))
        trainable = known_trainable(trainable)
        if not callable(trainable):
            raise TypeError(f"Tuner() tunes a function or a class, and {trainable!r} is none")
        if isinstance(trainable, type) and not callable(getattr(trainable, "step", None)):
            raise TypeError(f"Tuner() tunes classes with step(), which answers metrics, and {trainable.__name__} has none")
        if not isinstance(param_space, (Mapping, type(None))):
            raise TypeError(f"Tuner(): param_space must be a dict of parameters, and is {param_space!r}")
        self._trainable = trainable
        self._space = dict(param_space or {})
        self._tune = tune_config or TuneConfig()
        self._run = run_config or RunConfig()
        self._restored: str | None = None
        self._asked = {"TRIALIST_FAILED": "leave", "TRIALIST_UNFINISHED": "resume"}
        """What becomes of the trials that failed, and of those that are not over, in the engine's words."""
        _check_checkpoints(trainable, self._run.checkpoint_config)
        self._plan = Plan(self._space, self._tune, self._run)
        self._payload: Any = self._plan.payload

    @classmethod
    def restore(
        cls,
        path: str | os.PathLike[str],
        trainable: Any,
        resume_unfinished: bool = True,
        resume_errored: bool = False,
        restart_errored: bool = False,
        param_space: Mapping[str, Any] | None = None,
        storage_filesystem: Any = None,
        _resume_config: ResumeConfig | None = None,
    ) -> Tuner:
        """A tuner that goes on with an experiment that was interrupted.

        :param path: the experiment's folder: ``results.experiment_path``, or what was printed at the start.
        :param trainable: the function or class, which may be mended meanwhile; its name is as it was.
        :param resume_unfinished: goes on with the trials that are not over; else they are stopped with what they have. New ones come in
            either case, up to ``num_samples``.
        :param resume_errored: tries the trials that failed again, from their newest checkpoints.
        :param restart_errored: tries them again, from nothing.
        :param param_space: the search space, where its objects were moved and can't be loaded; else it is as it was.
        :raises TrialistError: where no experiment of Python's lies there.
        :raises ValueError: for a trainable of another name, and a space with other parameters.
        """
        not_yet("Tuner.restore()", {"storage_filesystem": storage_filesystem}, {"storage_filesystem": "Name a local folder."})
        if resume_errored and restart_errored:
            raise ValueError("Tuner.restore(): resume_errored and restart_errored exclude each other")
        resume = _resume_config or ResumeConfig(
            unfinished=ResumeConfig.RESUME if resume_unfinished else ResumeConfig.SKIP,
            errored=ResumeConfig.RESUME if resume_errored else ResumeConfig.RESTART if restart_errored else ResumeConfig.SKIP,
        )
        folder = os.path.abspath(os.path.expanduser(os.fspath(path)))
        file = os.path.join(folder, _OWN, _PICKLE)
        if not os.path.isfile(file):
            raise TrialistError(f"there is no experiment of Python's in {folder}: {file} is missing")
        space, tune_config, run_config, name = _settings_in(folder)
        if param_space is not None:
            if space is not None and set(param_space) != set(space):
                missing = sorted(set(space) ^ set(param_space))
                raise ValueError(f"Tuner.restore(): param_space has other parameters than before: {', '.join(missing)}")
            space = param_space
        if space is None:
            space = payload_in(file).space
        tuner = cls(trainable, param_space=space, tune_config=tune_config, run_config=run_config)
        if name is not None and name != _name_of(tuner._trainable):
            raise ValueError(
                f"Tuner.restore(): the experiment tunes {name!r}, and {_name_of(tuner._trainable)!r} is another trainable"
            )
        tuner._restored = folder
        tuner._asked = {"TRIALIST_FAILED": _FAILED[resume.errored], "TRIALIST_UNFINISHED": _UNFINISHED[resume.unfinished]}
        return tuner

    @classmethod
    def can_restore(cls, path: str | os.PathLike[str], storage_filesystem: Any = None) -> bool:
        """Whether an experiment of Python's lies there."""
        return os.path.isfile(os.path.join(os.path.expanduser(os.fspath(path)), _OWN, _PICKLE))

    def get_results(self) -> ResultGrid:
        """The results of an experiment that was restored or run, without running it.

        :raises RuntimeError: where it was neither.
        """
        if self._restored is None:
            raise RuntimeError("get_results() needs fit() first, or a tuner of Tuner.restore()")
        return ResultGrid.of_folder(self._restored, self._payload.decode)

    def fit(self) -> ResultGrid:
        """Runs the experiment until its trials are over, and answers its results.

        A trial that fails does not raise: it is in ``results.errors``. Ctrl-C stops the trials and keeps what there is.

        :raises TrialistError: where the engine refuses the experiment or is not there, with how to mend it.
        :raises KeyboardInterrupt: after Ctrl-C, once the experiment is saved.
        """
        experiment = self._again() if self._restored is not None else self._begun()
        folder = os.path.join(experiment["root"], experiment["name"])
        self._plan.begin()
        plugins = self._plugins(folder)
        progress = Progress(experiment["metric"], experiment.get("mode", "min"), experiment.get("trials"), self._run.verbose)
        # A searcher of another library is one of this Python's.
        python = os.environ.get("TRIALIST_PYTHON", sys.executable)
        env = {"TRIALIST_TRAINABLE": _name_of(self._trainable), "TRIALIST_PYTHON": python}
        if self._restored is not None:
            env.update(TRIALIST_RESUME=experiment["name"], **self._asked)
        try:
            message = _engine.run(["run", os.path.join(folder, _OWN, _EXPERIMENT)], progress, env, plugins)
        except KeyboardInterrupt:
            print(f"Go on with: {_restoring(folder, self._trainable)}.fit()", file=sys.stderr)
            raise
        finally:
            if not os.path.exists(os.path.join(folder, "log.db")):
                # The engine refused the experiment before it began.
                shutil.rmtree(os.path.join(folder, _OWN))
                _remove_empty(folder)
        if plugins is not None:
            plugins.end()
        results = ResultGrid(message, self._payload.decode, folder, self._tune.objectives())
        scores = [trial["score"] for trial in message["trials"] if trial["number"] == message["best"]]
        # What is not finite comes as a text.
        best = next((score for score in scores if isinstance(score, (int, float))), None)
        progress.close(results.num_terminated + results.num_errors, results.errors, best)
        if getattr(self._tune.scheduler, "logs", False):
            write_policies(folder, results)
        if isinstance(self._run.log_to_file, str):
            _link_outputs(self._run.log_to_file, results)
        self._restored = folder
        if self._run.failure_config.fail_fast == "raise" and results.errors:
            raise results.errors[0]
        return results

    def _plugins(self, folder: str) -> Plugins | None:
        if not self._plan.needs_client:
            return None
        callbacks = [callback for callback in self._run.callbacks if callback.json() is None]
        if self._run.progress_reporter is not None:
            from .progress_reporter import Reporting

            callbacks.append(Reporting(self._run.progress_reporter, self._tune))
        plugins = Plugins(
            self._payload,
            folder,
            _name_of(self._trainable),
            searcher=self._plan.searcher,
            judge=self._plan.judge,
            explore=self._plan.explore,
            info=self._plan.info,
            callbacks=callbacks,
            fail_fast=bool(self._run.failure_config.fail_fast),
            names=(self._tune.trial_name_creator, self._tune.trial_dirname_creator),
            known=len(self._plan.known),
        )
        plugins.begin(self._run.stop, self._tune.num_samples or -1, None)
        return plugins

    def _begun(self) -> dict[str, Any]:
        """Writes a new experiment."""
        experiment = self._experiment()
        folder = os.path.join(experiment["root"], experiment["name"])
        if os.path.exists(os.path.join(folder, "log.db")):
            raise TrialistError(
                f"there is an experiment {experiment['name']} already, in {folder}. Choose another name, or go on with "
                f"it: {_restoring(folder, self._trainable)}"
            )
        self._write(folder, experiment)
        return experiment

    def _again(self) -> dict[str, Any]:
        """Writes the experiment that is to go on as it was, with the present function, where it lies now."""
        assert self._restored is not None
        root, name = os.path.split(self._restored)
        with open(os.path.join(self._restored, _OWN, _EXPERIMENT), encoding="utf-8") as file:
            experiment = json.load(file)
        experiment.update(name=name, root=root)
        # A replicate is part of the recorded space, whatever the present one says.
        replicate = experiment["space"]["parameters"].get(_SAMPLE)
        experiment["space"] = self._payload.json({})
        if replicate is not None:
            experiment["space"]["parameters"][_SAMPLE] = replicate
        self._write(self._restored, experiment)
        return experiment

    def _experiment(self) -> dict[str, Any]:
        """The experiment as JSON, but for the trainable."""
        name = self._run.name or f"{_name_of(self._trainable)}-{os.urandom(4).hex()}"
        root = os.path.abspath(self._run.storage_path)
        resources = resources_of(_resources(self._trainable, self._space), self._space)
        if isinstance(self._tune.scheduler, ResourceChangingScheduler):
            self._tune.scheduler.asked(resources)
        experiment = {"name": name, "root": root, **self._tune.json(), **self._run.json(), **self._plan.json()}
        return {**concurrency(resources or {}), **experiment, **({"resources": resources} if resources else {})}

    def _write(self, folder: str, experiment: dict[str, Any]) -> None:
        """Writes function and experiment where only the user reads them: they may hold whatever the function holds."""
        own = os.path.join(folder, _OWN)
        checkpoints = self._run.checkpoint_config
        at_end = True if checkpoints.checkpoint_at_end is None else checkpoints.checkpoint_at_end
        steps = {"frequency": checkpoints.checkpoint_frequency, "at_end": at_end, "stop": self._run.stop}
        content = _pickled(self._trainable, self._payload, steps, self._tune.chdir_to_trial_dir)
        try:
            os.makedirs(own, mode=0o700, exist_ok=True)
            os.chmod(own, 0o700)
            _write(os.path.join(own, _PICKLE), content)
            _write_settings(own, self._space, self._tune, self._run, _name_of(self._trainable))
            target = f"pickle:{os.path.join(own, _PICKLE)}"
            options = experiment.get("trainable", {"reuse": self._tune.reuse_actors})
            source = {"sourceHash": source_hash(self._trainable)}
            experiment["trainable"] = {**options, "python": target, "interpreter": sys.executable, **source}
            _write(os.path.join(own, _EXPERIMENT), json.dumps(experiment, indent=2).encode())
        except OSError as fault:
            remedy = "Name a folder: RunConfig(storage_path=…)"
            raise TrialistError(f"the experiment can't be written: {fault}. {remedy}") from fault


def _check_checkpoints(trainable: Any, config: CheckpointConfig) -> None:
    """
    :raises ValueError: where a function is to make checkpoints by itself, or a class that can't save.
    """
    is_class = isinstance(trainable, type)
    for name in ("checkpoint_frequency", "checkpoint_at_end"):
        if getattr(config, name) and not is_class:
            raise ValueError(
                f"CheckpointConfig(): {name} is for classes. A function says itself when it saves: "
                "tune.report(…, checkpoint=…)"
            )
        own = Trainable.save_checkpoint if is_class and issubclass(trainable, Trainable) else None
        if getattr(config, name) and own is not None and trainable.save_checkpoint is own:
            raise ValueError(f"CheckpointConfig(): {name} needs {trainable.__name__}.save_checkpoint(), which is not there")


def _resources(trainable: Any, space: Mapping[str, Any]) -> Any:
    given = getattr(trainable, "_trialist_resources", None)
    if given is None and isinstance(trainable, type) and issubclass(trainable, Trainable):
        return trainable.default_resource_request(dict(space))
    return given


def _settings_in(folder: str) -> tuple[Any, TuneConfig, RunConfig, str | None]:
    """What the tuner was told, where it could be kept."""
    import pickle

    try:
        with open(os.path.join(folder, _OWN, _SETTINGS), "rb") as file:
            settings: tuple[Any, TuneConfig, RunConfig, str | None] = pickle.load(file)
            return settings
    except FileNotFoundError:
        return None, TuneConfig(), RunConfig(), None
    except Exception as fault:
        raise TrialistError(
            f"the settings of the experiment can't be loaded: {fault}. Pass param_space, with its objects, and see to it that "
            "the modules of searcher, scheduler and callbacks can be imported."
        ) from fault


_SETTINGS = "settings.pkl"


def _write_settings(own: str, space: Mapping[str, Any], tune: TuneConfig, run: RunConfig, name: str) -> None:
    import cloudpickle

    path = os.path.join(own, _SETTINGS)
    if os.path.exists(path):
        return
    try:
        _write(path, cloudpickle.dumps((dict(space), tune, run, name)))
    except Exception as fault:
        raise TypeError(
            f"searcher, scheduler, stoppers or callbacks can't be pickled: {fault}. What can't be, such as an open file, is to "
            "be made in setup()."
        ) from fault


def _pickled(trainable: Callable[..., Any], payload: Any, steps: Mapping[str, Any], enters: bool) -> bytes:
    import pickle

    try:
        import cloudpickle
    except ModuleNotFoundError:
        raise ImportError("a Tuner needs cloudpickle: pip install cloudpickle") from None
    module = sys.modules.get(getattr(trainable, "__module__", None) or "")
    if module is not None and module.__name__ != "__main__" and getattr(module, "__spec__", None) is None:
        # That of a script which another program runs: no worker finds it by its name.
        cloudpickle.register_pickle_by_value(module)
    try:
        content = cloudpickle.dumps((trainable, payload, dict(steps)))
    except Exception as fault:
        raise TypeError(
            f"{_name_of(trainable)} or its space can't be pickled: {unpicklable(trainable, payload.space, fault)}. What can't leave this "
            "process, such as an open file, a lock or a connection, must be made inside of the function."
        ) from fault
    if len(content) > _LARGE and not isinstance(trainable, WithParameters):
        from ._captures import largest

        print(f"trialist: {_name_of(trainable)} takes {len(content) >> 20} MiB with it: {largest(trainable)}", file=sys.stderr)
    path = [os.path.abspath(folder) for folder in sys.path]
    return pickle.dumps(Pickled(path, content, enters))


def _write(path: str, content: bytes) -> None:
    """Writes a file that was there or not, as a whole or not at all."""
    with open(f"{path}.partial", "wb") as file:
        file.write(content)
    os.replace(f"{path}.partial", path)


def _link_outputs(name: str, results: ResultGrid) -> None:
    """Makes the names under which scripts look for what trials printed."""
    for result in results:
        link = os.path.join(result.path, name)
        if os.path.isdir(result.path) and not os.path.lexists(link):
            os.symlink("output.log", link)


def _remove_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        # Somebody's files are in it.
        pass


def _restoring(folder: str, trainable: Any) -> str:
    """The call that goes on with an experiment."""
    return f"Tuner.restore({folder!r}, {_name_of(trainable)})"


def _name_of(trainable: Any) -> str:
    name = getattr(trainable, "__name__", type(trainable).__name__)
    return re.sub(r"[^A-Za-z0-9_]+", "", name)[:80] or "function"
