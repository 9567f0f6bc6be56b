"""The peer of one measurement of bench:overhead: the same work by Optuna. Prints {"value", "cpuUs"?} as JSON."""

import json
import os
import subprocess
import sys
import tempfile
import time


def hello_world():
    code = (
        "import optuna; optuna.logging.set_verbosity(optuna.logging.ERROR);"
        "s = optuna.create_study(storage='sqlite:///' + __import__('sys').argv[1]);"
        "s.optimize(lambda t: (t.suggest_float('x', -10, 10) - 2) ** 2, n_trials=10); print(s.best_value)"
    )
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, os.path.join(folder, "log.db")], check=True, capture_output=True)
        return {"value": 1000 * (time.perf_counter() - start)}


def rate(trials, storage):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=storage, sampler=optuna.samplers.RandomSampler(seed=1))

    def objective(trial):
        a = trial.suggest_float("a", 0, 1)
        for name in "bcd":
            trial.suggest_float(name, 0, 1)
        trial.report(a, 1)
        return a

    cpu, start = time.process_time(), time.perf_counter()
    study.optimize(objective, n_trials=trials)
    seconds = time.perf_counter() - start
    return {"value": trials / seconds, "cpuUs": 1e6 * (time.process_time() - cpu) / trials}


def durable():
    with tempfile.TemporaryDirectory() as folder:
        return rate(100, "sqlite:///" + os.path.join(folder, "log.db"))


def tpe_ask():
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1, multivariate=True, constant_liar=True))
    space = {f"x{i}": optuna.distributions.FloatDistribution(0, 1) for i in range(10)}
    random = optuna.samplers.RandomSampler(seed=1)
    sampler, study.sampler = study.sampler, random
    for _ in range(1000):
        trial = study.ask(space)
        study.tell(trial, sum((x - 0.3) ** 2 for x in trial.params.values()))
    study.sampler = sampler
    times = []
    for _ in range(20):
        start = time.perf_counter()
        trial = study.ask(space)
        study.tell(trial, sum((x - 0.3) ** 2 for x in trial.params.values()))
        times.append(1000 * (time.perf_counter() - start))
    return {"value": sorted(times)[10]}


measurements = {
    "helloWorld": hello_world,
    "inline": lambda: rate(2000, None),
    "durable": durable,
    "tpeAsk": tpe_ask,
}
print(json.dumps(measurements[sys.argv[1]]()))
