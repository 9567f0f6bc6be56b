"""Random generators that a trial's seed is given to."""

from __future__ import annotations

import random
import sys


def seed(seed: int) -> None:
    """Seeds ``random``, and NumPy's legacy generator and torch where they are loaded.

    :param seed: a whole number below 2**32.
    """
    random.seed(seed)
    if "numpy" in sys.modules:
        # It may load this at first use.
        from numpy.random import seed as seed_numpy

        seed_numpy(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
