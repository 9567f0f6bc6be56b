"""One measurement of bench:python, made with Ray Tune. Prints {"value"} as JSON on the last line."""

import json
import subprocess
import sys
import tempfile
import time

SCRIPT = """
from ray import tune
from ray.tune.schedulers import ASHAScheduler
def train_fn(config):
    tune.report({"loss": config["param"]})
tuner = tune.Tuner(train_fn, tune_config=tune.TuneConfig(scheduler=ASHAScheduler(), metric="loss", mode="min",
    num_samples=10), param_space={"param": tune.uniform(0, 1)})
print(tuner.fit().get_best_result().metrics["loss"])
"""


def ray_script():
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
    return 1000 * (time.perf_counter() - start)


def trials(count, reuse):
    """Trials a second, from the first one's end to the last one's."""
    from ray import tune

    class Ends(tune.Callback):
        times = []

        def on_trial_complete(self, iteration, trials, trial, **info):
            self.times.append(time.perf_counter())

    ends = Ends()
    with tempfile.TemporaryDirectory() as folder:
        tune.Tuner(
            lambda config: {"loss": config["x"]},
            param_space={"x": tune.uniform(0, 1)},
            tune_config=tune.TuneConfig(
                metric="loss", mode="min", num_samples=count, max_concurrent_trials=2, reuse_actors=reuse
            ),
            run_config=tune.RunConfig(storage_path=folder, verbose=0, callbacks=[ends]),
        ).fit()
    return (len(ends.times) - 1) / (ends.times[-1] - ends.times[0])


def reports(count):
    from ray import tune

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
    "rayScript": ray_script,
    "trials": lambda: trials(20, False),
    "reusedTrials": lambda: trials(100, True),
    "reports": lambda: reports(1000),
}
print(json.dumps({"value": measurements[sys.argv[1]]()}))
