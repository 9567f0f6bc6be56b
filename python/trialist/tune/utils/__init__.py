"""Helpers."""

from __future__ import annotations

import subprocess
import time
from typing import Any, Mapping

__all__ = ["diagnose_serialization", "validate_save_restore", "wait_for_gpu"]


def wait_for_gpu(
    gpu_id: int | str | None = None, target_util: float = 0.01, retry: int = 20, delay_s: float = 5, gpu_memory_limit: Any = None
) -> bool:
    """Waits until a GPU's memory is free, by ``nvidia-smi``.

    :param gpu_id: of the first GPU by default.
    :param target_util: the share of memory that may be in use.
    :raises RuntimeError: where it is not free in time.
    """
    for _ in range(retry):
        used, total = _memory(0 if gpu_id is None else gpu_id)
        if used / total <= target_util:
            return True
        time.sleep(delay_s)
    raise RuntimeError("GPU memory was not freed.")


def _memory(gpu: int | str) -> tuple[float, float]:
    words = ["nvidia-smi", f"--id={gpu}", "--query-gpu=memory.used,memory.total", "--format=csv,noheader,nounits"]
    try:
        used, total = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split(",")
    except (OSError, subprocess.CalledProcessError) as fault:
        raise RuntimeError(f"wait_for_gpu() needs nvidia-smi: {fault}") from fault
    return float(used), float(total)


def validate_save_restore(trainable_cls: type, config: Mapping[str, Any] | None = None, num_gpus: float = 0) -> bool:
    """Whether a ``tune.Trainable`` goes on from what it saved: trains, saves, restores and trains again."""
    first = trainable_cls(dict(config or {}))
    for _ in range(3):
        first.train()
    saved = first.save()
    second = trainable_cls(dict(config or {}))
    second.restore(saved)
    again = second.train()
    first.stop()
    second.stop()
    if again["training_iteration"] != 4:
        raise RuntimeError(f"{trainable_cls.__name__} does not go on from its checkpoint")
    return True


def diagnose_serialization(trainable: Any) -> bool | set[str]:
    """True where a trainable can be pickled, else the variables that can't be."""
    import cloudpickle

    from .._captures import _size, captures

    try:
        cloudpickle.dumps(trainable)
        return True
    except Exception:
        return {name for name, value in captures(trainable) if _size(value) is None}
