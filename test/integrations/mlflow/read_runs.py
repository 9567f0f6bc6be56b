"""Prints what MLflow's own client reads: `read_runs.py URI EXPERIMENT`."""

import json
import math
import sys

from mlflow.tracking import MlflowClient

client = MlflowClient(sys.argv[1])
experiment = client.get_experiment_by_name(sys.argv[2])
runs = []
for run in client.search_runs([experiment.experiment_id]):
    metrics = {
        name: [[each.step, each.value if math.isfinite(each.value) else None] for each in sorted(client.get_metric_history(run.info.run_id, name), key=lambda m: m.step)]
        for name in run.data.metrics
    }
    files = []
    todo = [""]
    while todo:
        for entry in client.list_artifacts(run.info.run_id, todo.pop() or None):
            (todo if entry.is_dir else files).append(entry.path)
    runs.append(
        {
            "id": run.info.run_id,
            "name": run.info.run_name,
            "status": run.info.status,
            "parent": run.data.tags.get("mlflow.parentRunId"),
            "team": run.data.tags.get("team"),
            "params": run.data.params,
            "metrics": metrics,
            "files": sorted(files),
        }
    )
print(json.dumps(runs))
