"""Ask and tell: configurations are asked for, evaluated wherever the caller likes, and their results told."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Sequence

from . import _engine, _metrics
from ._engine import TrialistError


@dataclass(frozen=True)
class Trial:
    """A configuration that is to be evaluated, or was."""

    number: int
    """From 0."""
    config: dict[str, Any]
    state: str = "running"
    """``running``, ``completed``, ``stopped`` or ``failed``."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """The last value of each metric."""
    score: float | None = None
    """That of the first objective; None where there is none."""


class Study:
    """Ask and tell, in memory; close it, or use it in a ``with``.

    ::

        study = Study({"x": uniform(-10, 10)}, metric="loss", mode="min")
        for trial in study.ask(4):
            study.tell(trial, (trial.config["x"] - 2) ** 2)
        print(study.best.config)

    :param space: names to parameters, such as ``uniform(0, 1)``, constants, and dicts of these.
    :param metric: what is optimised.
    :param mode: ``"min"`` or ``"max"``.
    :param objectives: several metrics with their modes, ``{"loss": "min", "size": "min"}``, in place of metric and mode.
    :param searcher: ``auto``, ``random``, ``sobol``, ``tpe``, ``gp``, ``cmaes`` or ``grid``.
    :param seed: every random draw follows from it: a whole number from 0. Default: drawn.
    :param initial: configurations that come first.
    :param noisy: whether equal configurations give different results. Default: it is found out.
    :raises TrialistError: where something is wrong, with how to mend it.
    """

    def __init__(
        self,
        space: Mapping[str, Any],
        metric: str = "value",
        mode: str = "min",
        *,
        objectives: Mapping[str, str] | None = None,
        searcher: str = "auto",
        seed: int | None = None,
        initial: Sequence[Mapping[str, Any]] = (),
        noisy: bool | None = None,
    ) -> None:
        from .tune._space import encode, space_json

        if not isinstance(space, Mapping):
            raise TypeError(f"Study(): space must be a dict of parameters, and is {space!r}")
        self._space = dict(space)
        self._lock = threading.Lock()
        self._metric = next(iter(objectives)) if objectives else metric
        options: dict[str, Any] = {"space": space_json(self._space), "metric": self._metric, "searcher": {"name": searcher}}
        if objectives:
            options["objectives"] = [{"metric": name, "mode": each} for name, each in objectives.items()]
        else:
            options["mode"] = mode
        if seed is not None:
            options["seed"] = seed
        if noisy is not None:
            options["noisy"] = noisy
        for config in initial:
            unknown = [name for name in config if name not in self._space]
            if unknown:
                raise ValueError(f"Study(): initial has {unknown[0]!r}, and the space has {', '.join(self._space)}")
        if initial:
            options["initialConfigs"] = [encode(self._space, config) for config in initial]
        self._process, file = _started(options)
        try:
            self._line()
        except BaseException:
            self.close()
            raise
        finally:
            os.unlink(file)

    def ask(self, n: int | None = None) -> Any:
        """The next configuration, as a :class:`Trial`; with ``n`` a list of so many, fewer at the end of a finite space.

        :raises TrialistError: where a finite space is used up.
        """
        asked = self._call(type="ask", n=1 if n is None else n)["trials"]
        trials = [Trial(each["trial"], self._decoded(each["config"])) for each in asked]
        if n is not None:
            return trials
        if not trials:
            raise TrialistError("there is nothing left to ask for: the space is used up. Write ask(n) to be given what is left")
        return trials[0]

    def report(self, trial: Trial | int, metrics: float | Mapping[str, Any], step: float | None = None) -> None:
        """Reports an intermediate result."""
        self._call(type="report", trial=_number(trial), metrics=self._numbers(metrics), **_at(step))

    def tell(self, trial: Trial | int, metrics: float | Mapping[str, Any], step: float | None = None) -> None:
        """Reports a trial's result, a number or metrics by name, and ends it.

        :raises TrialistError: where it was told already, or the metric is missing.
        """
        self._call(type="tell", trial=_number(trial), metrics=self._numbers(metrics), **_at(step))

    def fail(self, trial: Trial | int, error: BaseException | str = "failed") -> None:
        """Ends a trial as failed: its configuration is avoided."""
        self._call(type="fail", trial=_number(trial), error=str(error))

    @property
    def trials(self) -> list[Trial]:
        """All trials by now."""
        return [self._trial(row) for row in self._call(type="results")["trials"]]

    @property
    def best(self) -> Trial:
        """The trial with the best result.

        :raises TrialistError: where there is none, or several objectives have no one best.
        """
        results = self._call(type="results")
        if results["best"] is None:
            raise TrialistError("no trial is the best: none was told, or there are several objectives. Look at trials")
        return self._trial(results["trials"][results["best"]])

    def close(self) -> None:
        """Ends the engine."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()
        process.wait()

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        process = getattr(self, "_process", None)
        if process is not None and process.poll() is None:
            self.close()

    def _call(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
            except (BrokenPipeError, ValueError):
                raise TrialistError("the study is closed") from None
            answer = self._line()
        if answer.get("type") == "error":
            raise TrialistError(answer["message"])
        return answer

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise TrialistError(self._fault())
        message: dict[str, Any] = json.loads(line)
        return message

    def _fault(self) -> str:
        assert self._process.stderr is not None
        said = self._process.stderr.read()
        return _engine._fault_in(said) or "the engine ended"

    def _numbers(self, metrics: Any) -> Any:
        named = metrics if isinstance(metrics, Mapping) else {self._metric: metrics}
        return json.loads(_metrics.encode(named))

    def _trial(self, row: Mapping[str, Any]) -> Trial:
        metrics = {name: _value(value) for name, value in row["metrics"].items()}
        score = _value(row["score"])
        return Trial(row["number"], self._decoded(row["config"]), row["state"], metrics, score)

    def _decoded(self, config: Mapping[str, Any]) -> dict[str, Any]:
        from .tune._space import decode

        return {name: decode(value, config.get(name)) for name, value in self._space.items()}


@dataclass(frozen=True)
class Best:
    """What :func:`minimize` found."""

    config: dict[str, Any]
    value: float
    trials: list[Trial]
    """All that was tried."""


def minimize(
    fn: Callable[[dict[str, Any]], Any],
    space: Mapping[str, Any],
    trials: int = 50,
    *,
    searcher: str = "auto",
    seed: int | None = None,
    initial: Sequence[Mapping[str, Any]] = (),
    noisy: bool | None = None,
) -> Best:
    """Looks for the configuration with the least value of a function, calling it in this process, one call after another.

    ::

        best = trialist.minimize(lambda config: (config["x"] - 2) ** 2, {"x": trialist.uniform(-10, 10)}, trials=50)
        print(best.config, best.value)

    :param fn: takes a configuration and answers a number. A call that raises ends the search.
    :param space: as of :class:`Study`.
    :param trials: calls at most; fewer where a finite space has fewer configurations.
    :raises TrialistError: where something is wrong, with how to mend it.
    """
    if not isinstance(trials, int) or trials < 1:
        raise ValueError(f"minimize(): trials must be a whole number from 1, and is {trials!r}")
    if not callable(fn):
        raise TypeError(f"minimize() calls a function, and {fn!r} is none")
    with Study(space, searcher=searcher, seed=seed, initial=initial, noisy=noisy) as study:
        for _ in range(trials):
            asked = study.ask(1)
            if not asked:
                break
            study.tell(asked[0], fn(asked[0].config))
        best = study.best
        assert best.score is not None
        return Best(best.config, best.score, study.trials)


def _started(options: Mapping[str, Any]) -> tuple[subprocess.Popen[str], str]:
    """An engine, and the file that it reads as it starts."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(options, file)
    try:
        process = subprocess.Popen(
            [*_engine.command(), "study", file.name],
            env=_engine._environment({}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            # Ctrl-C is this process's; the engine ends with its standard input.
            start_new_session=True,
        )
        return process, file.name
    except BaseException:
        os.unlink(file.name)
        raise


def _number(trial: Trial | int) -> int:
    return trial.number if isinstance(trial, Trial) else trial


def _at(step: float | None) -> dict[str, float]:
    return {} if step is None else {"step": step}


def _value(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value
