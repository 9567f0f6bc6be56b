"""Schedulers and stoppers of the user's: what becomes of a trial after a report."""

from __future__ import annotations

from typing import Any, Sequence

from .experiment.trial import Trial
from .schedulers.trial_scheduler import TrialScheduler
from .stopper import Stopper


class Controller:
    """What schedulers ask of the experiment."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self._trials = trials

    def get_trials(self) -> list[Trial]:
        return list(self._trials)

    def get_live_trials(self) -> set[Trial]:
        return {trial for trial in self._trials if not trial.is_finished()}

    def has_resources_for_trial(self, trial: Trial) -> bool:
        return True


class Judge:
    """Asks stoppers, then the scheduler.

    :param scheduler: None where the engine has it.
    """

    def __init__(self, scheduler: TrialScheduler | None, stoppers: Sequence[Stopper]) -> None:
        self.scheduler = scheduler
        self.stoppers = list(stoppers)

    def decide(self, trial: Trial, result: dict[str, Any], trials: Sequence[Trial]) -> dict[str, Any]:
        """What becomes of a trial, as the engine is told it."""
        answer = self._of_trial(trial, result, trials)
        halt = self.halt()
        return answer if halt is None else {**answer, "halt": halt}

    def see(self, trial: Trial, result: dict[str, Any]) -> None:
        """A report that the engine itself decided on: stoppers see each, and only what ends the experiment counts."""
        for stopper in self.stoppers:
            stopper(trial.trial_id, result)

    def halt(self) -> str | None:
        """Why the experiment is to end; None where it goes on."""
        ending = [type(stopper).__name__ for stopper in self.stoppers if stopper.stop_all()]
        return f"{ending[0]} ends the experiment" if ending else None

    def _of_trial(self, trial: Trial, result: dict[str, Any], trials: Sequence[Trial]) -> dict[str, Any]:
        # Each of them sees each report.
        ending = [type(stopper).__name__ for stopper in self.stoppers if stopper(trial.trial_id, result)]
        if ending:
            return {"action": "stop", "rule": ending[0]}
        if self.scheduler is None:
            return {"action": "continue"}
        decision = self.scheduler.on_trial_result(Controller(trials), trial, result)
        rule = type(self.scheduler).__name__
        if decision == TrialScheduler.STOP:
            return {"action": "stop", "rule": rule}
        if decision == TrialScheduler.PAUSE:
            return {"action": "pause", "rule": rule}
        if decision in (TrialScheduler.CONTINUE, TrialScheduler.NOOP):
            return {"action": "continue"}
        raise ValueError(f"{rule}.on_trial_result() answered {decision!r}, and not CONTINUE, PAUSE, STOP or NOOP")

    def chosen(self, trials: Sequence[Trial]) -> Trial | None:
        """A paused trial that is to go on."""
        paused = [trial for trial in trials if trial.status == Trial.PAUSED]
        if not paused or self.scheduler is None:
            return None
        chosen = self.scheduler.choose_trial_to_run(Controller(trials))
        if chosen is not None and chosen.status == Trial.PAUSED:
            return chosen
        busy = any(trial.status in (Trial.RUNNING, Trial.PENDING) for trial in trials)
        return None if busy else paused[0]

    def added(self, trial: Trial, trials: Sequence[Trial]) -> None:
        if self.scheduler is not None:
            self.scheduler.on_trial_add(Controller(trials), trial)

    def failed(self, trial: Trial, trials: Sequence[Trial], again: bool) -> None:
        if self.scheduler is not None:
            self.scheduler.on_trial_error(Controller(trials), trial)
            if again:
                self.scheduler.on_trial_add(Controller(trials), trial)

    def completed(self, trial: Trial, trials: Sequence[Trial]) -> None:
        if self.scheduler is not None:
            self.scheduler.on_trial_complete(Controller(trials), trial, trial.last_result)
