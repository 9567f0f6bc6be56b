"""One measurement of bench:python through the Ray-shaped API: `ray_api.py WHAT`. Prints {"value"} as JSON on the last line."""

import json
import os
import sqlite3
import sys
import tempfile
import time

from trialist import tune


def trials(count, reuse):
    """Trials a second, from the first one's end to the last one's."""
    with tempfile.TemporaryDirectory() as folder:
        results = tune.Tuner(
            lambda config: {"loss": config["x"]},
            param_space={"x": tune.uniform(0, 1)},
            tune_config=tune.TuneConfig(
                metric="loss", mode="min", num_samples=count, max_concurrent_trials=2, reuse_actors=reuse, search_alg="random"
            ),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        ).fit()
        assert results.num_terminated == count
        log = sqlite3.connect(os.path.join(results.experiment_path, "log.db"))
        [(first, last)] = log.execute("SELECT min(ended_ms), max(ended_ms) FROM trials")
        log.close()
    return 1000 * (count - 1) / (last - first)


def reports(count):
    def train(config):
        start = time.perf_counter()
        for i in range(count):
            tune.report({"loss": 0.5, "seconds": time.perf_counter() - start})

    with tempfile.TemporaryDirectory() as folder:
        results = tune.Tuner(
            train,
            tune_config=tune.TuneConfig(metric="loss", mode="min"),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        ).fit()
        return (count - 1) / results[0].metrics["seconds"]


measurements = {
    "rayApiTrials": lambda: trials(1500, False),
    "rayApiReusedTrials": lambda: trials(10_000, True),
    "rayApiReports": lambda: reports(50_000),
}
print(json.dumps({"value": measurements[sys.argv[1]]()}))
