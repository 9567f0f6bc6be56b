"""As noop.py, in a module that imports torch."""

import time

import torch  # noqa: F401


def train(config):
    return config["x"]


def started(config):
    return {"loss": config["x"], "started_ms": 1000 * time.time()}
