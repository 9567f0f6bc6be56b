"""Optuna's default sampler in a box [-5, 5]^d: a line "seed dimensions" begins a search, each further line is a loss; every line is answered with a point."""
import json
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
study, trial, dimensions = None, None, 0
for line in sys.stdin:
    words = line.split()
    if len(words) == 2:
        dimensions = int(words[1])
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=int(words[0])))
    else:
        study.tell(trial, float(words[0]))
    trial = study.ask()
    print(json.dumps([trial.suggest_float(f"x{i}", -5, 5) for i in range(dimensions)]), flush=True)
