"""A trial as searchers, schedulers, stoppers and callbacks of the user's see it."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Mapping

from ..._checkpoint import Checkpoint


class Trial:
    """One trial. What it says is what the log says; changing it changes nothing."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    TERMINATED = "TERMINATED"
    ERROR = "ERROR"

    def __init__(self, number: int, config: dict[str, Any], chosen: Mapping[str, Any], name: str, folder: str) -> None:
        self.number = number
        self.trial_id = id_of(os.path.basename(folder), number)
        self.trainable_name = name
        self.config = config
        self.evaluated_params = dict(chosen)
        """What was chosen, by path, such as ``model/lr``."""
        self.experiment_tag = tag_of(number, chosen)
        self.status = self.PENDING
        self.last_result: dict[str, Any] = {}
        self.checkpoint: Checkpoint | None = None
        self.num_failures = 0
        self.custom_trial_name: str | None = None
        self.custom_dirname: str | None = None
        self.error: str | None = None
        self.local_experiment_path = folder
        self.path = os.path.join(folder, "trials", str(number))

    @property
    def local_path(self) -> str:
        """The trial's own folder."""
        return self.path

    @property
    def logdir(self) -> str:
        return self.path

    @property
    def storage(self) -> Trial:
        """What callbacks ask for ``trial_fs_path`` and ``experiment_fs_path``."""
        return self

    @property
    def trial_fs_path(self) -> str:
        return self.path

    @property
    def experiment_fs_path(self) -> str:
        return self.local_experiment_path

    @property
    def experiment_dir_name(self) -> str:
        return os.path.basename(self.local_experiment_path)

    def is_finished(self) -> bool:
        return self.status in (self.TERMINATED, self.ERROR)

    def __str__(self) -> str:
        return self.custom_trial_name or f"{self.trainable_name}_{self.trial_id}"

    def __repr__(self) -> str:
        return str(self)

    def __hash__(self) -> int:
        return hash(self.trial_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trial) and other.trial_id == self.trial_id


def id_of(experiment: str, number: int) -> str:
    """A trial's id: that of its experiment, and its number."""
    return f"{hashlib.sha1(experiment.encode()).hexdigest()[:5]}_{number:05d}"


def tag_of(number: int, chosen: Mapping[str, Any]) -> str:
    """A trial's number and what was chosen for it, such as ``0_bar=True,foo=1``."""
    from ..search.variant_generator import format_vars

    paths = {tuple(int(part) if part.isdigit() else part for part in path.split("/")): chosen[path] for path in chosen}
    return f"{number}_{format_vars(paths)}" if chosen else str(number)
