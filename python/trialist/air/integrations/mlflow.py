"""MLflow."""

from __future__ import annotations

from typing import Any, Mapping

from ...tune import get_context
from ...tune._names import not_yet
from ...tune.logger import EngineLogger


class MLflowLoggerCallback(EngineLogger):
    """Runs in MLflow: one for the experiment, and below it one for each trial with parameters, metrics by step and tags.

    :param tracking_uri: the address of a server, ``http://…``. Default: ``MLFLOW_TRACKING_URI``.
    :param experiment_name: the experiment in MLflow. Default: that of ours.
    :param tags: of all runs.
    :param save_artifact: whether a trial's folder and its newest checkpoint become artefacts at its end.
    """

    _name = "mlflow"

    def __init__(
        self,
        tracking_uri: str | None = None,
        *,
        registry_uri: str | None = None,
        experiment_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        tracking_token: str | None = None,
        save_artifact: bool = False,
        log_params_on_trial_end: bool = False,
    ) -> None:
        given = {"registry_uri": registry_uri, "tracking_token": tracking_token}
        token = "Set MLFLOW_TRACKING_TOKEN."
        not_yet("MLflowLoggerCallback()", given, {"registry_uri": "Leave it out.", "tracking_token": token})
        options = {
            "trackingUri": tracking_uri,
            "experimentName": experiment_name,
            "tags": None if tags is None else {str(name): str(value) for name, value in tags.items()},
            "saveArtifact": save_artifact or None,
        }
        self._options = {name: value for name, value in options.items() if value is not None}


def setup_mlflow(
    config: Mapping[str, Any] | None = None,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
    experiment_id: str | None = None,
    experiment_name: str | None = None,
    tracking_token: str | None = None,
    artifact_location: str | None = None,
    run_name: str | None = None,
    create_experiment_if_not_exists: bool = False,
    tags: Mapping[str, Any] | None = None,
    rank_zero_only: bool = True,
) -> Any:
    """Begins a run of MLflow in a trial, with its own client, and answers the module ``mlflow``. Needs mlflow."""
    import mlflow

    if tracking_uri is not None:
        mlflow.set_tracking_uri(tracking_uri)
    if registry_uri is not None:
        mlflow.set_registry_uri(registry_uri)
    if experiment_name is not None and not create_experiment_if_not_exists:
        if mlflow.get_experiment_by_name(experiment_name) is None:
            raise ValueError(f"setup_mlflow(): there is no experiment {experiment_name!r} in MLflow")
    if experiment_id is not None or experiment_name is not None:
        mlflow.set_experiment(experiment_name=experiment_name, experiment_id=experiment_id)
    name = run_name or get_context().get_trial_name()
    mlflow.start_run(run_name=name, tags=dict(tags or {}), nested=True)
    mlflow.log_params({key: value for key, value in (config or {}).items()})
    return mlflow
