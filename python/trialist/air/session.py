"""What training code says, in the words of older scripts."""

from __future__ import annotations

from ..tune import get_checkpoint, get_context, report


def get_trial_id() -> str | None:
    """Names the trial."""
    return get_context().get_trial_id()


def get_trial_name() -> str | None:
    """The trainable's name and the trial's id."""
    return get_context().get_trial_name()


def get_trial_dir() -> str | None:
    """The trial's own folder."""
    return get_context().get_trial_dir()


def get_experiment_name() -> str | None:
    """The experiment's name."""
    return get_context().get_experiment_name()


__all__ = ["get_checkpoint", "get_context", "report"]
