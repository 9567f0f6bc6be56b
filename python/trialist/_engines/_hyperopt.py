"""HyperOpt's algorithms; what depends on a choice is nested in its options."""

from __future__ import annotations

import math
from typing import Any, Sequence

from ._engine import library
from ._problem import Dimension, Problem, Result, Wire
from ._rows import Rows, check_arguments, chosen

VERSION = "0.3.0"
"""The version that is tested."""

_ARGUMENTS = {
    "tpe": ("prior_weight", "n_startup_jobs", "n_EI_candidates", "gamma"),
    "anneal": ("avg_best_idx", "shrink_coef"),
    "rand": (),
}


class HyperoptEngine(Rows):
    """Asks with a list of all trials, made anew for each draw."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._hyperopt = library("hyperopt", "hyperopt", VERSION)
        from hyperopt import anneal, rand, tpe
        from hyperopt.base import Domain

        name = problem.sampler or "tpe"
        self._suggest = chosen("algorithm", name, {"tpe": tpe.suggest, "anneal": anneal.suggest, "rand": rand.suggest})
        check_arguments(name, problem.arguments, _ARGUMENTS[name])
        self._arguments = dict(problem.arguments)
        if name == "tpe":
            self._arguments["verbose"] = False
        self._problem = problem
        self._gates = {each.parents[-1].parent for each in problem.dimensions if each.parents}
        nodes: dict[int, Any] = {}
        for index in reversed(range(len(problem.dimensions))):
            nodes[index] = self._node(index, nodes)
        roots = [index for index, each in enumerate(problem.dimensions) if not each.parents]
        self._domain = Domain(lambda _: 0.0, {problem.dimensions[index].name: nodes[index] for index in roots})

    def draw(self, trial: int, seed: int, pinned: Wire) -> Sequence[float | None]:
        del pinned
        trials = self._hyperopt.Trials()
        trials.insert_trial_docs([self._document(tid) for tid in range(len(self.wires))])
        trials.refresh()
        (made,) = self._suggest([len(self.wires)], self._domain, trials, seed, **self._arguments)
        found = made["misc"]["vals"]

        def choose(index: int, dimension: Dimension) -> float | None:
            values = found.get(dimension.name, ())
            return self._wire(index, dimension, values[0]) if len(values) > 0 else None

        return self._problem.walk(choose)

    def _node(self, index: int, nodes: dict[int, Any]) -> Any:
        """A dimension in HyperOpt's terms, with all that hangs on it; the list of its options where something does."""
        hp = self._hyperopt.hp
        dimension = self._problem.dimensions[index]
        if not self._is_listed(index, dimension):
            return _number(hp, dimension)
        options = [self._option(index, level, nodes) for level in range(dimension.levels)]
        if dimension.weights is not None:
            return hp.pchoice(dimension.name, list(zip(dimension.weights, options)))
        return hp.choice(dimension.name, options)

    def _option(self, index: int, level: int, nodes: dict[int, Any]) -> Any:
        children = {
            self._problem.dimensions[child].name: node
            for child, node in nodes.items()
            if (parents := self._problem.dimensions[child].parents)
            and parents[-1].parent == index
            and level in parents[-1].levels
        }
        return {"level": level, **children} if children else level

    def _is_listed(self, index: int, dimension: Dimension) -> bool:
        return dimension.kind == "unordered" or index in self._gates

    def _wire(self, index: int, dimension: Dimension, value: Any) -> float:
        if self._is_listed(index, dimension) or dimension.is_even:
            return dimension.clamped(int(value))
        return dimension.from_number(float(value))

    def _value(self, index: int, dimension: Dimension, wire: float) -> float:
        if self._is_listed(index, dimension) or dimension.is_even:
            return int(wire)
        return dimension.number(wire)

    def _document(self, tid: int) -> dict[str, Any]:
        """A trial as HyperOpt keeps it; one without a loss counts as bad."""
        from hyperopt import JOB_STATE_DONE, JOB_STATE_RUNNING, STATUS_FAIL, STATUS_NEW, STATUS_OK

        result: Result | None = self.results[tid]
        values = {
            dimension.name: [] if entry is None else [self._value(index, dimension, entry)]
            for index, (dimension, entry) in enumerate(zip(self._problem.dimensions, self.wires[tid]))
        }
        told: dict[str, Any] = {"status": STATUS_NEW if result is None else STATUS_FAIL}
        if result is not None and result.losses is not None:
            told = {"status": STATUS_OK, "loss": result.losses[0]}
        misc = {
            "tid": tid,
            "cmd": self._domain.cmd,
            "workdir": self._domain.workdir,
            "idxs": {name: [tid] * len(entries) for name, entries in values.items()},
            "vals": values,
        }
        return {
            "state": JOB_STATE_RUNNING if result is None else JOB_STATE_DONE,
            "tid": tid,
            "spec": None,
            "result": told,
            "misc": misc,
            "exp_key": None,
            "owner": None,
            "version": 0,
            "book_time": None,
            "refresh_time": None,
        }


def _number(hp: Any, dimension: Dimension) -> Any:
    name, step = dimension.name, dimension.step
    if dimension.is_even:
        return hp.uniformint(name, 0, dimension.levels - 1)
    if dimension.is_normal:
        center, spread = dimension.center, dimension.spread
        if dimension.is_log:
            return hp.lognormal(name, center, spread) if step is None else hp.qlognormal(name, center, spread, step)
        return hp.normal(name, center, spread) if step is None else hp.qnormal(name, center, spread, step)
    if not dimension.is_log:
        return hp.uniform(name, dimension.low, dimension.high)
    half = 0 if step is None else step / 2
    return hp.loguniform(name, math.log(dimension.low - half), math.log(dimension.high + half))
