"""``python -m trialist._engines``: serves the engine over standard input and output."""

from __future__ import annotations

from ._server import serve

if __name__ == "__main__":
    serve()
