"""LightGBM on a data set of scikit-learn, with early stopping by ASHA.

    python examples/python/ray_tune/lightgbm_cancer.py
"""

import lightgbm
import sklearn.datasets
from sklearn.model_selection import train_test_split
from trialist import tune
from trialist.tune.integration.lightgbm import TuneReportCheckpointCallback
from trialist.tune.schedulers import ASHAScheduler


def train_breast_cancer(config):
    data, target = sklearn.datasets.load_breast_cancer(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(data, target, test_size=0.25, random_state=0)
    train_set = lightgbm.Dataset(train_x, label=train_y)
    lightgbm.train(
        {**config, "num_threads": 1},
        train_set,
        num_boost_round=20,
        valid_sets=[lightgbm.Dataset(test_x, label=test_y, reference=train_set)],
        valid_names=["eval"],
        callbacks=[TuneReportCheckpointCallback({"loss": "eval-binary_logloss", "error": "eval-binary_error"}, frequency=5)],
    )


def main():
    space = {
        "objective": "binary",
        "metric": ["binary_error", "binary_logloss"],
        "verbose": -1,
        "boosting_type": tune.grid_search(["gbdt", "dart"]),
        "num_leaves": tune.randint(10, 100),
        "learning_rate": tune.loguniform(3e-2, 3e-1),
    }
    tuner = tune.Tuner(
        train_breast_cancer,
        param_space=space,
        tune_config=tune.TuneConfig(
            metric="loss",
            mode="min",
            num_samples=4,
            scheduler=ASHAScheduler(max_t=20, grace_period=5, reduction_factor=2),
            seed=1,
        ),
    )
    results = tuner.fit()
    best = results.get_best_result()
    model = TuneReportCheckpointCallback.get_model(best.checkpoint)
    print(f"error {best.metrics['error']:.3f} of {len(results)} trials, {model.num_trees()} rounds with {best.config['boosting_type']}")


if __name__ == "__main__":
    main()
