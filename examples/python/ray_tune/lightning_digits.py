"""A network of PyTorch Lightning on images of digits: tuned with ASHA, then trained by a population (PBT) that goes on from its checkpoints.

    python examples/python/ray_tune/lightning_digits.py
"""

import os
from pathlib import Path

import lightning.pytorch as pl
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset
from trialist import tune
from trialist.train.lightning import RayTrainReportCallback
from trialist.tune.integration.pytorch_lightning import TuneReportCheckpointCallback
from trialist.tune.schedulers import ASHAScheduler, PopulationBasedTraining


class DigitsClassifier(pl.LightningModule):
    def __init__(self, config):
        super().__init__()
        self.save_hyperparameters()
        self.lr = config["lr"]
        self.layer_1 = torch.nn.Linear(64, config["hidden"])
        self.layer_2 = torch.nn.Linear(config["hidden"], 10)

    def forward(self, x):
        return self.layer_2(torch.relu(self.layer_1(x)))

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = functional.cross_entropy(self(x), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", functional.cross_entropy(logits, y))
        self.log("val_accuracy", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)

    def on_train_start(self):
        # A checkpoint brings the learning rate of the one that it was taken over from.
        for group in self.optimizers().param_groups:
            group["lr"] = self.lr


class DigitsDataModule(pl.LightningDataModule):
    """Images of 8 by 8 pixels, scaled to [0, 1], and their labels."""

    def setup(self, stage=None):
        with open(Path(__file__).parents[2] / "data" / "optdigits.csv", encoding="utf-8") as file:
            rows = torch.tensor([[float(cell) for cell in line.split(",")] for line in file])
        images, labels = rows[:, :64] / 16, rows[:, 64].long()
        held_out = len(images) // 4
        self.digits_val = TensorDataset(images[:held_out], labels[:held_out])
        self.digits_train = TensorDataset(images[held_out:], labels[held_out:])

    def train_dataloader(self):
        return DataLoader(self.digits_train, batch_size=64, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.digits_val, batch_size=1_000)


def train_digits(config, callback=TuneReportCheckpointCallback, filename="checkpoint"):
    trainer = pl.Trainer(
        max_epochs=config["epochs"],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[callback()],
    )
    model, data = DigitsClassifier(config), DigitsDataModule()
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            trainer.fit(model, datamodule=data, ckpt_path=os.path.join(folder, filename))
    else:
        trainer.fit(model, datamodule=data)


def main():
    space = {"hidden": tune.choice([32, 64, 128]), "lr": tune.loguniform(1e-3, 1e-1), "epochs": 6}
    asha = tune.Tuner(
        tune.with_resources(train_digits, {"cpu": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(
            metric="val_accuracy",
            mode="max",
            num_samples=6,
            scheduler=ASHAScheduler(max_t=6, grace_period=1, reduction_factor=2),
            seed=1,
        ),
    )
    best = asha.fit().get_best_result()
    print(f"ASHA: {best.metrics['val_accuracy']:.3f} with {best.config}")
    with best.checkpoint.as_directory() as saved:
        model = DigitsClassifier.load_from_checkpoint(os.path.join(saved, "checkpoint"))
    images, labels = next(iter(_validation()))
    with torch.no_grad():
        accuracy = (model.eval()(images).argmax(1) == labels).float().mean()
    print(f"its model: {accuracy:.3f}")

    pbt = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=2,
        hyperparam_mutations={"lr": tune.loguniform(1e-3, 1e-1)},
    )
    population = tune.Tuner(
        tune.with_parameters(train_digits, callback=RayTrainReportCallback, filename=RayTrainReportCallback.CHECKPOINT_NAME),
        param_space={"hidden": 64, "lr": tune.loguniform(1e-3, 1e-1), "epochs": 6},
        tune_config=tune.TuneConfig(metric="val_accuracy", mode="max", num_samples=4, scheduler=pbt, seed=1),
    )
    best = population.fit().get_best_result()
    print(f"PBT: {best.metrics['val_accuracy']:.3f} after {best.metrics['epoch'] + 1} epochs")


def _validation():
    data = DigitsDataModule()
    data.setup()
    return data.val_dataloader()


if __name__ == "__main__":
    main()
