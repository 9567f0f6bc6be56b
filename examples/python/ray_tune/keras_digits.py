"""A Keras network on images of digits: tuned with ASHA, then trained by a population (PBT) that goes on from its checkpoints.

    python examples/python/ray_tune/keras_digits.py
"""

import math
import os

import sklearn.datasets
from keras import Sequential, layers, models, optimizers
from sklearn.model_selection import train_test_split
from trialist import tune
from trialist.tune.integration.keras import TuneReportCheckpointCallback
from trialist.tune.schedulers import ASHAScheduler, PopulationBasedTraining


def load():
    """Images of 8 by 8 pixels, scaled to [0, 1], and their labels, for training and for validation."""
    data, labels = sklearn.datasets.load_digits(return_X_y=True)
    return train_test_split(data / 16, labels, test_size=0.25, random_state=0)


def build(config):
    model = Sequential(
        [
            layers.Input((64,)),
            layers.Dense(config["hidden"], activation="relu"),
            layers.Dropout(config["dropout"]),
            layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = optimizers.SGD(config["lr"], momentum=config["momentum"])
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train_digits(config, data=None):
    train_x, test_x, train_y, test_y = data
    model, start = build(config), 0
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            model = models.load_model(os.path.join(folder, "model.keras"))
        model.optimizer.learning_rate = config["lr"]
        model.optimizer.momentum = config["momentum"]
        start = int(model.optimizer.iterations) // math.ceil(len(train_x) / 64)
    model.fit(
        train_x,
        train_y,
        batch_size=64,
        initial_epoch=start,
        epochs=config["epochs"],
        validation_data=(test_x, test_y),
        verbose=0,
        callbacks=[TuneReportCheckpointCallback(metrics={"accuracy": "val_accuracy"})],
    )


def main():
    trainable = tune.with_parameters(train_digits, data=load())
    space = {
        "hidden": tune.choice([32, 64, 128]),
        "dropout": tune.uniform(0, 0.5),
        "lr": tune.loguniform(3e-2, 0.5),
        "momentum": tune.uniform(0.5, 0.9),
        "epochs": 6,
    }
    asha = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(
            metric="accuracy",
            mode="max",
            num_samples=6,
            scheduler=ASHAScheduler(max_t=6, grace_period=1, reduction_factor=2),
            seed=1,
        ),
    )
    best = asha.fit().get_best_result()
    print(f"ASHA: {best.metrics['accuracy']:.3f} with {best.config}")
    with best.checkpoint.as_directory() as saved:
        _loss, accuracy = models.load_model(os.path.join(saved, "model.keras")).evaluate(*load()[1::2], verbose=0)
    print(f"its model: {accuracy:.3f}")

    pbt = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=2,
        hyperparam_mutations={"lr": tune.loguniform(3e-2, 0.5), "momentum": tune.uniform(0.5, 0.9)},
    )
    population = tune.Tuner(
        trainable,
        param_space={"hidden": 64, "dropout": 0.1, "lr": tune.loguniform(3e-2, 0.5), "momentum": 0.9, "epochs": 6},
        tune_config=tune.TuneConfig(metric="accuracy", mode="max", num_samples=4, scheduler=pbt, seed=1),
    )
    best = population.fit().get_best_result()
    print(f"PBT: {best.metrics['accuracy']:.3f} after {best.metrics['training_iteration']} epochs")


if __name__ == "__main__":
    main()
