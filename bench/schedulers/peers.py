"""The peers of bench:schedulers: their own scheduler objects, driven on exported learning curves and a virtual clock.

Usage: python peers.py TASKS_FOLDER METHOD SEEDS OUTPUT [--minutes M]

Appends a JSON line for each (task, workers, seed) that OUTPUT does not have yet: the virtual time at which the search reached its
aim, or null. A method that is not done after M minutes stops; a later call goes on. Of a method whose suggestions take seconds, let
SEEDS be few.
"""

import argparse
import heapq
import json
import logging
import pathlib
import random
import sys
import time

import numpy as np

WORKERS = (4, 16)


class Task:
    """A table as export.ts wrote it."""

    def __init__(self, header: pathlib.Path):
        fields = json.loads(header.read_text())
        self.name = fields["name"]
        self.steps = fields["steps"]
        self.seeds = fields["seeds"]
        self.horizon = fields["horizon"]
        self.dimensions = fields["dimensions"]
        self.points = np.array(fields["points"], dtype=float)
        n = len(self.points)
        cells = self.seeds * n
        numbers = np.fromfile(header.with_suffix(".f64"))
        self.lengths = numbers[:cells].reshape(self.seeds, n).astype(int)
        shape = (self.seeds, n, self.steps)
        self.losses, self.seconds, self.reached = numbers[cells:].reshape(3, *shape)


class Adapter:
    """What the simulation asks of a method. Trials are numbered from 0."""

    def next(self):
        """A trial that starts or goes on: (trial, candidate or None to go on), or None where nothing is to start now."""
        raise NotImplementedError

    def report(self, trial: int, step: int, loss: float, last: bool) -> str:
        """'continue', 'stop' or 'pause'. `last`: the training is complete."""
        raise NotImplementedError

    def failed(self, trial: int) -> None:
        """The training ended without a value."""


def simulate(task: Task, adapter: Adapter, workers: int, seed: int):
    """Virtual time at which the incumbent is good enough; None where it never was within the horizon."""
    table = seed % task.seeds
    candidates, positions = {}, {}
    events = []  # (time, trial)
    best = np.inf
    now = 0.0
    free = workers
    while True:
        while free > 0:
            started = adapter.next()
            if started is None:
                break
            trial, candidate = started
            if candidate is not None:
                candidates[trial], positions[trial] = candidate, 0
            elif positions[trial] >= task.lengths[table, candidates[trial]]:
                # Some schedulers let a trial go on whose training they were told is complete: nothing is left of it.
                continue
            heapq.heappush(events, (now + task.seconds[table, candidates[trial], positions[trial]], trial))
            free -= 1
        if not events:
            return None
        now, trial = heapq.heappop(events)
        if now > task.horizon:
            return None
        row = candidates[trial]
        loss = task.losses[table, row, positions[trial]]
        if np.isnan(loss):
            adapter.failed(trial)
            free += 1
            continue
        if loss < best:
            best = loss
            if task.reached[table, row, positions[trial]] == 1:
                return now
        positions[trial] += 1
        last = positions[trial] >= task.lengths[table, row]
        decision = adapter.report(trial, positions[trial], float(loss), last)
        if last or decision != "continue":
            free += 1
        else:
            heapq.heappush(events, (now + task.seconds[table, row, positions[trial]], trial))


class Full(Adapter):
    """Random search: every candidate is trained in full, in random order."""

    def __init__(self, task: Task, workers: int, seed: int):
        self.order = np.random.default_rng(seed).permutation(len(task.points)).tolist()
        self.started = 0

    def next(self):
        if self.started == len(self.order):
            return None
        self.started += 1
        return self.started - 1, self.order[self.started - 1]

    def report(self, trial, step, loss, last):
        return "continue"


class OneEpoch(Adapter):
    """Every candidate for one step, then the best k in full (Bohdal et al., arXiv 2307.15422), k = a tenth of all; all go on from where
    they were, best first, one after the other as slots are free."""

    def __init__(self, task: Task, workers: int, seed: int):
        self.order = np.random.default_rng(seed).permutation(len(task.points)).tolist()
        self.started = 0
        self.waiting = 0
        self.first = []
        self.chosen = None

    def next(self):
        if self.started < len(self.order):
            self.started += 1
            self.waiting += 1
            return self.started - 1, self.order[self.started - 1]
        if self.chosen is None:
            if self.waiting > 0:
                return None
            top = sorted(self.first)[: max(1, len(self.order) // 10)]
            self.chosen = [trial for _, trial in top][::-1]
        return (self.chosen.pop(), None) if self.chosen else None

    def report(self, trial, step, loss, last):
        if step > 1:
            return "continue"
        self.waiting -= 1
        if not last:
            self.first.append((loss, trial))
        return "pause"

    def failed(self, trial):
        if self.chosen is None:
            self.waiting -= 1


class Ray(Adapter):
    """Ray Tune's schedulers, with its own trial objects; configurations are drawn at random without repetition."""

    def __init__(self, scheduler, task: Task, workers: int, seed: int):
        from ray.tune.experiment import Trial

        self.statuses = Trial
        self.scheduler = scheduler
        np.random.seed(seed)
        self.order = np.random.default_rng(seed).permutation(len(task.points)).tolist()
        self.trials = []
        # As many as Tune creates ahead.
        self.pending = max(16, int(1.1 * workers))

    # What schedulers ask of Tune's controller.
    def get_trials(self):
        return self.trials

    def get_live_trials(self):
        return [t for t in self.trials if not t.is_finished()]

    def stop_trial(self, trial):
        self.scheduler.on_trial_remove(self, trial)
        trial.set_status(self.statuses.TERMINATED)

    def next(self):
        self.trials_ahead()
        trial = self.scheduler.choose_trial_to_run(self)
        if trial is None:
            return None
        fresh = trial.status == self.statuses.PENDING
        trial.set_status(self.statuses.RUNNING)
        number = int(trial.trial_id)
        return number, (self.order[number] if fresh else None)

    def trials_ahead(self):
        waiting = sum(t.status == self.statuses.PENDING for t in self.trials[-2 * self.pending - 64 :])
        while waiting < self.pending and len(self.trials) < len(self.order):
            trial = self.statuses("peer", stub=True, trial_id=str(len(self.trials)))
            self.trials.append(trial)
            self.scheduler.on_trial_add(self, trial)
            waiting += 1

    def report(self, number, step, loss, last):
        trial = self.trials[number]
        result = {"training_iteration": step, "loss": loss}
        decision = self.scheduler.on_trial_result(self, trial, result)
        if last or decision == "STOP":
            self.scheduler.on_trial_complete(self, trial, result)
            trial.set_status(self.statuses.TERMINATED)
            return "stop"
        if decision == "PAUSE":
            trial.set_status(self.statuses.PAUSED)
            return "pause"
        return "continue"

    def failed(self, number):
        trial = self.trials[number]
        self.scheduler.on_trial_error(self, trial)
        trial.set_status(self.statuses.ERROR)


class SyneTune(Adapter):
    """Syne Tune's methods, restricted to the table's candidates by their own option."""

    def __init__(self, build, task: Task, workers: int, seed: int):
        from syne_tune.config_space import choice, uniform

        self.task = task
        space = {}
        for dimension in task.dimensions:
            name = dimension["name"].replace(".", "_")
            options = [str(i) for i in range(dimension["levels"])]
            space[name] = choice(options) if dimension["kind"] == "unordered" else uniform(0.0, 1.0)
        names = list(space)
        self.names = names
        self.configs = [
            {
                name: str(int(u)) if task.dimensions[i]["kind"] == "unordered" else float(u)
                for i, (name, u) in enumerate(zip(names, point))
            }
            for point in task.points
        ]
        # Candidates with equal configurations can not be told apart: the first stands for all.
        self.rows = {}
        for row, config in enumerate(self.configs):
            self.rows.setdefault(self.key(config), row)
        distinct = [self.configs[row] for row in self.rows.values()]
        np.random.seed(seed)
        random.seed(seed)
        self.scheduler = build({**space, "epochs": task.steps}, distinct, seed)
        self.trials = {}
        self.used = set()

    def key(self, config):
        return json.dumps([config[name] for name in self.names])

    def next(self):
        from datetime import datetime

        from syne_tune.backend.trial_status import Trial

        number = len(self.trials)
        try:
            suggestion = self.scheduler.suggest(number)
        except (AssertionError, ValueError):
            # So some searchers say that no candidate is left, after nothing was found to go on.
            return None
        if suggestion is None:
            return None
        if not suggestion.spawn_new_trial_id:
            return suggestion.checkpoint_trial_id, None
        row = self.candidate(suggestion.config)
        if row is None:
            return None
        trial = Trial(trial_id=number, config={**suggestion.config, **self.configs[row]}, creation_time=datetime(2026, 1, 1))
        self.trials[number] = trial
        self.used.add(row)
        self.scheduler.on_trial_add(trial)
        return number, row

    def candidate(self, config):
        """The row of a configuration; of one that is no candidate, or was tried, the nearest that is left."""
        row = self.rows.get(self.key(config))
        if row is not None and row not in self.used:
            return row
        left = [row for row in self.rows.values() if row not in self.used]
        if not left:
            return None
        distance = np.zeros(len(left))
        for i, (name, dimension) in enumerate(zip(self.names, self.task.dimensions)):
            away = self.task.points[left, i] - float(config[name])
            distance += (away != 0) if dimension["kind"] == "unordered" else away**2
        return left[int(np.argmin(distance))]

    def report(self, number, step, loss, last):
        trial = self.trials[number]
        result = {"epoch": step, "loss": loss}
        decision = self.scheduler.on_trial_result(trial, result)
        if last:
            self.scheduler.on_trial_complete(trial, result)
            return "stop"
        return {"CONTINUE": "continue", "STOP": "stop", "PAUSE": "pause"}[decision]

    def failed(self, number):
        self.scheduler.on_trial_error(self.trials[number])


def ray_methods():
    from ray.tune.schedulers import ASHAScheduler, FIFOScheduler, HyperBandScheduler, MedianStoppingRule

    common = {"time_attr": "training_iteration", "metric": "loss", "mode": "min"}
    makers = {
        "ray-asha": lambda task: ASHAScheduler(**common, max_t=task.steps),
        "ray-asha-eta3": lambda task: ASHAScheduler(**common, max_t=task.steps, reduction_factor=3),
        "ray-hyperband": lambda task: HyperBandScheduler(**common, max_t=task.steps),
        "ray-median": lambda task: MedianStoppingRule(**common, grace_period=1),
        "ray-fifo": lambda task: FIFOScheduler(),
    }
    return {
        name: (lambda make: lambda task, workers, seed: Ray(make(task), task, workers, seed))(make)
        for name, make in makers.items()
    }


def syne_methods():
    from syne_tune.optimizer import baselines as b

    def method(make, **options):
        def build(space, candidates, seed):
            search = {"restrict_configurations": candidates, "debug_log": False, "allow_duplicates": False}
            return make(
                space,
                metric="loss",
                mode="min",
                resource_attr="epoch",
                max_resource_attr="epochs",
                random_seed=seed,
                search_options={**search, **options.pop("search", {})},
                **options,
            )

        return lambda task, workers, seed: SyneTune(build, task, workers, seed)

    return {
        "syne-asha": method(b.ASHA, type="stopping"),
        "syne-asha-promotion": method(b.ASHA, type="promotion"),
        "syne-pasha": method(b.PASHA),
        "syne-bohb": method(b.BOHB, type="promotion"),
        "syne-hyperband": method(b.SyncHyperband),
        "syne-mobster": method(b.MOBSTER, type="promotion"),
        "syne-hypertune": method(b.HyperTune, type="promotion"),
        "syne-dyhpo": method(b.DyHPO),
    }


def methods_of(name: str):
    if name.startswith("ray-"):
        return ray_methods()
    if name.startswith("syne-"):
        return syne_methods()
    return {"random": Full, "one-epoch": OneEpoch}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", type=pathlib.Path)
    parser.add_argument("method")
    parser.add_argument("seeds", type=int)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    make = methods_of(options.method)[options.method]
    tasks = [Task(header) for header in sorted(options.tasks.glob("*.json"))]
    known = set()
    if options.output.exists():
        rows = [json.loads(line) for line in options.output.read_text().splitlines()]
        known = {(row["method"], row["task"], row["workers"], row["seed"]) for row in rows}
    until = time.monotonic() + 60 * options.minutes
    with options.output.open("a") as output:
        # Seed by seed, so that whatever is done in time is even over tasks.
        for seed in range(options.seeds):
            for task in tasks:
                for workers in WORKERS:
                    if (options.method, task.name, workers, seed) in known:
                        continue
                    if time.monotonic() > until:
                        return
                    start = time.process_time()
                    reached = simulate(task, make(task, workers, seed), workers, seed)
                    row = {"method": options.method, "task": task.name, "workers": workers, "seed": seed, "reached": reached}
                    output.write(json.dumps({**row, "cpu": round(time.process_time() - start, 3)}) + "\n")
                    output.flush()


if __name__ == "__main__":
    sys.exit(main())
