"""Algorithms and callbacks of the user's: told of the log by the engine, and asked for what they decide.

All of this runs in the user's process, between two messages of the engine's. What is answered becomes an event of the log; an
experiment that goes on later tells them of its log first.
"""

from __future__ import annotations

import os
import time
import traceback
import warnings
from datetime import datetime
from typing import Any, Callable, Mapping, Sequence

from ._payload import paths_of
from .experiment.trial import Trial, id_of
from .search.searcher import Searcher

_NAME_LENGTH = 130
_STATES = {"completed": Trial.TERMINATED, "stopped": Trial.TERMINATED, "failed": Trial.ERROR}


class Plugins:
    """What of an experiment is the user's own.

    :param payload: knows the user's configurations.
    :param folder: that of the experiment.
    :param trainable: its name.
    :param info: what a result holds of a decision of the engine's, by its rule and numbers.
    :param known: so many trials are results from elsewhere, of which only the searcher learns.
    """

    def __init__(
        self,
        payload: Any,
        folder: str,
        trainable: str,
        *,
        searcher: Searcher | None = None,
        judge: Any = None,
        explore: Callable[[dict[str, Any]], Any] | None = None,
        info: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
        callbacks: Sequence[Any] = (),
        fail_fast: bool = False,
        names: tuple[Any, Any] = (None, None),
        known: int = 0,
    ) -> None:
        self.trials: list[Trial] = []
        self._payload = payload
        self._folder = folder
        self._trainable = trainable
        self._searcher = searcher
        self._judge = judge
        self._explore = explore
        self._info = info
        self._callbacks = list(callbacks)
        self._fail_fast = fail_fast
        self._known = known
        self._name_of, self._folder_of = names
        self.wants_end = False
        """The session is to end, so that it can go on later."""
        self._suggested = 0
        self._ended_some = False
        self._asked: Mapping[str, Any] | None = None
        self._iteration = 0
        self._now = 0.0
        self._began: dict[int, float] = {}
        self._waiting: dict[int, dict[str, Any]] = {}
        self._making_room: set[int] = set()
        self._heard = 0
        """Messages of the log."""
        self.fault: BaseException | None = None
        """What the user's code raised last."""

    def handle(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Takes a message of the engine's and answers what it is to be told."""
        kind = message["type"]
        try:
            if kind == "log":
                self._heard += 1
                for event, later in _with_later(message["events"]):
                    self._take(event, later, message["replayed"])
                return [*self._wishes(), *self._suggestions()]
            if kind == "suggest":
                self._asked = message
                return self._suggestions()
            if kind == "decide":
                return [{"id": message["id"], **self._decide(message)}]
            if kind == "explore":
                return [{"id": message["id"], "config": self._explored(message)}]
        except Exception as fault:
            self.fault = fault
            asked = self._asked if kind == "log" else message
            self._asked = None
            if asked is None:
                raise
            return [{"id": asked["id"], "error": "".join(traceback.format_exception(fault))}]
        return []

    def end(self) -> None:
        """No further trial runs."""
        self._tell("on_experiment_end", trials=self.trials)

    def begin(self, stop: Any, num_samples: int, total: Any) -> None:
        self._tell("setup", stop=stop, num_samples=num_samples, total_num_samples=total)

    def _wishes(self) -> list[dict[str, Any]]:
        """What is to happen without a question."""
        if self._judge is None:
            return []
        wishes: list[dict[str, Any]] = []
        chosen = self._judge.chosen(self.trials)
        if chosen is not None:
            chosen.status = Trial.PENDING
            wishes.append({"id": 0, "resume": [chosen.number]})
        halt = self._judge.halt() if self._ended_some else None
        self._ended_some = False
        return wishes if halt is None else [*wishes, {"id": 0, "halt": halt}]

    # The searcher

    def _suggestions(self) -> list[dict[str, Any]]:
        """The answer to the question that waits for one; none while the searcher has none."""
        if self._asked is None or self._searcher is None:
            return []
        configs: list[dict[str, Any]] = []
        over = False
        while len(configs) < self._asked["n"]:
            suggestion = self._searcher.suggest(id_of(os.path.basename(self._folder), self._suggested))
            over = isinstance(suggestion, str) and suggestion == Searcher.FINISHED
            if suggestion is None or over:
                break
            if not isinstance(suggestion, Mapping):
                raise TypeError(
                    f"{type(self._searcher).__name__}.suggest() must answer a configuration, a dict, None for none yet, or "
                    f"Searcher.FINISHED, and answered {suggestion!r}"
                )
            self._suggested += 1
            configs.append(self._payload.encode(paths_of(suggestion)))
        if not configs and not over:
            return self._none_for_now()
        asked, self._asked = self._asked, None
        return [{"id": asked["id"], "configs": configs}]

    def _none_for_now(self) -> list[dict[str, Any]]:
        """While trials run there is something to wait for; with paused ones alone the engine must see to it that it goes on."""
        unfinished = {trial.status for trial in self.trials if not trial.is_finished()}
        return [{"id": 0, "stalled": self._heard}] if unfinished == {Trial.PAUSED} else []

    # What happened

    def _take(self, event: Mapping[str, Any], later: Sequence[Mapping[str, Any]], replayed: bool) -> None:
        kind = event["event"]
        if event.get("trial", self._known) < self._known:
            return
        if kind == "time":
            self._now = event["now"] / 1000
        elif kind == "suggested":
            self._begun(event, replayed)
        elif kind == "launched":
            self._launched(event)
        elif kind == "reported":
            self._reported(event, later, replayed)
        elif kind == "ended":
            self._ended(event)
        elif kind == "reopened":
            self._reopened(self._trial(event["trial"]))

    def _trial(self, number: int) -> Trial:
        return self.trials[number - self._known]

    def _begun(self, event: Mapping[str, Any], replayed: bool) -> None:
        number = event["trial"]
        config = self._payload.decode(event["config"])
        if replayed and self._searcher is not None:
            self._searcher.replay(id_of(os.path.basename(self._folder), number), config)
        self._suggested = max(self._suggested, number + 1)
        trial = Trial(number, config, self._payload.chosen(event["config"]), self._trainable, self._folder)
        self.trials.append(trial)
        self._name(trial)
        if self._judge is not None:
            self._judge.added(trial, self.trials)

    def _name(self, trial: Trial) -> None:
        """The user's own names; a folder of such a name leads to the trial's."""
        if self._name_of is not None:
            trial.custom_trial_name = str(self._name_of(trial))
        if self._folder_of is None:
            return
        name = "".join(c if c not in '<>:"/\\|?*' else "_" for c in str(self._folder_of(trial)))[:_NAME_LENGTH]
        link = os.path.join(self._folder, name)
        if os.path.lexists(link):
            link = f"{link}_{trial.trial_id}"
        if not os.path.lexists(link):
            os.symlink(os.path.join("trials", str(trial.number)), link, target_is_directory=True)
        trial.custom_dirname = os.path.basename(link)

    def _launched(self, event: Mapping[str, Any]) -> None:
        trial = self._trial(event["trial"])
        trial.status = Trial.RUNNING
        if trial.number in self._making_room and self._searcher is not None:
            self._searcher.on_unpause(trial.trial_id)
        self._making_room.discard(trial.number)
        self._began[trial.number] = self._now
        again = event["attempt"] > 1
        self._tell("on_trial_restore" if again else "on_trial_start", trial=trial)

    def _reported(self, event: Mapping[str, Any], later: Sequence[Mapping[str, Any]], replayed: bool) -> None:
        trial = self._trial(event["trial"])
        result = self._result(trial, event)
        if event["checkpoint"] is not None:
            trial.checkpoint = _checkpoint(self._folder, event)
        decided = _decision_on(trial.number, later)
        if self._judge is not None and event["judged"]:
            if decided is not None and decided["by"] != "client":
                self._judge.see(trial, result)
            elif replayed:
                self._judge.decide(trial, result, self.trials)
            else:
                # Whether it goes on is asked in a moment.
                self._waiting[trial.number] = result
                return
        if self._info is not None:
            result.update(self._info(decided["why"] if decided is not None else {}))
        self._told(trial, result, "continue" if decided is None else decided["action"])

    def _told(self, trial: Trial, result: dict[str, Any], action: str) -> None:
        if action == "pause":
            self._making_room.add(trial.number)
        if action in ("stop", "complete"):
            result["done"] = True
        elif self._searcher is not None:
            if action == "pause":
                self._searcher.on_pause(trial.trial_id)
            self._searcher.on_trial_result(trial.trial_id, result)
        self._tell("on_trial_result", trial=trial, result=result)
        trial.last_result = result
        if trial.checkpoint is not None and trial.checkpoint.step == result["training_iteration"]:
            self._tell("on_trial_save", trial=trial)
            self._tell("on_checkpoint", trial=trial, checkpoint=trial.checkpoint)

    def _result(self, trial: Trial, event: Mapping[str, Any]) -> dict[str, Any]:
        total = self._now - self._began.get(trial.number, self._now)
        before = trial.last_result.get("time_total_s", 0.0)
        now = datetime.now()
        own = {
            "training_iteration": event["step"],
            "trial_id": trial.trial_id,
            "experiment_tag": trial.experiment_tag,
            "time_total_s": total,
            "time_this_iter_s": max(0.0, total - before),
            "timestamp": int(time.time()),
            "date": now.strftime("%Y-%m-%d_%H-%M-%S"),
            "done": False,
            "config": trial.config,
        }
        return {**own, **{name: _number(value) for name, value in event["metrics"].items()}}

    def _ended(self, event: Mapping[str, Any]) -> None:
        trial, state = self._trial(event["trial"]), event["state"]
        if state == "paused":
            trial.status = Trial.PAUSED
            return
        if state == "pending":
            trial.status = Trial.PENDING
            if event["outcome"] == "failed":
                trial.num_failures += 1
                if self._judge is not None:
                    self._judge.failed(trial, self.trials, again=True)
                self._tell("on_trial_recover", trial=trial)
            return
        trial.status = _STATES[state]
        failed = state == "failed"
        self._ended_some = True
        self.wants_end = self.wants_end or (failed and self._fail_fast)
        if trial.last_result:
            trial.last_result["done"] = True
        if self._searcher is not None:
            result = trial.last_result if trial.last_result and not failed else None
            self._searcher.on_trial_complete(trial.trial_id, result=result, error=failed)
        if failed:
            trial.error = event["error"]
            trial.num_failures += 1
        if self._judge is not None:
            if failed:
                self._judge.failed(trial, self.trials, again=False)
            else:
                self._judge.completed(trial, self.trials)
        self._tell("on_trial_error" if failed else "on_trial_complete", trial=trial)

    def _reopened(self, trial: Trial) -> None:
        """A trial that failed is tried again."""
        trial.status, trial.error = Trial.PENDING, None
        if self._judge is not None:
            self._judge.added(trial, self.trials)
        self._tell("on_trial_recover", trial=trial)

    def _decide(self, message: Mapping[str, Any]) -> dict[str, Any]:
        trial = self._trial(message["trial"])
        result = self._waiting.pop(trial.number)
        answer: dict[str, Any] = self._judge.decide(trial, result, self.trials)
        if self._info is not None:
            result.update(self._info({}))
        self._told(trial, result, answer["action"])
        return answer

    def _explored(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration that a population explored, after the user's last change to it."""
        assert self._explore is not None
        trial = self._trial(message["trial"])
        result = self._waiting.pop(trial.number, None)
        if result is not None:
            self._judge.see(trial, result)
            self._told(trial, result, "exploit")
        config = self._explore(self._payload.decode(message["config"]))
        if not isinstance(config, Mapping):
            raise TypeError(f"custom_explore_fn() must answer a configuration, a dict, and answered {config!r}")
        encoded: dict[str, Any] = self._payload.encode(config)
        return encoded

    def _tell(self, hook: str, **named: Any) -> None:
        """Calls all callbacks; one that raises is switched off."""
        if hook.startswith("on_") and hook != "on_experiment_end":
            self._iteration += 1
            named = {"iteration": self._iteration, "trials": self.trials, **named}
        for callback in list(self._callbacks):
            method: Callable[..., Any] | None = getattr(callback, hook, None)
            try:
                if method is not None:
                    method(**named)
            except Exception:
                self._callbacks.remove(callback)
                what = f"{type(callback).__name__}.{hook}() failed and is switched off"
                warnings.warn(f"{what}:\n{traceback.format_exc()}", stacklevel=2)


def _with_later(events: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]:
    return [(event, events[i + 1 : i + 4]) for i, event in enumerate(events)]


def _decision_on(trial: int, later: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    for event in later:
        if event["event"] == "decided" and event["trial"] == trial:
            return event
    return None


def _checkpoint(folder: str, event: Mapping[str, Any]) -> Any:
    from .. import Checkpoint

    return Checkpoint(os.path.join(folder, "checkpoints", event["checkpoint"]), id=event["checkpoint"], step=event["step"])


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value
