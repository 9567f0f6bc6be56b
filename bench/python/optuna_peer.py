"""One measurement of bench:python, made with Optuna and its SQLite store. Prints {"value"} as JSON on the last line."""

import json
import os
import sys
import tempfile
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def study(folder):
    storage = "sqlite:///" + os.path.join(folder, "log.db")
    return optuna.create_study(storage=storage, sampler=optuna.samplers.RandomSampler(seed=1))


def trials(count):
    """Trials a second, one after another in this process: Optuna starts no others."""
    with tempfile.TemporaryDirectory() as folder:
        made = study(folder)
        start = time.perf_counter()
        made.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=count)
        return count / (time.perf_counter() - start)


def reports(count):
    with tempfile.TemporaryDirectory() as folder:
        trial = study(folder).ask()
        start = time.perf_counter()
        for step in range(count):
            trial.report(0.5, step)
            trial.should_prune()
        return count / (time.perf_counter() - start)


measurements = {"reusedTrials": lambda: trials(200), "reports": lambda: reports(500)}
print(json.dumps({"value": measurements[sys.argv[1]]()}))
