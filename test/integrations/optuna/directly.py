"""Drives Optuna as one would without Trialist, told the same losses, and prints what it suggests."""

from __future__ import annotations

import json
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
asked = json.load(sys.stdin)
study = optuna.create_study(direction="minimize")
suggested = []
for seed, loss in asked["trials"]:
    study.sampler = getattr(optuna.samplers, asked["sampler"])(seed=seed, n_startup_trials=asked["startup"])
    trial = study.ask()
    config = {
        "x": trial.suggest_float("x", -5, 5),
        "lr": trial.suggest_float("lr", 1e-5, 1, log=True),
        "width": trial.suggest_int("width", 16, 256, step=16),
        "kind": trial.suggest_categorical("kind", ["plain", "deep"]),
    }
    if config["kind"] == "deep":
        config["depth"] = trial.suggest_int("depth", 1, 4)
        config["dropout"] = trial.suggest_float("dropout", 0, 0.5, step=0.1)
    suggested.append(config)
    study.tell(trial, loss)
print(json.dumps(suggested))
