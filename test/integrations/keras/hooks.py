"""Reports at hooks of Keras: what results, a checkpoint at the end of the training alone, and what is no hook."""

import json
import os

import numpy
from keras import Sequential, layers, models
from trialist import tune
from trialist.air.integrations.keras import ReportCheckpointCallback as Older
from trialist.train.tensorflow.keras import ReportCheckpointCallback
from trialist.tune.integration.keras import TuneReportCallback


def train(config):
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", loss="mse", metrics=["mae"])
    data, target = numpy.ones((8, 2)), numpy.ones(8)
    callback = {
        "end": lambda: ReportCheckpointCallback("train_end", ["epoch_end"], metrics={"loss": "loss", "error": "mae"}),
        "batches": lambda: TuneReportCallback("loss", on="train_batch_end"),
    }[config["kind"]]()
    model.fit(data, target, epochs=3, batch_size=2, verbose=0, callbacks=[callback])


def main():
    try:
        ReportCheckpointCallback(report_metrics_on="epoch_over")
    except ValueError as error:
        refused = str(error)
    results = tune.Tuner(
        train,
        param_space={"kind": tune.grid_search(["end", "batches"])},
        tune_config=tune.TuneConfig(metric="loss", mode="min"),
    ).fit()
    end, batches = results
    with end.checkpoint.as_directory() as folder:
        weights = models.load_model(os.path.join(folder, "model.keras")).get_weights()
    print(
        json.dumps(
            {
                "refused": refused,
                "same": Older is ReportCheckpointCallback,
                "end": [[row["loss"], row["error"]] for row in end.history()],
                "weights": [list(part.shape) for part in weights],
                "batches": len(batches.history()),
                "without": batches.checkpoint is None,
            }
        )
    )


if __name__ == "__main__":
    main()
