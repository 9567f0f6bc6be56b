"""What a trial knows of itself, in Ray Tune's words."""

from __future__ import annotations

import os
from typing import Any

from .. import _trial
from .._context import Context
from .execution.placement_groups import PlacementGroupFactory
from .experiment.trial import id_of


class TuneContext(Context):
    """What a trial knows of itself, and where it stands. Outside of a trial nearly all is None."""

    def get_experiment_name(self) -> str | None:
        """The experiment's name."""
        folder = self._experiment()
        return None if folder is None else os.path.basename(folder)

    def get_trial_id(self) -> str | None:
        """Names the trial."""
        folder = self._experiment()
        return None if folder is None or self.trial is None else id_of(os.path.basename(folder), self.trial)

    def get_trial_name(self) -> str | None:
        """The trainable's name and the trial's id."""
        id = self.get_trial_id()
        return None if id is None else f"{os.environ.get('TRIALIST_TRAINABLE', 'trial')}_{id}"

    def get_trial_dir(self) -> str | None:
        """The trial's own folder."""
        return self.directory

    def get_storage(self) -> TuneContext:
        return self

    def get_trial_resources(self) -> PlacementGroupFactory | None:
        """What the trial has."""
        given = self.resources
        if given["cpus"] is None:
            return None
        bundle = {"CPU": given["cpus"]}
        if given["gpus"]:
            bundle["GPU"] = len(given["gpus"])
        return PlacementGroupFactory([bundle])

    def get_world_size(self) -> int:
        return int(os.environ.get("WORLD_SIZE", "1"))

    def get_world_rank(self) -> int:
        return int(os.environ.get("RANK", "0"))

    def get_local_rank(self) -> int:
        return int(os.environ.get("LOCAL_RANK", "0"))

    def get_local_world_size(self) -> int:
        return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))

    def get_node_rank(self) -> int:
        return int(os.environ.get("NODE_RANK", "0"))

    def get_metadata(self) -> Any:
        raise NotImplementedError("get_metadata() is not there: put it into the configuration")

    def _experiment(self) -> str | None:
        directory = self.directory
        return None if directory is None else os.path.dirname(os.path.dirname(directory))


def get_context() -> TuneContext:
    """What this trial knows of itself. Outside of a trial its ``trial`` is None."""
    return TuneContext(_trial.current())
