"""One of Optuna's samplers asks for configurations, one search after the other.

A line {"sampler", "seed", "objectives", "constrained", "parameters"} begins a search; each further line is a result {"losses", "off"}.
Every line is answered with a configuration.
"""
import json
import sys
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")


def off_of(trial):
    return [trial.user_attrs["off"]]


def suggested(trial, parameters):
    config = {}
    for each in parameters:
        name, kind = each["name"], each["type"]
        if "when" in each and config[each["when"][0]] != each["when"][1]:
            continue
        if kind == "choice":
            config[name] = trial.suggest_categorical(name, each["choices"])
        elif kind == "int":
            config[name] = trial.suggest_int(name, each["low"], each["high"])
        else:
            config[name] = trial.suggest_float(name, each["low"], each["high"], log=kind == "loguniform")
    return config


study, trial, search = None, None, None
for line in sys.stdin:
    said = json.loads(line)
    if "sampler" in said:
        search = said
        constraints = off_of if search["constrained"] else None
        sampler = getattr(optuna.samplers, search["sampler"])(seed=search["seed"], constraints_func=constraints)
        study = optuna.create_study(directions=["minimize"] * search["objectives"], sampler=sampler)
    else:
        if search["constrained"]:
            trial.set_user_attr("off", said["off"])
        study.tell(trial, said["losses"])
    trial = study.ask()
    print(json.dumps(suggested(trial, search["parameters"])), flush=True)
