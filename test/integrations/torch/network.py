"""A small network. torch is imported once; each trial is forked from there."""

import os

import torch
from torch import nn
from trialist import report

IMPORTED_BY = os.getpid()


def data():
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(256, 8, generator=generator)
    return inputs, (inputs[:, :1] * inputs[:, 1:2]).tanh()


def train(config):
    torch.set_num_threads(2)
    torch.manual_seed(0)
    inputs, targets = data()
    model = nn.Sequential(nn.Linear(8, config["width"]), nn.ReLU(), nn.Linear(config["width"], 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    for _ in range(40):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        # A tensor with one element is a number, with its gradient or without.
        report(loss=loss, imported_by=IMPORTED_BY, process=os.getpid())


def scalars(config):
    report(
        {
            "loss": torch.tensor(0.25, requires_grad=True),
            "half": torch.tensor(0.5, dtype=torch.bfloat16),
            "whole": torch.tensor(7),
            "flag": torch.tensor(True),
        }
    )


def threads(config):
    report(loss=torch.get_num_threads())
