"""The class API."""

from __future__ import annotations

import logging
import os
import pickle
import shutil
import socket
import tempfile
import time
from datetime import datetime
from typing import Any, Mapping

from ... import _trial
from ..._checkpoint import Checkpoint

_DICT = "_dict_checkpoint.pkl"
_METADATA = ".trainable.json"
_log = logging.getLogger(__name__)


class Trainable:
    """What is tuned, as a class: subclass it and write :meth:`setup` and :meth:`step`.

    Each :meth:`step` is a report. ``done: True`` in it ends the trial; ``should_checkpoint: True`` asks for a checkpoint.
    """

    def __init__(self, config: Mapping[str, Any] | None = None, logger_creator: Any = None, storage: Any = None) -> None:
        self.config: dict[str, Any] = dict(config or {})
        self._iteration = 0
        self._since_restore = 0
        self._time_total = 0.0
        self._time_since_restore = 0.0
        self._timesteps_total: int | None = None
        self._last_result: dict[str, Any] = {}
        self._logdir: str | None = None
        started = time.monotonic()
        self.setup(dict(self.config))
        took = time.monotonic() - started
        if took > 10:
            _log.warning("setup() took %.0f s: reuse_actors=True sets up once for many trials", took)

    # What subclasses write

    def setup(self, config: dict[str, Any]) -> None:
        """Begins a trial."""

    def step(self) -> dict[str, Any]:
        """Trains a little, and answers metrics."""
        raise NotImplementedError(f"{type(self).__name__} needs step(), which answers metrics")

    def save_checkpoint(self, checkpoint_dir: str) -> str | dict[str, Any] | None:
        """Writes into a folder, and answers it or nothing; or answers a dict, which is pickled."""
        raise NotImplementedError(f"{type(self).__name__} needs save_checkpoint(checkpoint_dir)")

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Takes up what :meth:`save_checkpoint` wrote: the folder, or the dict."""
        raise NotImplementedError(f"{type(self).__name__} needs load_checkpoint(checkpoint)")

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Gets ready for another trial, in place of a new instance; answers whether it could."""
        return False

    def cleanup(self) -> None:
        """Ends the last trial of an instance."""

    def log_result(self, result: dict[str, Any]) -> None:
        """Is told of each report."""

    def _export_model(self, export_formats: list[str], export_dir: str) -> dict[str, str]:
        return {}

    @classmethod
    def default_resource_request(cls, config: dict[str, Any]) -> Any:
        """What a trial needs; None: one CPU."""
        return None

    @classmethod
    def resource_help(cls, config: Mapping[str, Any]) -> str:
        return ""

    # What drives it

    def train(self) -> dict[str, Any]:
        """One step; answers its metrics with those that come by themselves."""
        started = time.monotonic()
        result = self.step()
        if not isinstance(result, dict):
            raise TypeError(f"{type(self).__name__}.step() must answer a dict, and answered {result!r}")
        took = time.monotonic() - started
        result = dict(result)
        self._iteration += 1
        self._since_restore += 1
        self._time_total += took
        self._time_since_restore += took
        this = result.get("timesteps_this_iter")
        if this is not None:
            self._timesteps_total = (self._timesteps_total or 0) + this
        now = datetime.now()
        own = {
            "training_iteration": self._iteration,
            "iterations_since_restore": self._since_restore,
            "time_this_iter_s": took,
            "time_total_s": self._time_total,
            "time_since_restore": self._time_since_restore,
            "timesteps_total": result.get("timesteps_total", self._timesteps_total),
            "trial_id": self.trial_id,
            "date": now.strftime("%Y-%m-%d_%H-%M-%S"),
            "timestamp": int(now.timestamp()),
            "pid": os.getpid(),
            "hostname": socket.gethostname(),
            "config": self.config,
        }
        whole = {"done": False, **own, **{name: value for name, value in result.items() if value is not None}}
        self._last_result = whole
        self.log_result(whole)
        return whole

    def save(self, checkpoint_dir: str | None = None) -> Any:
        """Makes a checkpoint.

        :param checkpoint_dir: default: a new temporary folder.
        """
        folder = checkpoint_dir or tempfile.mkdtemp(prefix="checkpoint-")
        os.makedirs(folder, exist_ok=True)
        saved = self.save_checkpoint(folder)
        if isinstance(saved, dict):
            with open(os.path.join(folder, _DICT), "wb") as file:
                pickle.dump(saved, file)
        elif saved is not None and os.path.realpath(saved) != os.path.realpath(folder):
            raise ValueError(
                f"{type(self).__name__}.save_checkpoint() is to write into {folder} and answer that, a dict or None, and "
                f"answered {saved!r}"
            )
        state = (self._iteration, self._time_total, self._timesteps_total)
        with open(os.path.join(folder, _METADATA), "w", encoding="utf-8") as text:
            text.write(repr(state))
        return Checkpoint.from_directory(folder)

    def restore(self, checkpoint_path: Any) -> None:
        """Goes on from a checkpoint: a folder, or a ``Checkpoint``."""
        folder = checkpoint_path.path if isinstance(checkpoint_path, Checkpoint) else os.fspath(checkpoint_path)
        metadata = os.path.join(folder, _METADATA)
        if os.path.exists(metadata):
            import ast

            with open(metadata, encoding="utf-8") as text:
                self._iteration, self._time_total, self._timesteps_total = ast.literal_eval(text.read())
        self._since_restore = 0
        self._time_since_restore = 0.0
        pickled = os.path.join(folder, _DICT)
        if not os.path.exists(pickled):
            self.load_checkpoint(folder)
            return
        with open(pickled, "rb") as file:
            self.load_checkpoint(pickle.load(file))

    def reset(self, new_config: Mapping[str, Any], logger_creator: Any = None, storage: Any = None) -> bool:
        """Gets ready for another trial; answers whether it could."""
        if not self.reset_config(dict(new_config)):
            return False
        self.config = dict(new_config)
        self._iteration = self._since_restore = 0
        self._time_total = self._time_since_restore = 0.0
        self._timesteps_total = None
        self._last_result = {}
        return True

    def export_model(self, export_formats: str | list[str], export_dir: str | None = None) -> dict[str, str]:
        formats = [export_formats] if isinstance(export_formats, str) else list(export_formats)
        return self._export_model(formats, export_dir or self.logdir)

    def stop(self) -> None:
        """No further trial comes."""
        self.cleanup()
        if self._logdir is not None:
            shutil.rmtree(self._logdir, ignore_errors=True)

    # What it knows

    @property
    def iteration(self) -> int:
        return self._iteration

    @property
    def training_iteration(self) -> int:
        return self._iteration

    @property
    def trial_id(self) -> str:
        from .._context import get_context

        return get_context().get_trial_id() or "default"

    @property
    def trial_name(self) -> str:
        from .._context import get_context

        return get_context().get_trial_name() or "default"

    @property
    def trial_resources(self) -> Any:
        from .._context import get_context

        return get_context().get_trial_resources()

    @property
    def logdir(self) -> str:
        """The trial's own folder; outside of a trial a temporary one."""
        attempt = _trial.current()
        if attempt is not None and attempt.welcome["directory"] is not None:
            return str(attempt.welcome["directory"])
        if self._logdir is None:
            self._logdir = tempfile.mkdtemp(prefix="trial-")
        return self._logdir

    def get_config(self) -> dict[str, Any]:
        return self.config

    @property
    def iterations(self) -> int:
        return self._iteration

    @property
    def _timesteps(self) -> int | None:
        return self._timesteps_total

    def _implements_method(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(Trainable, name, None)
