"""Tuning in Ray Tune's words, on an engine of our own::

    from trialist import tune

    def train(config):
        tune.report(loss=(config["x"] - 0.3) ** 2)

    tuner = tune.Tuner(
        train,
        param_space={"x": tune.uniform(0, 1)},
        tune_config=tune.TuneConfig(metric="loss", mode="min", num_samples=10),
    )
    print(tuner.fit().get_best_result().config)
"""

from __future__ import annotations

from .. import Checkpoint, get_checkpoint
from .._engine import TrialistError
from . import logger, schedulers, search, stopper
from ._config import CheckpointConfig, FailureConfig, ResumeConfig, RunConfig, SyncConfig, TuneConfig
from ._context import TuneContext, get_context
from ._domains import (
    choice,
    grid_search,
    lograndint,
    loguniform,
    qlograndint,
    qloguniform,
    qrandint,
    qrandn,
    quniform,
    randint,
    randn,
    sample_from,
    uniform,
)
from ._reports import report
from ._results import Result, ResultGrid, TrialError
from ._tuner import Tuner
from .analysis import ExperimentAnalysis
from .callback import Callback
from .error import TuneError
from .execution.placement_groups import PlacementGroupFactory
from .experiment import Experiment
from .progress_reporter import CLIReporter, JupyterNotebookReporter, ProgressReporter
from .registry import register_env, register_trainable
from .schedulers import create_scheduler
from .search import create_searcher
from .stopper import Stopper
from .trainable import Trainable, with_parameters, with_resources
from .tune import run, run_experiments

__all__ = [
    "CLIReporter",
    "Callback",
    "Checkpoint",
    "CheckpointConfig",
    "Experiment",
    "ExperimentAnalysis",
    "FailureConfig",
    "JupyterNotebookReporter",
    "PlacementGroupFactory",
    "ProgressReporter",
    "Result",
    "ResultGrid",
    "ResumeConfig",
    "RunConfig",
    "Stopper",
    "SyncConfig",
    "Trainable",
    "TrialError",
    "TrialistError",
    "TuneConfig",
    "TuneContext",
    "TuneError",
    "Tuner",
    "choice",
    "create_scheduler",
    "create_searcher",
    "get_checkpoint",
    "get_context",
    "grid_search",
    "logger",
    "lograndint",
    "loguniform",
    "qlograndint",
    "qloguniform",
    "qrandint",
    "qrandn",
    "quniform",
    "randint",
    "randn",
    "register_env",
    "register_trainable",
    "report",
    "run",
    "run_experiments",
    "sample_from",
    "schedulers",
    "search",
    "stopper",
    "uniform",
    "with_parameters",
    "with_resources",
]
