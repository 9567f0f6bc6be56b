"""A small convolutional network on images of digits: tuned with ASHA, then trained by a population (PBT).

    python examples/python/ray_tune/torch_cnn.py
"""

import os
import tempfile
from pathlib import Path

import torch
from torch import nn
from trialist import tune
from trialist.tune import Checkpoint
from trialist.tune.schedulers import ASHAScheduler, PopulationBasedTraining


class Network(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, 2 * channels, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * channels * 16, 10),
        )

    def forward(self, images):
        return self.layers(images)


def train_digits(config, data=None):
    images, labels = data
    held_out = len(images) // 4
    net = Network(config["channels"])
    optimizer = torch.optim.SGD(net.parameters(), lr=config["lr"], momentum=config["momentum"])
    start = 0
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            state = torch.load(os.path.join(folder, "checkpoint.pt"))
        net.load_state_dict(state["net"])
        start = state["epoch"] + 1
    for epoch in range(start, config["epochs"]):
        net.train()
        order = torch.randperm(len(images) - held_out) + held_out
        for batch in order.split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            accuracy = (net(images[:held_out]).argmax(1) == labels[:held_out]).float().mean()
        with tempfile.TemporaryDirectory() as folder:
            torch.save({"net": net.state_dict(), "epoch": epoch}, os.path.join(folder, "checkpoint.pt"))
            tune.report({"accuracy": accuracy.item()}, checkpoint=Checkpoint.from_directory(folder))


def load():
    """Images of 8 by 8 pixels, scaled to [0, 1], and their labels."""
    with open(Path(__file__).parents[2] / "data" / "optdigits.csv", encoding="utf-8") as file:
        rows = torch.tensor([[float(cell) for cell in line.split(",")] for line in file])
    return rows[:, :64].reshape(-1, 1, 8, 8) / 16, rows[:, 64].long()


def main():
    trainable = tune.with_parameters(train_digits, data=load())
    space = {
        "channels": tune.choice([4, 8]),
        "lr": tune.loguniform(1e-2, 0.2),
        "momentum": tune.uniform(0.8, 0.95),
        "epochs": 6,
    }
    asha = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(
            metric="accuracy",
            mode="max",
            num_samples=8,
            scheduler=ASHAScheduler(max_t=6, grace_period=1, reduction_factor=2),
            seed=1,
        ),
    )
    best = asha.fit().get_best_result()
    print(f"ASHA: {best.metrics['accuracy']:.3f} with {best.config}")
    with best.checkpoint.as_directory() as saved:
        torch.load(os.path.join(saved, "checkpoint.pt"))

    pbt = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=2,
        hyperparam_mutations={"lr": tune.loguniform(1e-2, 0.2), "momentum": [0.8, 0.85, 0.9, 0.95]},
    )
    population = tune.Tuner(
        trainable,
        param_space={"channels": 8, "lr": tune.loguniform(1e-2, 0.2), "momentum": 0.8, "epochs": 8},
        tune_config=tune.TuneConfig(metric="accuracy", mode="max", num_samples=4, scheduler=pbt, seed=1),
    )
    best = population.fit().get_best_result()
    print(f"PBT: {best.metrics['accuracy']:.3f} after {best.metrics['training_iteration']} epochs")


if __name__ == "__main__":
    main()
