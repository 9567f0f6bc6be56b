"""The schedule that a population found, written down and trained once more."""

from __future__ import annotations

import json
import os
from typing import Any, Iterable, Mapping

from .._space import Options, encode
from .trial_scheduler import EngineScheduler


class PopulationBasedTrainingReplay(EngineScheduler):
    """Trains one trial by a schedule that population based training found: at each of its iterations the trial goes on from its own
    newest checkpoint with the next configuration. Take ``num_samples=1``; ``param_space`` holds what the schedule does not say.

    :param policy_file: a ``pbt_policy_TRIAL.txt``, of this library or of Ray Tune.
    :raises FileNotFoundError: where there is no such file, as of a trial that was never changed.
    :raises ValueError: where it is none.
    """

    def __init__(self, policy_file: str) -> None:
        super().__init__()
        path = os.path.expanduser(policy_file)
        if not os.path.exists(path):
            raise FileNotFoundError(
                f"PopulationBasedTrainingReplay(): there is no {path}. A policy is written at the end of an experiment for each trial "
                "whose configuration was changed."
            )
        self._schedule = schedule_in(path)
        self._encoded: list[dict[str, Any]] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """The configuration that it begins with."""
        return dict(self._schedule[0]["config"])

    def adapted(self, space: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The space of all that the schedule says, and the configuration that it begins with."""
        configs = [step["config"] for step in self._schedule]
        whole = {**space, **{name: _all([config[name] for config in configs]) for name in configs[0]}}
        self._encoded = [
            {"from": step["from"], "config": {name: encode(value, {**space, **step["config"]}[name]) for name, value in whole.items()}}
            for step in self._schedule
        ]
        return whole, {**space, **self.config}

    def json(self) -> dict[str, Any]:
        return {"name": "pbtReplay", "options": {"schedule": self._encoded or self._schedule}}


def _all(values: list[Any]) -> Any:
    """What one parameter is in turn, as a parameter."""
    if all(isinstance(value, dict) and value.keys() == values[0].keys() for value in values):
        return {name: _all([value[name] for value in values]) for name in values[0]}
    distinct = [value for i, value in enumerate(values) if value not in values[:i]]
    return distinct[0] if len(distinct) == 1 else Options("choice", distinct)


def schedule_in(path: str) -> list[dict[str, Any]]:
    """The schedule of a policy file: ``from`` (an iteration) and ``config``, in turn.

    :raises ValueError: where it is no policy.
    """
    try:
        with open(path, encoding="utf-8") as file:
            changes = [json.loads(line) for line in file if line.strip()]
        # Who took over, from whom, at which iterations of both, the configuration of the one, and the new one.
        chain: list[dict[str, Any]] = []
        before, after = None, None
        for target, donor, _, step, old, new in reversed(changes):
            # What was overwritten by a later change led nowhere.
            if after is not None and target != after:
                break
            chain.insert(0, {"from": step, "config": new})
            before, after = old, donor
    except (ValueError, TypeError) as fault:
        raise ValueError(f"{path} is no policy of population based training: {fault}") from fault
    if before is None:
        raise ValueError(f"{path} holds no change: its trial kept the configuration that it began with")
    whole = [{"from": 0, "config": before}, *chain]
    # Of two changes at one iteration the later one counts.
    return [step for i, step in enumerate(whole) if i + 1 == len(whole) or whole[i + 1]["from"] > step["from"]]


def write_policies(folder: str, results: Iterable[Any]) -> None:
    """Writes ``pbt_policy_TRIAL.txt`` for each trial whose configuration was changed."""
    for result in results:
        if not result.lineage:
            continue
        path = os.path.join(folder, f"pbt_policy_{result.metrics['trial_id']}.txt")
        with open(path, "w", encoding="utf-8") as file:
            for old, new in zip(result.lineage, result.lineage[1:]):
                change = [str(new["trial"]), str(old["trial"]), new["from"], new["from"], old["config"], new["config"]]
                file.write(json.dumps(change, default=str) + "\n")
