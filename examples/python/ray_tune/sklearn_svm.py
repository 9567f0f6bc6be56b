"""A support vector machine: what depends on the kernel stands in the kernel's option."""

import sklearn.datasets
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
from trialist import tune


def evaluate(config):
    data, labels = sklearn.datasets.load_digits(return_X_y=True)
    model = SVC(C=config["C"], **config["kernel"])
    return {"accuracy": cross_val_score(model, data[:600], labels[:600], cv=3).mean()}


def main():
    space = {
        "C": tune.loguniform(1e-2, 1e2),
        "kernel": tune.choice(
            [
                {"kernel": "rbf", "gamma": tune.loguniform(1e-5, 1e-1)},
                {"kernel": "poly", "degree": tune.randint(2, 5)},
                {"kernel": "linear"},
            ]
        ),
    }
    tuner = tune.Tuner(
        evaluate,
        param_space=space,
        tune_config=tune.TuneConfig(metric="accuracy", mode="max", num_samples=16, reuse_actors=True, seed=1),
    )
    best = tuner.fit().get_best_result()
    print(f"accuracy {best.metrics['accuracy']:.3f} with {best.config}")


if __name__ == "__main__":
    main()
