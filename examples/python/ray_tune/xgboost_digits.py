"""XGBoost on images of digits, with early stopping by ASHA."""

import sklearn.datasets
import sklearn.metrics
import xgboost
from sklearn.model_selection import train_test_split
from trialist import tune
from trialist.tune.integration.xgboost import TuneReportCheckpointCallback
from trialist.tune.schedulers import ASHAScheduler


def train_digits(config):
    data, labels = sklearn.datasets.load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(data, labels, test_size=0.25, random_state=0)
    xgboost.train(
        {**config, "nthread": 1},
        xgboost.DMatrix(train_x, label=train_y),
        evals=[(xgboost.DMatrix(test_x, label=test_y), "eval")],
        num_boost_round=10,
        verbose_eval=False,
        callbacks=[TuneReportCheckpointCallback({"logloss": "eval-mlogloss", "error": "eval-merror"}, frequency=2)],
    )


def main():
    space = {
        "objective": "multi:softprob",
        "num_class": 10,
        "eval_metric": ["mlogloss", "merror"],
        "max_depth": tune.randint(1, 9),
        "min_child_weight": tune.choice([1, 2, 3]),
        "subsample": tune.uniform(0.5, 1.0),
        "eta": tune.loguniform(1e-2, 1),
    }
    tuner = tune.Tuner(
        train_digits,
        param_space=space,
        tune_config=tune.TuneConfig(
            metric="logloss",
            mode="min",
            num_samples=8,
            scheduler=ASHAScheduler(max_t=10, grace_period=2, reduction_factor=2),
            seed=1,
        ),
    )
    results = tuner.fit()
    best = results.get_best_result()
    model = TuneReportCheckpointCallback.get_model(best.checkpoint)
    print(f"error {best.metrics['error']:.3f} with {best.config['max_depth']} levels, {model.num_boosted_rounds()} rounds")
    frame = results.get_dataframe()
    assert len(frame) == 8 and {"logloss", "config/eta", "training_iteration"} <= set(frame.columns)
    assert len(best.metrics_dataframe) == best.metrics["training_iteration"]


if __name__ == "__main__":
    main()
