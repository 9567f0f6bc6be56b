"""What can go wrong with a library, in the engine's words."""

from __future__ import annotations

import traceback
from typing import Mapping


class EngineError(Exception):
    """Told to the engine as it is; ``{python}`` in the message becomes the interpreter's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def described(error: BaseException) -> Mapping[str, str]:
    """An exception as the engine takes it: one of the library's with the line that raised it."""
    if isinstance(error, EngineError):
        return {"code": error.code, "message": str(error)}
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return {"code": "failed", "message": f"{type(error).__name__}: {error}{where}"}
