"""What proposes configurations."""

from __future__ import annotations

from typing import Any

from .._names import no_such
from .basic_variant import BasicVariantGenerator
from .concurrency_limiter import ConcurrencyLimiter
from .repeater import Repeater
from .searcher import Searcher
from .variant_generator import generate_variants, grid_values

__all__ = [
    "BasicVariantGenerator",
    "ConcurrencyLimiter",
    "Repeater",
    "Searcher",
    "create_searcher",
    "generate_variants",
    "grid_values",
]


def create_searcher(search_alg: str, **options: Any) -> Any:
    """A searcher by its name: one of the engine's (``auto``, ``tpe``, …), or of another library (``optuna``, …).

    :raises TypeError: for an unknown name, with the near one.
    """
    from ._libraries import BY_NAME, native

    if search_alg in ("variant_generator", "random"):
        return BasicVariantGenerator(**options)
    if search_alg in native:
        return native[search_alg](**options)
    if search_alg not in BY_NAME:
        no_such(f"there is no searcher {search_alg!r}", search_alg, ["variant_generator", "random", *native, *BY_NAME])
    return BY_NAME[search_alg](**options)
