"""How an experiment is searched: by the engine, or by a searcher in this process; and what of it is the user's own."""

from __future__ import annotations

import math
from typing import Any, Mapping

from ._config import FailureConfig, RunConfig, TuneConfig
from ._judge import Judge
from ._payload import Given, Searched
from ._sample import Function
from ._space import Domain, Options, encode, grid_size, has_domains, size
from .schedulers import PopulationBasedTraining, PopulationBasedTrainingReplay, ResourceChangingScheduler
from .schedulers.trial_scheduler import EngineScheduler
from .search import BasicVariantGenerator, ConcurrencyLimiter, Repeater, Searcher
from .search._around import Around
from .search.searcher import EngineSearcher
from .search.variant_generator import _leaves, is_resolved

_SAMPLE = "_sample"
"""A parameter of the engine's that tells apart trials of one configuration."""


class Plan:
    """The search of an experiment.

    :raises ValueError: where space and searcher do not fit.
    """

    def __init__(self, space: Mapping[str, Any], tune: TuneConfig, run: RunConfig) -> None:
        self._first: dict[str, Any] | None = None
        scheduler = tune.scheduler.base if isinstance(tune.scheduler, ResourceChangingScheduler) else tune.scheduler
        if isinstance(scheduler, PopulationBasedTrainingReplay) and tune.num_samples != 1:
            raise ValueError(f"PopulationBasedTrainingReplay trains one trial: num_samples must be 1, and is {tune.num_samples}")
        if isinstance(scheduler, (PopulationBasedTraining, PopulationBasedTrainingReplay)):
            if isinstance(tune.search_alg, Searcher) and not isinstance(tune.search_alg, BasicVariantGenerator):
                raise ValueError(f"{type(scheduler).__name__} makes configurations by itself: take search_alg out")
            space, self._first = scheduler.adapted(space)
            if scheduler is not tune.scheduler and getattr(scheduler, "explore", None) is not None:
                raise NotImplementedError(
                    "ResourceChangingScheduler(): a population that begins in a range and moves among a list is not supported. Begin "
                    "with values of the list: param_space={…: tune.choice([…])}"
                )
        inner = _innermost(tune.search_alg)
        if getattr(inner, "space", None) is not None:
            if not is_resolved(space):
                raise ValueError(f"{type(inner).__name__} has a space of its own, and param_space has parameters too: say it once")
            space = {**space, **inner.space}
        self._points = list(getattr(inner, "points_to_evaluate", ()))
        self._space = dict(space)
        self._tune = tune
        self._run = run
        alg = tune.search_alg
        concurrency = tune.max_concurrent_trials
        self.repeats = 1
        while isinstance(alg, Around) and _is_native(alg) and not getattr(alg, "batch", False):
            if isinstance(alg, Repeater):
                self.repeats = alg.repeat
            elif isinstance(alg, ConcurrencyLimiter):
                if concurrency not in (None, alg.max_concurrent):
                    raise ValueError(
                        f"TuneConfig(): max_concurrent_trials is {concurrency}, and {alg.max_concurrent} in the "
                        "ConcurrencyLimiter: say it once"
                    )
                concurrency = alg.max_concurrent
            alg = alg.searcher
        if concurrency is None and isinstance(alg, EngineSearcher):
            concurrency = alg.max_concurrent
        self.concurrency = concurrency
        self.searcher: Searcher | None = None
        """A searcher that runs in this process."""
        self._native: dict[str, Any] | None = None
        if isinstance(alg, EngineSearcher) and _is_native(alg):
            _check_searchable(self._space, type(alg).__name__)
            self._native = alg.json()
        elif self._first is not None:
            _check_searchable(self._space, type(tune.scheduler).__name__)
            self._native = {"name": "random"}
        elif isinstance(alg, Searcher):
            self.searcher = alg
        elif isinstance(alg, str):
            _check_searchable(self._space, alg)
            self._native = {"name": alg}
        elif _why_unsearchable(self._space) is not None or is_plain(self._space):
            self.searcher = BasicVariantGenerator(random_state=tune.seed)
        else:
            self._native = {"name": "random" if tune.metric is None else "auto"}
        self.payload: Any = Searched(self._space) if self.searcher is None else Given(self._space)
        self.known = self._known() if self.searcher is None else []
        """Results from elsewhere, as the engine has them."""
        own = [stopper for stopper in run.stoppers if stopper.json() is None]
        judging = scheduler if scheduler.is_own else None
        self.judge = Judge(judging, own) if own or judging is not None else None
        self.info = scheduler.info if isinstance(scheduler, EngineScheduler) else None
        """What a result holds of a decision of the engine's."""
        self.explore = scheduler.explore if isinstance(scheduler, PopulationBasedTraining) else None
        """Has the last word on configurations that a population explores."""

    def begin(self) -> None:
        """Tells the user's own algorithms of the experiment."""
        objectives = self._tune.objectives()
        several = len(objectives) > 1
        metric = [each["metric"] for each in objectives] if several else self._tune.metric
        mode = [each["mode"] for each in objectives] if several else self._tune.mode
        if self.judge is not None and self.judge.scheduler is not None:
            self.judge.scheduler.set_search_properties(metric, mode)  # type: ignore[arg-type]
        if self.searcher is None:
            return
        taken = self.searcher.set_search_properties(
            metric, mode, self._space, num_samples=self._tune.num_samples  # type: ignore[arg-type]
        )
        if taken is False and not is_resolved(self._space):
            raise ValueError(
                f"{type(self.searcher).__name__} has a space of its own, and param_space has parameters too: leave them out "
                "of one, or have set_search_properties() answer True"
            )

    def json(self) -> dict[str, Any]:
        """Its part of the engine's experiment."""
        trials = self._trials()
        extra = self._replicates(trials)
        fields = {
            "trials": trials,
            "concurrency": self.concurrency,
            "repeats": self.repeats if self.repeats > 1 else None,
            "seed": getattr(_innermost(self._tune.search_alg), "seed", None) if self._tune.seed is None else self._tune.seed,
            "searcher": self._native or {"name": "client", "options": {"name": type(self.searcher).__name__}},
            "space": self.payload.json(extra),
            "initialConfigs": self._initial(trials),
            "knownResults": [{**each, "config": {**each["config"], **dict.fromkeys(extra, 0)}} for each in self.known] or None,
        }
        return {name: value for name, value in fields.items() if value is not None}

    @property
    def needs_client(self) -> bool:
        """Whether anything of the user's is told or asked while the experiment runs."""
        told = any(callback.json() is None for callback in self._run.callbacks) or self._run.progress_reporter is not None
        names = self._tune.trial_name_creator is not None or self._tune.trial_dirname_creator is not None
        fails: FailureConfig = self._run.failure_config
        asked = self.searcher is not None or self.judge is not None or self.explore is not None
        return asked or told or names or bool(fails.fail_fast)

    def _trials(self) -> int | None:
        samples = self._tune.num_samples
        if isinstance(self.searcher, BasicVariantGenerator):
            self.searcher.set_search_properties(None, None, self._space, num_samples=samples)
            total = self.searcher.total_samples
            # A value may turn out to be a grid: then the searcher itself says where the end is.
            return None if math.isinf(total) or _may_grow(self._space) else int(total)
        if samples is None:
            return None
        return samples if self.searcher is not None else samples * grid_size(self._first or self._space)

    def _known(self) -> list[dict[str, Any]]:
        """What the engine's searcher was told beforehand. One that failed elsewhere says nothing that the engine could use."""
        evaluated = getattr(_innermost(self._tune.search_alg), "evaluated", ())
        objectives = self._tune.objectives()
        if evaluated and len(objectives) > 1:
            raise NotImplementedError("add_evaluated_point() takes one value, and this experiment has several objectives")
        constants = {name: value for name, value in self._space.items() if is_resolved(value)}
        return [
            {"config": encode(self._space, {**constants, **point}), "metrics": {objectives[0]["metric"]: value}}
            for point, value in evaluated
        ]

    def _initial(self, trials: int | None) -> list[Any] | None:
        """Where a population begins."""
        if self._points:
            constants = {name: value for name, value in self._space.items() if is_resolved(value)}
            return [encode(self._space, {**constants, **point}) for point in self._points]
        if self._first is None or trials is None:
            return None
        first = BasicVariantGenerator(random_state=self._tune.seed)
        first.set_search_properties(None, None, self._first, num_samples=self._tune.num_samples)
        found = []
        for _, config in first._variants or ():
            found.append({name: encode(value, config[name], f"param_space[{name!r}]") for name, value in self._space.items()})
        return found

    def _replicates(self, trials: int | None) -> dict[str, Any]:
        """The engine tries no configuration twice, and here so many samples are asked for."""
        if self.searcher is not None or self._first is not None or trials is None:
            return {}
        replicates = math.ceil(trials / self.repeats / size(self._space))
        return {_SAMPLE: Options("grid", list(range(replicates)))} if replicates > 1 else {}


def is_plain(space: Any) -> bool:
    """Whether there is nothing to search: constants and grids alone."""
    return all(
        not isinstance(value, Domain) or (isinstance(value, Options) and value.type == "grid")
        for _, value in _leaves(space, ())
    )


def _innermost(searcher: Any) -> Any:
    while isinstance(searcher, Around):
        searcher = searcher.searcher
    return searcher


def _is_native(searcher: Any) -> bool:
    inner = _innermost(searcher)
    return isinstance(inner, EngineSearcher) and inner.here is None


def _check_searchable(space: Mapping[str, Any], name: str) -> None:
    why = _why_unsearchable(space)
    if why is not None:
        raise ValueError(f"{name} can't search this space: {why}. Take search_alg out, or BasicVariantGenerator()")


def _why_unsearchable(space: Any) -> str | None:
    """Why only random samples can be drawn; None where a searcher can be used."""
    for path, value in _leaves(space, ()):
        name = "/".join(map(str, path))
        if isinstance(value, dict) and value.keys() == {"eval"}:
            return f"{name} is evaluated"
        if isinstance(value, Function):
            return f"{name} is a sample_from"
        if isinstance(value, Domain) and any(isinstance(part, int) for part in path):
            return f"{name} stands in a list"
        options = value.options if isinstance(value, Options) else value.get("grid_search") if isinstance(value, dict) else None
        for option in options or ():
            if isinstance(option, Domain) or (isinstance(option, (list, tuple)) and not is_resolved(option)):
                return f"an option of {name} is a parameter itself"
            inner = _why_unsearchable(option) if has_domains(option) else None
            if inner is not None:
                return inner
    return None


def _may_grow(space: Any) -> bool:
    return any(isinstance(value, Function) or _holds_grid(value) for _, value in _leaves(space, ()))


def _holds_grid(value: Any) -> bool:
    options = value.options if isinstance(value, Options) else value.get("grid_search") if isinstance(value, dict) else None
    return any(not is_resolved(option) for option in options or ())
