"""Population based training."""

from __future__ import annotations

import math
from typing import Any, Callable, Iterator, Mapping

from .._names import only
from .._sample import Categorical, Float, Integer
from .._space import Domain, Number, Options
from ._resource import resource_of
from .trial_scheduler import EngineScheduler

_PROBES = 1000


class PopulationBasedTraining(EngineScheduler):
    """Population based training (Jaderberg et al., arXiv 1711.09846): the worst trials take over checkpoint and configuration of the
    best ones, and change it a little. Trials must report checkpoints.

    Values stay within the bounds of the mutations; a list of numbers is an order in which neighbours are tried, other lists are
    drawn anew. Where ``param_space`` has a range and the mutation is a list of numbers, trials begin anywhere in the range, and a
    value that was changed is the one of the list that lies nearest.

    :param time_attr: what ``perturbation_interval`` counts: ``"time_total_s"``, ``"training_iteration"``, or a metric that grows.
    :param perturbation_interval: from one comparison of a trial to the next.
    :param burn_in_period: before which no trial is compared.
    :param hyperparam_mutations: parameters that change: each a ``tune`` parameter, a list, a function that draws a value, or a
        dict of these. What a function draws is found out by drawing 1,000 values.
    :param quantile_fraction: the share of trials that count as the best, and as the worst; at most 0.5.
    :param resample_probability: of drawing a value anew.
    :param perturbation_factors: what values are multiplied by otherwise.
    :param custom_explore_fn: makes the last change to an explored configuration and answers it; it runs in this process, and what it
        answers must be of the space. Instead of mutations or besides them.
    :param log_config: whether ``pbt_policy_TRIAL.txt`` in the experiment's folder holds the schedule of each trial that was changed,
        for :class:`PopulationBasedTrainingReplay`; written at the end.
    :param require_attrs: is taken and has no effect: a report without the metric is recorded and not judged.
    :param synch: whether all trials wait for each other before they are compared.
    """

    def __init__(
        self,
        time_attr: str = "time_total_s",
        metric: str | None = None,
        mode: str | None = None,
        perturbation_interval: float = 60.0,
        burn_in_period: float = 0.0,
        hyperparam_mutations: Mapping[str, Any] | None = None,
        quantile_fraction: float = 0.25,
        resample_probability: float = 0.25,
        perturbation_factors: tuple[float, float] = (1.2, 0.8),
        custom_explore_fn: Callable[..., Any] | None = None,
        log_config: bool = True,
        require_attrs: bool = True,
        synch: bool = False,
        **unknown: Any,
    ) -> None:
        known = ("time_attr", "metric", "mode", "perturbation_interval", "burn_in_period", "hyperparam_mutations")
        others = ("quantile_fraction", "resample_probability", "perturbation_factors", "custom_explore_fn", "synch")
        name = type(self).__name__
        only(f"{name}()", unknown, (*known, *others))
        if custom_explore_fn is not None and not callable(custom_explore_fn):
            raise TypeError(f"{name}(): custom_explore_fn must be a function, and is {custom_explore_fn!r}")
        if not hyperparam_mutations and custom_explore_fn is None:
            raise ValueError(f"{name}() needs {self._mutations_name}, the parameters that may change, or custom_explore_fn")
        if not perturbation_interval > 0:
            raise ValueError(f"{name}(): perturbation_interval must be above 0, and {perturbation_interval!r} is not")
        if not 0 <= quantile_fraction <= 0.5:
            raise ValueError(f"{name}(): quantile_fraction must be from 0 to 0.5, and is {quantile_fraction!r}")
        super().__init__(metric, mode)
        self._custom_explore = custom_explore_fn
        self._listed: dict[tuple[str, ...], list[Any]] = {}
        """The values of mutations that are lists, where trials begin anywhere in a range."""
        self.logs = log_config
        self._mutations = {key: _domain(key, value) for key, value in (hyperparam_mutations or {}).items()}
        self._time_attr = time_attr
        self._interval = perturbation_interval
        self._burn_in = burn_in_period
        self._quantile = quantile_fraction
        self._resample = resample_probability
        self._factors = perturbation_factors
        self._synch = synch

    _mutations_name = "hyperparam_mutations"

    def json(self) -> dict[str, Any]:
        return {"name": "pbt", "options": {**self._options(), "resample": self._resample, "factors": list(self._factors)}}

    def adapted(self, space: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The space that is searched while training, and that of which the first configurations are drawn."""
        self._listed = dict(_listed(space, self._mutations, ()))
        return _merged(space, self._mutations), _filled(space, self._mutations)

    @property
    def explore(self) -> Callable[[dict[str, Any]], Any] | None:
        """Makes the last changes to an explored configuration, in this process; None where there are none to make."""
        return self._explored if self._listed else self._custom_explore

    def _explored(self, config: dict[str, Any]) -> Any:
        for path, options in self._listed.items():
            inner = config
            for name in path[:-1]:
                inner = inner[name]
            value = inner[path[-1]]
            inner[path[-1]] = min(options, key=lambda option: abs(option - value))
        return config if self._custom_explore is None else self._custom_explore(config)

    def _options(self) -> dict[str, Any]:
        options = {
            "interval": self._interval,
            "quantile": self._quantile,
            "mutate": list(_names(self._mutations, "")),
            "synch": self._synch,
        }
        burn_in = {"burnIn": self._burn_in} if self._burn_in else {}
        # The engine asks for each explored configuration.
        explore = {"explore": "client"} if self.explore is not None else {}
        return {**options, **burn_in, **explore, **resource_of(self._time_attr)}


class PB2(PopulationBasedTraining):
    """Population based bandits (Parker-Holder et al., NeurIPS 2020): new configurations are those of which a model expects the
    most. Continuous parameters alone.

    :param hyperparam_bounds: parameters that change, each with its bounds, ``[low, high]``, or a dict of these.
    """

    _mutations_name = "hyperparam_bounds"

    def __init__(
        self,
        time_attr: str = "time_total_s",
        metric: str | None = None,
        mode: str | None = None,
        perturbation_interval: float = 60.0,
        hyperparam_bounds: Mapping[str, Any] | None = None,
        quantile_fraction: float = 0.25,
        log_config: bool = True,
        require_attrs: bool = True,
        synch: bool = False,
        custom_explore_fn: Callable[..., Any] | None = None,
        **unknown: Any,
    ) -> None:
        only("PB2()", unknown, ("time_attr", "metric", "mode", "perturbation_interval", "hyperparam_bounds"))
        super().__init__(
            time_attr,
            metric,
            mode,
            perturbation_interval,
            hyperparam_mutations=_bounds(hyperparam_bounds or {}),
            quantile_fraction=quantile_fraction,
            custom_explore_fn=custom_explore_fn,
            log_config=log_config,
            synch=synch,
        )

    def json(self) -> dict[str, Any]:
        return {"name": "pb2", "options": self._options()}


def _bounds(bounds: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in bounds.items():
        if isinstance(value, Mapping):
            made[name] = _bounds(value)
        elif isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(each, (int, float)) for each in value):
            made[name] = Float(*value).uniform()
        else:
            raise ValueError(f"PB2(): hyperparam_bounds[{name!r}] must be [low, high], and is {value!r}")
    return made


def _domain(name: str, value: Any) -> Any:
    """A mutation as a parameter, or as a dict of these.

    :raises ValueError: for what is none.
    """
    from .._sample import Function

    if isinstance(value, Function):
        raise ValueError(f"hyperparam_mutations[{name!r}] can't be a sample_from: write a parameter, a list or a function")
    if isinstance(value, Options) and value.type == "choice" and _are_numbers(value.options):
        return Options("choice", value.options)
    if isinstance(value, Domain):
        return value
    if isinstance(value, Mapping):
        return {key: _domain(f"{name}/{key}", inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        options = list(dict.fromkeys(value))
        return Options("ordinal", options) if _are_numbers(options) else Categorical(options).uniform()
    if callable(value):
        return _probed(name, value)
    raise ValueError(f"hyperparam_mutations[{name!r}] must be a tune parameter, a list, a function or a dict, not {value!r}")


def _probed(name: str, draw: Callable[[], Any]) -> Any:
    """The range of what a function draws."""
    values = [draw() for _ in range(_PROBES)]
    values = [value.item() if hasattr(value, "item") else value for value in values]
    distinct = list(dict.fromkeys(values))
    if not _are_numbers(distinct) or len(distinct) <= 10:
        return Options("ordinal", sorted(distinct)) if _are_numbers(distinct) else Categorical(distinct).uniform()
    low, high = min(distinct), max(distinct)
    # Orders of magnitude are all as likely where the median lies near the middle of the logarithms.
    middle = sorted(values)[_PROBES // 2]
    is_log = low > 0 and high / low > 50 and middle < low + (high - low) / 5
    domain: Any = Integer(low, high + 1) if all(isinstance(value, int) for value in distinct) else Float(low, high)
    return domain.loguniform() if is_log else domain.uniform()


def _are_numbers(values: list[Any]) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def _names(mutations: Mapping[str, Any], path: str) -> list[str]:
    names: list[str] = []
    for name, value in mutations.items():
        names.extend(_names(value, f"{path}{name}.") if isinstance(value, dict) else [f"{path}{name}"])
    return names


def _filled(space: Mapping[str, Any], mutations: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(space)
    for name, domain in mutations.items():
        if isinstance(domain, dict):
            made[name] = _filled(made.get(name, {}), domain)
        elif name not in made:
            made[name] = domain
    return made


def _merged(space: Mapping[str, Any], mutations: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(space)
    for name, domain in mutations.items():
        if isinstance(domain, dict):
            made[name] = _merged(made.get(name, {}), domain)
        else:
            made[name] = _widened(domain, made[name]) if name in made else domain
    return made


def _listed(space: Mapping[str, Any], mutations: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The numbers, by path, that values move to from wherever in a range trials begin."""
    for name, domain in mutations.items():
        if isinstance(domain, dict):
            yield from _listed(space.get(name, {}), domain, (*path, name))
        elif _moves_to_list(domain, space.get(name)):
            yield (*path, name), domain.options


def _moves_to_list(domain: Any, first: Any) -> bool:
    return isinstance(domain, Options) and isinstance(first, Number) and _are_numbers(domain.options)


def _widened(domain: Any, first: Any) -> Any:
    """A mutation's parameter, wide enough for what trials begin with."""
    if _moves_to_list(domain, first):
        return _widened(first, domain)
    if isinstance(domain, Options) and isinstance(first, Domain) and not isinstance(first, Options):
        raise ValueError(f"what trials begin with, {first!r}, is none of {domain.options!r}, among which it is to move")
    if isinstance(first, dict) and first.keys() == {"grid_search"}:
        first = Options("choice", first["grid_search"])
    if isinstance(domain, Options):
        begins = first.options if isinstance(first, Options) else [first]
        options = list(dict.fromkeys([*domain.options, *begins]))
        return Options(domain.type, sorted(options) if domain.type == "ordinal" else options)
    if isinstance(first, Number) and first.type != "normal":
        low, high = first.bounds["low"], first.bounds["high"]
    else:
        values = first.options if isinstance(first, Options) else [first]
        if not _are_numbers(values):
            raise ValueError(f"what trials begin with, {first!r}, is no number as {domain!r} is")
        low, high = min(values), max(values)
    if domain.type == "normal" or (domain.bounds["low"] <= low and high <= domain.bounds["high"] and domain.step is None):
        return domain
    whole = domain.whole and math.floor(low) == low and math.floor(high) == high
    bounds = {"low": min(low, domain.bounds["low"]), "high": max(high, domain.bounds["high"])}
    kind = domain.type if whole or not domain.whole else {"int": "uniform", "logint": "loguniform"}[domain.type]
    if kind.startswith("log") and bounds["low"] <= 0:
        kind = "uniform"
    return Number(kind, bounds)
