"""Ray Tune's loggers as bench:logging measures ours: `ray_peer.py WHICH FOLDER TRIALS REPORTS PER_SECOND [URI]`.

Prints the times at which the reports of each trial were sent and those at which the last were taken, as JSON on the last line.
"""

import json
import os
import sys
import time

which, folder, trials, reports, per_second, *uri = sys.argv[1:]
trials, reports, per_second = int(trials), int(reports), float(per_second)
os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray  # noqa: E402
from ray import tune  # noqa: E402
from ray.air.integrations.mlflow import MLflowLoggerCallback  # noqa: E402
from ray.tune.logger import CSVLoggerCallback, TBXLoggerCallback  # noqa: E402


def train(config):
    sent = []
    begin = time.monotonic()
    for i in range(reports):
        due = begin + i * trials / per_second - time.monotonic()
        if due > 0:
            time.sleep(due)
        sent.append(time.time() * 1000)
        tune.report({"loss": config["x"] / (i + 1), "accuracy": i, "rate": config["x"]})
    place = os.path.join(folder, f"sent-{tune.get_context().get_trial_id()}.json")
    with open(place, "w", encoding="utf-8") as file:
        json.dump({"sent": sent, "taken": time.time() * 1000}, file)


callbacks = {
    "off": lambda: [],
    "csv": lambda: [CSVLoggerCallback()],
    "tensorboard": lambda: [TBXLoggerCallback()],
    "mlflow": lambda: [MLflowLoggerCallback(tracking_uri=uri[0], experiment_name="ray")],
}[which]()
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
tune.Tuner(
    tune.with_resources(train, {"cpu": 2 / trials}),
    param_space={"x": tune.uniform(0.1, 1)},
    tune_config=tune.TuneConfig(metric="loss", mode="min", num_samples=trials),
    run_config=tune.RunConfig(name=which, storage_path=folder, verbose=0, callbacks=callbacks),
).fit()
found = []
for name in sorted(name for name in os.listdir(folder) if name.startswith("sent-")):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        found.append(json.load(file))
print(json.dumps({"sentMs": [each["sent"] for each in found], "takenMs": [each["taken"] for each in found]}))
