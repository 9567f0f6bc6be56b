"""A script in Ray Tune's words."""

from trialist import tune
from trialist.tune.schedulers import ASHAScheduler


def train_fn(config):
    tune.report(loss=config["param"])


search_space = {"param": tune.uniform(0, 1)}
tuner = tune.Tuner(
    train_fn,
    tune_config=tune.TuneConfig(scheduler=ASHAScheduler(), metric="loss", mode="min", num_samples=10),
    param_space=search_space,
)
results = tuner.fit()
print(results.get_best_result().metrics["loss"])
