"""What a search algorithm written in Python is."""

from __future__ import annotations

import glob
import math
import os
import pickle
from typing import Any, Mapping, Sequence

SearcherFinished = "FINISHED"


class Searcher:
    """Proposes configurations, knowing the results so far. Subclass it and write :meth:`suggest`.

    It runs in this process: the engine asks for a suggestion, and what is answered stands in the log. An experiment that goes on
    later is told first what happened, in the same order: :meth:`replay` for each trial, then its results.

    :param metric: what it judges by. Default: that of the ``TuneConfig``.
    :param mode: ``"min"`` or ``"max"``. Default: that of the ``TuneConfig``.
    """

    FINISHED = SearcherFinished
    CKPT_FILE_TMPL = "searcher-state-{}.pkl"

    def __init__(self, metric: str | None = None, mode: str | None = None) -> None:
        if mode is not None and isinstance(mode, str) and mode not in ("min", "max"):
            raise ValueError(f"{type(self).__name__}(): mode must be 'min' or 'max', and is {mode!r}")
        self._metric = metric
        self._mode = mode

    @property
    def metric(self) -> str | None:
        return self._metric

    @property
    def mode(self) -> str | None:
        return self._mode

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        """Told of the experiment before it begins, and what it judges by.

        :param config: the ``param_space``.
        :returns: whether the searcher takes the space over; False where it has one of its own.
        """
        self._metric, self._mode = metric, mode
        return False

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The configuration of a new trial; None: none for now; ``Searcher.FINISHED``: no more."""
        raise NotImplementedError

    def replay(self, trial_id: str, config: dict[str, Any]) -> None:
        """Told of a trial that an earlier session suggested. Asks :meth:`suggest` again, unless overridden, and uses no answer.

        :param config: what it was suggested.
        """
        self.suggest(trial_id)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """A trial reported and goes on."""

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """A trial is over.

        :param result: its last report; None where there is none.
        """

    def on_pause(self, trial_id: str) -> None:
        """A trial makes room, and may go on later."""

    def on_unpause(self, trial_id: str) -> None:
        """A trial that had made room goes on."""

    def add_evaluated_point(
        self,
        parameters: dict[str, Any],
        value: float,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        """Learns from a configuration that was tried elsewhere."""
        raise NotImplementedError(f"{type(self).__name__} can't learn from points that were evaluated elsewhere")

    def add_evaluated_trials(self, trials_or_analysis: Any, metric: str) -> None:
        """Learns from trials, or from an ``ExperimentAnalysis``."""
        for trial in getattr(trials_or_analysis, "trials", trials_or_analysis):
            value = trial.last_result.get(metric)
            if value is not None:
                self.add_evaluated_point(trial.config, value, error=trial.status == "ERROR")

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        """Whether the searcher itself sees to it that so many trials at most are under way."""
        return False

    def get_state(self) -> dict[str, Any]:
        return dict(vars(self))

    def set_state(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state)

    def save(self, checkpoint_path: str) -> None:
        """Writes what the searcher knows to a file."""
        with open(checkpoint_path, "wb") as file:
            pickle.dump(self.get_state(), file)

    def restore(self, checkpoint_path: str) -> None:
        """Reads what :meth:`save` wrote."""
        with open(checkpoint_path, "rb") as file:
            self.set_state(pickle.load(file))

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Writes what the searcher knows into a folder, whole or not at all."""
        path = os.path.join(checkpoint_dir, self.CKPT_FILE_TMPL.format(session_str))
        self.save(f"{path}.partial")
        os.replace(f"{path}.partial", path)

    def restore_from_dir(self, checkpoint_dir: str) -> None:
        """Reads the newest of what :meth:`save_to_dir` wrote.

        :raises RuntimeError: where there is none.
        """
        found = glob.glob(os.path.join(checkpoint_dir, self.CKPT_FILE_TMPL.format("*")))
        if not found:
            raise RuntimeError(f"there is no state of a searcher in {checkpoint_dir}")
        self.restore(max(found))


class EngineSearcher(Searcher):
    """A search algorithm of the engine's, named with its options."""

    here: Searcher | None = None
    """One that runs in this process in its place; most have none."""
    evaluated: Sequence[tuple[Mapping[str, Any], float]] = ()
    """Configurations that were tried elsewhere, and what each gave."""
    max_concurrent: int | None = None
    """Trials at a time at most, where nothing else is said."""

    def json(self) -> dict[str, Any]:
        """Its name and options for the engine."""
        raise NotImplementedError

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        return self._here().set_search_properties(metric, mode, config, **spec)

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        return self._here().suggest(trial_id)

    def replay(self, trial_id: str, config: dict[str, Any]) -> None:
        self._here().replay(trial_id, config)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        self._here().on_trial_result(trial_id, result)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        self._here().on_trial_complete(trial_id, result=result, error=error)

    def on_pause(self, trial_id: str) -> None:
        self._here().on_pause(trial_id)

    def on_unpause(self, trial_id: str) -> None:
        self._here().on_unpause(trial_id)

    def add_evaluated_point(
        self,
        parameters: dict[str, Any],
        value: float,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        """Learns from a configuration that was tried elsewhere, before the experiment begins. Of one that failed, or whose value is not
        finite, only a searcher in this process learns.

        :param parameters: all that the space has, but for constants.
        """
        if self.here is not None:
            self.here.add_evaluated_point(parameters, value, error, pruned, intermediate_values)
        elif not error and value is not None and math.isfinite(value):
            self.evaluated = [*self.evaluated, (dict(parameters), float(value))]

    def _here(self) -> Searcher:
        if self.here is None:
            raise RuntimeError(f"{type(self).__name__} runs in the engine: give it to a TuneConfig as search_alg")
        return self.here
