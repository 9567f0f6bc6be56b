"""Runs an experiment: writes it to files, starts the engine on them, and makes results of what it answers."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
from typing import Any, Callable, Mapping

from .. import _engine
from .._engine import TrialistError
from ._config import RunConfig, TuneConfig
from ._names import not_yet, only
from ._progress import Progress
from ._results import ResultGrid
from ._space import Options, decode, grid_size, has_domains, size, space_json
from ._trial import Pickled, space_in

_OWN = "python"
_PICKLE = "trainable.pkl"
_EXPERIMENT = "experiment.json"
_SAMPLE = "_sample"
"""A parameter of the engine's that tells apart trials of one configuration."""


class Tuner:
    """Tunes a function or class.

    :param trainable: ``train(config)``, which calls ``tune.report(loss=…)`` or returns metrics, or a class with
        ``setup`` and ``step``. It runs in processes of its own, as do lambdas and what is defined in a script or
        notebook; the script itself does not run again.
    :param param_space: names to parameters, such as ``tune.uniform(0, 1)``, constants, and dicts of these.
    :param tune_config: how it is searched.
    :param run_config: where it lies, and what happens in it.
    """

    def __init__(
        self,
        trainable: Callable[..., Any],
        *,
        param_space: Mapping[str, Any] | None = None,
        tune_config: TuneConfig | None = None,
        run_config: RunConfig | None = None,
        **unknown: Any,
    ) -> None:
        only("Tuner()", unknown, ("param_space", "tune_config", "run_config"))
        if not callable(trainable):
            raise TypeError(f"Tuner() tunes a function or a class, and {trainable!r} is none")
        self._trainable = trainable
        self._space = dict(param_space or {})
        self._tune = tune_config or TuneConfig()
        self._run = run_config or RunConfig()
        self._restored: str | None = None

    @classmethod
    def restore(
        cls,
        path: str | os.PathLike[str],
        trainable: Callable[..., Any],
        *,
        param_space: Mapping[str, Any] | None = None,
        resume_errored: bool = False,
        restart_errored: bool = False,
    ) -> Tuner:
        """A tuner that goes on with an experiment that was interrupted.

        :param path: the experiment's folder: ``results.experiment_path``, or what was printed at the start.
        :param trainable: the function or class, which may be mended meanwhile.
        :param param_space: the search space, where its objects were moved and can't be loaded; else it is as it was.
        :raises TrialistError: where no experiment of Python's lies there.
        """
        instead = "Trials that failed are over. Give FailureConfig(max_failures=…) beforehand."
        given = {"resume_errored": resume_errored, "restart_errored": restart_errored}
        not_yet("Tuner.restore()", given, dict.fromkeys(given, instead))
        folder = os.path.abspath(os.path.expanduser(os.fspath(path)))
        file = os.path.join(folder, _OWN, _PICKLE)
        if not os.path.isfile(file):
            raise TrialistError(f"there is no experiment of Python's in {folder}: {file} is missing")
        tuner = cls(trainable, param_space=space_in(file) if param_space is None else param_space)
        tuner._restored = folder
        return tuner

    def fit(self) -> ResultGrid:
        """Runs the experiment until its trials are over, and answers its results.

        A trial that fails does not raise: it is in ``results.errors``. Ctrl-C stops the trials and keeps what there is.

        :raises TrialistError: where the engine refuses the experiment or is not there, with how to mend it.
        :raises KeyboardInterrupt: after Ctrl-C, once the experiment is saved.
        """
        experiment = self._again() if self._restored is not None else self._begun()
        folder = os.path.join(experiment["root"], experiment["name"])
        progress = Progress(experiment["metric"], experiment["mode"], experiment.get("trials"), self._run.verbose)
        env = {} if self._restored is None else {"TRIALIST_RESUME": experiment["name"]}
        try:
            message = _engine.run(["run", os.path.join(folder, _OWN, _EXPERIMENT)], progress, env)
        except KeyboardInterrupt:
            print(f"Go on with: {_restoring(folder, self._trainable)}.fit()", file=sys.stderr)
            raise
        finally:
            if not os.path.exists(os.path.join(folder, "log.db")):
                # The engine refused the experiment before it began.
                shutil.rmtree(os.path.join(folder, _OWN))
                _remove_empty(folder)
        results = ResultGrid(message, self._decoded, folder, experiment["metric"], experiment["mode"])
        progress.close(results.num_terminated + results.num_errors, results.errors)
        return results

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
        experiment["space"] = space_json(self._space)
        if replicate is not None:
            experiment["space"]["parameters"][_SAMPLE] = replicate
        self._write(self._restored, experiment)
        return experiment

    def _experiment(self) -> dict[str, Any]:
        """The experiment as JSON, but for the trainable."""
        name = self._run.name or f"{_name_of(self._trainable)}-{os.urandom(4).hex()}"
        root = os.path.abspath(self._run.storage_path)
        experiment = {"name": name, "root": root, **self._tune.json(), **self._run.json()}
        space = dict(self._space)
        samples = self._tune.num_samples
        if samples is not None:
            experiment["trials"] = samples * grid_size(space)
            # The engine tries no configuration twice, and here so many samples are asked for.
            replicates = math.ceil(experiment["trials"] / size(space))
            if replicates > 1:
                space[_SAMPLE] = Options("grid", list(range(replicates)))
        return {**experiment, "space": space_json(space)}

    def _write(self, folder: str, experiment: dict[str, Any]) -> None:
        """Writes function and experiment where only the user reads them: they may hold whatever the function holds."""
        own = os.path.join(folder, _OWN)
        content = _pickled(self._trainable, self._space)
        try:
            os.makedirs(own, mode=0o700, exist_ok=True)
            os.chmod(own, 0o700)
            _write(os.path.join(own, _PICKLE), content)
            target = f"pickle:{os.path.join(own, _PICKLE)}"
            options = experiment.get("trainable", {"reuse": self._tune.reuse_actors})
            experiment["trainable"] = {**options, "python": target, "interpreter": sys.executable}
            _write(os.path.join(own, _EXPERIMENT), json.dumps(experiment, indent=2).encode())
        except OSError as fault:
            remedy = "Name a folder: RunConfig(storage_path=…)"
            raise TrialistError(f"the experiment can't be written: {fault}. {remedy}") from fault

    def _decoded(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return {name: decode(value, config.get(name)) for name, value in self._space.items()}


def _pickled(trainable: Callable[..., Any], space: Mapping[str, Any]) -> bytes:
    import pickle

    try:
        import cloudpickle
    except ModuleNotFoundError:
        raise ImportError("a Tuner needs cloudpickle: pip install cloudpickle") from None
    try:
        content = cloudpickle.dumps((trainable, space))
    except Exception as fault:
        raise TypeError(
            f"{_name_of(trainable)} or its space can't be pickled: {fault}. What can't leave this process, such as an "
            "open file, a lock or a connection, must be made inside of the function."
        ) from fault
    path = [os.path.abspath(folder) for folder in sys.path]
    return pickle.dumps(Pickled(path, content))


def _write(path: str, content: bytes) -> None:
    """Writes a file that was there or not, as a whole or not at all."""
    with open(f"{path}.partial", "wb") as file:
        file.write(content)
    os.replace(f"{path}.partial", path)


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
