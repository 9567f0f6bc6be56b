"""The peers of bench:pbt: Ray Tune's own PopulationBasedTraining and PB2, and no population at all, on the problems of training.py.

Usage: python peers.py PROBLEM SEEDS

Prints one JSON object: the problem and, by method, for each seed from 0 on, what the best member has at the end. Ray's scheduler objects
decide for its own trial objects; steps are taken in this process, one member after the other in an order drawn by seed, since real
trials would take a process each. Members wait for each other (`synch`), so the result does not depend on that order.
"""

import json
import logging
import random
import sys
import tempfile

import numpy as np
import training


class Member:
    """A training, and what is kept of it."""

    def __init__(self, problem, config):
        self.problem = problem
        self.begin(config)

    def begin(self, config, checkpoint=None):
        self.training = self.problem()
        self.training.setup(config)
        if checkpoint is not None:
            self.training.load(checkpoint)

    def saved(self):
        folder = tempfile.mkdtemp()
        self.training.save(folder)
        return folder


def none(problem, seed):
    """The same members, none of which ever takes anything over."""
    ends = []
    for config in training.beginnings(problem, seed):
        member = Member(problem, config)
        while (metrics := member.training.step()) is not None:
            last = metrics
        ends.append((last["loss"], last["final"]))
    return best(ends)


def best(ends):
    """What the member with the lowest loss has at the end."""
    return min((loss if np.isfinite(loss) else np.inf, final) for loss, final in ends)[1]


class Controller:
    """What a scheduler of Ray's asks of Tune's controller."""

    search_alg = None

    def __init__(self, problem, scheduler, seed):
        from ray.tune.experiment import Trial

        self.kinds = Trial
        self.problem = problem
        self.scheduler = scheduler
        self.trials = [
            Trial("peer", stub=True, trial_id=str(i), config=config) for i, config in enumerate(training.beginnings(problem, seed))
        ]
        self.members = {trial: Member(problem, trial.config) for trial in self.trials}
        self.ends = {}
        for trial in self.trials:
            scheduler.on_trial_add(self, trial)

    def get_trials(self):
        return self.trials

    def get_live_trials(self):
        return [trial for trial in self.trials if not trial.is_finished()]

    def _schedule_trial_save(self, trial, result):
        return self.members[trial].saved()

    def pause_trial(self, trial, should_checkpoint=True):
        if should_checkpoint:
            self.keep(trial)
        trial.set_status(self.kinds.PAUSED)

    def keep(self, trial):
        from ray.train._internal.session import _TrainingResult

        result = _TrainingResult(checkpoint=self.members[trial].saved(), metrics=trial.last_result)
        trial.run_metadata.checkpoint_manager._latest_checkpoint_result = result

    def run(self, order):
        while self.get_live_trials():
            for trial in order.permutation(np.array(self.trials, dtype=object)):
                if not trial.is_finished() and self.scheduler_lets(trial):
                    self.step(trial)
        return best(self.ends.values())

    def scheduler_lets(self, trial):
        """Whether it runs, or goes on now."""
        if trial.status == self.kinds.RUNNING:
            return True
        if trial.status == self.kinds.PAUSED:
            # Members that wait for the others are the scheduler's to hold.
            state = self.scheduler._trial_state[trial]
            if state.last_train_time >= self.scheduler._next_perturbation_sync:
                return False
            checkpoint = trial.run_metadata.checkpoint_manager._latest_checkpoint_result.checkpoint
            self.members[trial].begin(trial.config, checkpoint)
        trial.set_status(self.kinds.RUNNING)
        return True

    def step(self, trial):
        member = self.members[trial]
        metrics = member.training.step()
        if metrics is None:
            self.scheduler.on_trial_complete(self, trial, trial.last_result)
            trial.set_status(self.kinds.TERMINATED)
            return
        self.ends[trial] = (metrics["loss"], metrics["final"])
        result = {**metrics, "training_iteration": member.training.done}
        trial.run_metadata.last_result = result
        if self.scheduler.on_trial_result(self, trial, result) == "PAUSE":
            self.pause_trial(trial)


def pbt(problem, seed):
    from ray import tune
    from ray.tune.schedulers import PopulationBasedTraining

    mutations = {
        name: tune.loguniform(low, high) if is_log else tune.uniform(low, high) for name, (low, high, is_log) in problem.space.items()
    }
    return population(problem, seed, PopulationBasedTraining(hyperparam_mutations=mutations, **common(problem)))


def pb2(problem, seed):
    from ray.tune.schedulers.pb2 import PB2

    bounds = {name: [low, high] for name, (low, high, _) in problem.space.items()}
    return population(problem, seed, PB2(hyperparam_bounds=bounds, **common(problem)))


def common(problem):
    return {
        "time_attr": "training_iteration",
        "metric": "loss",
        "mode": "min",
        "perturbation_interval": problem.interval,
        "synch": True,
        "log_config": False,
    }


def population(problem, seed, scheduler):
    random.seed(seed)
    np.random.seed(seed)
    return Controller(problem, scheduler, seed).run(np.random.default_rng([seed, 2]))


def main():
    import warnings

    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    logging.disable(logging.CRITICAL)
    problem, seeds = training.PROBLEMS[sys.argv[1]], range(int(sys.argv[2]))
    methods = {"none": none, "ray-pbt": pbt, "ray-pb2": pb2}
    made = {
        "members": problem.members,
        "steps": problem.steps,
        "interval": problem.interval,
        "space": problem.space,
        "untrained": problem.untrained,
        "beginnings": [training.beginnings(problem, seed) for seed in seeds],
        "finals": {method: [run(problem, seed) for seed in seeds] for method, run in methods.items()},
    }
    print(json.dumps(made))


if __name__ == "__main__":
    main()
