"""How many threads numerical libraries start: one while code is imported, then as many as a trial has CPUs."""

from __future__ import annotations

import os
import sys

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    # TensorFlow reads these at its first operation.
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_ours: list[str] = []

# What the thread pools of BLAS and OpenMP are limited to now: looking through all libraries takes a millisecond.
_limited = [1]


def single() -> None:
    """Before the import: a library that starts threads then makes a fork unsafe. What the user has set stays."""
    for variable in _VARIABLES:
        if variable not in os.environ:
            os.environ[variable] = "1"
            _ours.append(variable)


def allow(cpus: float) -> None:
    """As a trial begins: for what is loaded by a call, for what comes later by the environment.

    :param cpus: a part of one CPU is one thread.
    """
    threads = max(1, int(cpus))
    for variable in _ours:
        os.environ[variable] = str(threads)
    if len(_ours) < len(_VARIABLES):
        # The user has a number of threads in mind.
        return
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    if "threadpoolctl" in sys.modules and threads != _limited[0]:
        sys.modules["threadpoolctl"].threadpool_limits(threads)
        _limited[0] = threads
