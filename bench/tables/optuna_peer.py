"""Optuna's default sampler on one table: regrets of the incumbent after each evaluation, as JSON, a line a seed."""
import json
import os
import sys

import numpy
import optuna

folder, name, seeds, trials = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
optuna.logging.set_verbosity(optuna.logging.ERROR)
with open(os.path.join(folder, name + ".json")) as file:
    header = json.load(file)
layout = next(part for part in header["layout"] if part["metric"] == header["main"])
rows, repeats = layout["shape"]
values = numpy.fromfile(os.path.join(folder, header["file"]), dtype="<f4")[layout["offset"] :][: rows * repeats].reshape(rows, repeats)
values = values.astype(float) * (1 if header["direction"] == "minimize" else -1)
means = numpy.nanmean(values, axis=1)
best = numpy.nanmin(means)

for seed in range(seeds):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    lowest, truth, regrets = float("inf"), float("inf"), []
    for _ in range(trials):
        trial = study.ask()
        row = 0
        for parameter, levels in header["space"].items():
            if all(isinstance(level, (int, float)) for level in levels):
                index = trial.suggest_int(parameter, 0, len(levels) - 1)
            else:
                index = levels.index(trial.suggest_categorical(parameter, levels))
            row = row * len(levels) + index
        found = [value for i in range(repeats) for value in [values[row, (seed + i) % repeats]] if not numpy.isnan(value)]
        if found and found[0] < lowest:
            lowest, truth = found[0], means[row]
        regrets.append(float(truth - best))
        if found:
            study.tell(trial, found[0])
        else:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
    print(json.dumps(regrets), flush=True)
