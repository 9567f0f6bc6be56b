"""Reports at hooks of Lightning: when, what of the metrics, with which checkpoint; and what is refused."""

import json
import os
import warnings

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader, TensorDataset
from trialist import tune
from trialist.train.lightning import RayDDPStrategy, RayLightningEnvironment, RayTrainReportCallback, prepare_trainer
from trialist.train.torch import TorchTrainer
from trialist.tune.integration.pytorch_lightning import TuneReportCallback, TuneReportCheckpointCallback
from trialist.tune.integration.ray_train import TuneReportCallback as OfWorkers

EPOCHS, BATCHES = 3, 4


class Line(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, _):
        loss = self._loss(batch)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", self._loss(batch))

    def _loss(self, batch):
        x, y = batch
        return torch.nn.functional.mse_loss(self.layer(x), y)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def trainer(*callbacks):
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
    return prepare_trainer(pl.Trainer(max_epochs=EPOCHS, accelerator="cpu", callbacks=list(callbacks), **quiet))


def train(config):
    callback = {
        # What is logged in training comes after the first validation: that report is without it.
        "named": lambda: TuneReportCheckpointCallback({"loss": "val_loss", "before": "train_loss"}, filename="line.ckpt"),
        "all": lambda: TuneReportCallback(on=["train_epoch_end", "train_end"]),
        "batches": lambda: TuneReportCallback("val_loss", on="train_batch_end"),
        "newer": RayTrainReportCallback,
    }[config["kind"]]()
    data = DataLoader(TensorDataset(torch.ones(BATCHES, 2), torch.ones(BATCHES, 1)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer(callback).fit(Line(), data, data)
    said = [str(each.message) for each in caught if "there is no metric" in str(each.message)]
    with open(os.path.join(config["said"], config["kind"]), "w", encoding="utf-8") as file:
        json.dump(said, file)


def refusal(call, *args, **named):
    try:
        call(*args, **named)
    except (NotImplementedError, ValueError) as error:
        return str(error)


def rows(result):
    names = {"loss", "before", "train_loss", "val_loss", "epoch", "step"}
    return [{name: value for name, value in row.items() if name in names} for row in result.history()]


def saved(result, name):
    """How many steps of the optimizer there were when the newest checkpoint was saved."""
    if result.checkpoint is None:
        return None
    with result.checkpoint.as_directory() as folder:
        return torch.load(os.path.join(folder, name))["global_step"]


def main():
    kinds = ["named", "all", "batches", "newer"]
    space = {"kind": tune.grid_search(kinds), "said": os.getcwd()}
    results = {result.config["kind"]: result for result in tune.Tuner(train, param_space=space).fit()}
    files = {"named": "line.ckpt", "newer": "checkpoint.ckpt"}
    said = {}
    for kind in kinds:
        with open(kind, encoding="utf-8") as file:
            said[kind] = json.load(file)
    print(
        json.dumps(
            {
                "rows": {kind: rows(results[kind]) for kind in kinds},
                "saved": {kind: saved(results[kind], files.get(kind)) for kind in kinds},
                "said": said,
                "refused": [
                    refusal(TuneReportCheckpointCallback, on="validation_over"),
                    refusal(TuneReportCheckpointCallback, on="save_checkpoint"),
                    refusal(RayTrainReportCallback, validation=True),
                    refusal(RayDDPStrategy),
                    refusal(RayLightningEnvironment),
                    refusal(TorchTrainer, train),
                    refusal(OfWorkers),
                    refusal(prepare_trainer, pl.Trainer(accelerator="cpu", devices=2, strategy="ddp_spawn", logger=False)),
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
