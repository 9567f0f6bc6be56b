"""``tune.run``, as scripts of old call it."""

from __future__ import annotations

import os
from typing import Any, Mapping, Sequence

from ._config import CheckpointConfig, FailureConfig, ResumeConfig, RunConfig, TuneConfig
from ._names import not_yet
from ._tuner import Tuner
from .analysis import ExperimentAnalysis
from .error import TuneError
from .experiment import Experiment
from .trainable import with_resources


def run(
    run_or_experiment: Any,
    *,
    name: str | None = None,
    metric: str | None = None,
    mode: str | None = None,
    stop: Any = None,
    time_budget_s: Any = None,
    config: Mapping[str, Any] | None = None,
    resources_per_trial: Any = None,
    num_samples: int = 1,
    storage_path: str | None = None,
    storage_filesystem: Any = None,
    search_alg: Any = None,
    scheduler: Any = None,
    checkpoint_config: CheckpointConfig | None = None,
    verbose: int | None = None,
    progress_reporter: Any = None,
    log_to_file: Any = False,
    trial_name_creator: Any = None,
    trial_dirname_creator: Any = None,
    sync_config: Any = None,
    export_formats: Sequence[str] | None = None,
    max_failures: int = 0,
    fail_fast: bool | str = False,
    restore: Any = None,
    resume: bool | str | None = None,
    resume_config: ResumeConfig | None = None,
    reuse_actors: bool = False,
    raise_on_failed_trial: bool = True,
    callbacks: Sequence[Any] | None = None,
    max_concurrent_trials: int | None = None,
    trial_executor: Any = None,
    keep_checkpoints_num: int | None = None,
    checkpoint_score_attr: str | None = None,
    checkpoint_freq: int = 0,
    checkpoint_at_end: bool = False,
    local_dir: str | None = None,
    chdir_to_trial_dir: bool | None = None,
    **others: Any,
) -> ExperimentAnalysis:
    """Runs an experiment and answers what came of it. :class:`Tuner` is the newer way.

    :param run_or_experiment: a function, class, registered name, or :class:`Experiment`.
    :param resume: True or ``"AUTO"``: goes on with the experiment ``name``, where it is there; ``"AUTO+ERRORED"``: and with its trials
        that failed, from their checkpoints; ``"AUTO+RESTART_ERRORED"``: these from nothing.
    :raises TuneError: where a trial failed, unless ``raise_on_failed_trial`` is False.
    """
    not_yet(
        "tune.run()",
        {"restore": restore, "export_formats": export_formats, "trial_executor": trial_executor},
        {
            "restore": "Give the path of the checkpoint in the configuration, and load it in the trainable.",
            "export_formats": "Write what you need into the trial's folder, tune.get_context().get_trial_dir().",
            "trial_executor": "Leave it out.",
        },
    )
    for unknown in others:
        if not unknown.startswith("_"):
            from ._names import no_such

            no_such(f"tune.run() has no argument {unknown!r}", unknown, ["metric", "mode", "config", "num_samples", "stop"])
    if isinstance(run_or_experiment, Experiment):
        return run(run_or_experiment.run, name=name or run_or_experiment.name, **run_or_experiment.spec)
    trainable = run_or_experiment
    if resources_per_trial is not None:
        from .registry import known_trainable

        trainable = with_resources(known_trainable(trainable), resources_per_trial)
    checkpoints = checkpoint_config or CheckpointConfig(
        num_to_keep=keep_checkpoints_num,
        checkpoint_score_attribute=checkpoint_score_attr and checkpoint_score_attr.removeprefix("min-"),
        checkpoint_score_order="min" if (checkpoint_score_attr or "").startswith("min-") else "max",
        checkpoint_frequency=checkpoint_freq,
        checkpoint_at_end=checkpoint_at_end or None,
    )
    run_config = RunConfig(
        name=name,
        storage_path=storage_path or local_dir,
        storage_filesystem=storage_filesystem,
        failure_config=FailureConfig(max_failures, fail_fast),
        checkpoint_config=checkpoints,
        sync_config=sync_config,
        verbose=verbose,
        stop=stop,
        callbacks=callbacks,
        progress_reporter=progress_reporter,
        log_to_file=log_to_file,
    )
    tune_config = TuneConfig(
        metric=metric,
        mode=mode,
        search_alg=search_alg,
        scheduler=scheduler,
        num_samples=num_samples,
        max_concurrent_trials=max_concurrent_trials,
        time_budget_s=time_budget_s,
        reuse_actors=reuse_actors,
        trial_name_creator=trial_name_creator,
        trial_dirname_creator=trial_dirname_creator,
        chdir_to_trial_dir=chdir_to_trial_dir,
    )
    tuner = _resumed(run_config, trainable, config, resume, resume_config)
    if tuner is None:
        tuner = Tuner(trainable, param_space=config, tune_config=tune_config, run_config=run_config)
    results = tuner.fit()
    if results.errors and raise_on_failed_trial:
        raise TuneError(f"{results.num_errors} of {len(results)} trials failed, the first with: {results.errors[0]}")
    return ExperimentAnalysis(results, default_metric=metric, default_mode=mode)


def run_experiments(experiments: Any, **options: Any) -> list[Any]:
    """Runs experiments one after another, and answers all their trials.

    :param experiments: an :class:`Experiment`, a list of these, or a dict of names to dicts with ``run``.
    """
    if isinstance(experiments, Mapping):
        experiments = [Experiment.from_json(name, spec) for name, spec in experiments.items()]
    elif isinstance(experiments, Experiment):
        experiments = [experiments]
    trials: list[Any] = []
    for experiment in experiments:
        trials.extend(run(experiment.run, name=experiment.name, **{**experiment.spec, **options}).trials)
    return trials


_ERRORED = {
    "ERRORED": ResumeConfig(errored=ResumeConfig.RESUME),
    "RESTART_ERRORED": ResumeConfig(errored=ResumeConfig.RESTART),
    "ERRORED_ONLY": ResumeConfig(unfinished=ResumeConfig.SKIP, errored=ResumeConfig.RESUME),
    "RESTART_ERRORED_ONLY": ResumeConfig(unfinished=ResumeConfig.SKIP, errored=ResumeConfig.RESTART),
}


def _resumed(config: RunConfig, trainable: Any, space: Any, resume: Any, how: ResumeConfig | None) -> Tuner | None:
    if not resume and how is None:
        return None
    folder = os.path.join(config.storage_path, config.name or "")
    words = str(resume).upper().split("+")
    for word in words:
        if word not in ("TRUE", "AUTO", *_ERRORED):
            raise ValueError(f"tune.run(): resume={resume!r}: expected True, 'AUTO' or 'AUTO+' and one of {', '.join(_ERRORED)}")
    known = config.name is not None and Tuner.can_restore(folder)
    if not known:
        if "AUTO" in words or how is not None:
            return None
        raise ValueError(f"tune.run(): resume={resume!r} needs name, that of an experiment in {config.storage_path}")
    wanted = [_ERRORED[word] for word in words if word in _ERRORED]
    return Tuner.restore(folder, trainable, param_space=space, _resume_config=how or (wanted[-1] if wanted else None))
